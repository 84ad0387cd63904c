//! T5's formulas give what libtorch's kernel for attention gives, and the buckets are those of the published code.

use attentive_reference::{Inputs, Random, t5};
use tch::Tensor;

/// A few roundings of numbers near 1.
const ROUNDING: f64 = 5e-6;

/// Offsets, and the buckets that T5's published code gives them, with 32 buckets up to 128: for both directions, and for
/// what comes before.
const PUBLISHED: [(i64, i64, i64); 14] = [
    (-200, 15, 31),
    (-128, 15, 31),
    (-64, 14, 26),
    (-20, 10, 17),
    (-16, 10, 16),
    (-8, 8, 8),
    (-7, 7, 7),
    (-1, 1, 1),
    (0, 0, 0),
    (1, 17, 0),
    (8, 24, 0),
    (20, 26, 0),
    (91, 31, 0),
    (200, 31, 0),
];

#[test]
fn buckets_are_those_of_the_published_code() {
    let offsets = Tensor::from_slice(&PUBLISHED.map(|(offset, _, _)| offset));
    for (bidirectional, expected) in [
        (true, PUBLISHED.map(|(_, both, _)| both)),
        (false, PUBLISHED.map(|(_, _, before)| before)),
    ] {
        let settings = t5::Settings {
            bidirectional,
            buckets: 32,
            max_distance: 128,
        };
        let found = t5::buckets(&offsets, settings);
        assert_eq!(found, Tensor::from_slice(&expected));
    }
}

#[test]
fn attention_is_the_kernel_with_a_scale_of_one_and_the_bias_as_its_mask() {
    let random = Random::new(1, "t5");
    let (heads, inner) = (3, 12);
    let x = Inputs::default()
        .with("x", random.normal(&[2, 5, 7]))
        .with("source", random.normal(&[2, 6, 7]))
        .with("w_q", random.normal(&[inner, 7]) * 0.3)
        .with("w_k", random.normal(&[inner, 7]) * 0.3)
        .with("w_v", random.normal(&[inner, 7]) * 0.3)
        .with("w_o", random.normal(&[7, inner]) * 0.3)
        .with("bias", random.normal(&[heads, 5, 6]))
        .with("heads", heads);
    let project = |from: &str, weight: &str| {
        let projected = x[from].linear(&x[weight], None::<&Tensor>);
        projected.unflatten(2, [heads, -1]).transpose(1, 2)
    };
    let (q, k, v) = (
        project("x", "w_q"),
        project("source", "w_k"),
        project("source", "w_v"),
    );
    let bias = x["bias"].unsqueeze(0).expand([2, -1, -1, -1], false);
    let kernel =
        Tensor::scaled_dot_product_attention(&q, &k, &v, Some(&bias), 0.0, false, 1.0, false);
    let kernel = kernel.transpose(1, 2).flatten(2, 3);
    let kernel = kernel.linear(&x["w_o"], None::<&Tensor>);
    let difference = (t5::attention(&x).output - kernel).abs().max();
    assert!(difference.double_value(&[]) < ROUNDING);
}
