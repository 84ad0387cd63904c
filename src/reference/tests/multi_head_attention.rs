//! The formula of multi-head attention and libtorch's kernels give the same.

use attentive_reference::multi_head_attention::{formula, kernel, native};
use attentive_reference::{Attention, Inputs, Random};
use tch::{Device, Kind, Tensor};

/// A few roundings of numbers near 1.
const ROUNDING: f64 = 2e-6;

const HEADS: i64 = 3;
/// The width of all heads together.
const INNER: i64 = 12;

type Compute = fn(&Inputs) -> Attention;

fn inputs(random: &Random, [query, key, value]: [&Tensor; 3]) -> Inputs {
    let width = |x: &Tensor| x.size()[2];
    let layer = |inputs: Inputs, w: &'static str, b: &'static str, d_out: i64, d_in: i64| {
        let matrix = random.normal(&[d_out, d_in]) / (d_in as f64).sqrt();
        inputs.with(w, matrix).with(b, random.normal(&[d_out]))
    };
    let inputs = Inputs::default()
        .with("heads", HEADS)
        .with("query", query.copy())
        .with("key", key.copy())
        .with("value", value.copy());
    let inputs = layer(inputs, "w_q", "b_q", INNER, width(query));
    let inputs = layer(inputs, "w_k", "b_k", INNER, width(key));
    let inputs = layer(inputs, "w_v", "b_v", INNER, width(value));
    layer(inputs, "w_o", "b_o", width(query), INNER)
}

#[track_caller]
fn assert_equal(x: &Inputs, one: Compute, other: Compute) {
    let (one, other) = (one(x), other(x));
    for (what, one, other) in [
        ("output", one.output, other.output),
        ("weights", one.weights, other.weights),
    ] {
        assert_eq!(one.size(), other.size(), "{what}");
        let difference = (one - other).abs().max().double_value(&[]);
        assert!(difference < ROUNDING, "{what}: {difference}");
    }
}

#[test]
fn self_attention() {
    let random = Random::new(1, "self-attention");
    let x = random.normal(&[2, 5, INNER]);
    let plain = inputs(&random, [&x, &x, &x]);
    assert_equal(&plain, kernel, formula);
    assert_equal(&plain, native, formula);
    let masked = plain.with("mask", some_mask(&random, 5, 5));
    assert_equal(&masked, kernel, formula);
    assert_equal(&masked, native, formula);
}

#[test]
fn cross_attention() {
    let random = Random::new(2, "cross-attention");
    let [query, key, value] =
        [&[2, 5, INNER], &[2, 7, 8], &[2, 7, 9]].map(|shape| random.normal(shape));
    let plain = inputs(&random, [&query, &key, &value]);
    assert_equal(&plain, kernel, formula);
    let masked = plain.with("mask", some_mask(&random, 5, 7));
    assert_equal(&masked, kernel, formula);
}

#[test]
fn heads_that_are_together_wider_than_the_model() {
    let random = Random::new(4, "wide-heads");
    let x = random.normal(&[2, 5, 8]);
    assert_equal(&inputs(&random, [&x, &x, &x]), kernel, formula);
}

#[test]
fn a_query_that_may_attend_to_nothing_gets_the_bias() {
    let random = Random::new(3, "nothing");
    let x = random.normal(&[2, 4, INNER]);
    let nothing = Tensor::zeros([2, 4, 4], (Kind::Bool, Device::Cpu));
    let masked = inputs(&random, [&x, &x, &x]).with("mask", nothing);
    for attention in [kernel, formula] {
        let Attention { weights, output } = attention(&masked);
        assert_eq!(weights, weights.zeros_like());
        assert_eq!(output, masked["b_o"].expand_as(&output));
    }
    // Here libtorch does not agree with itself, and the course follows the other of its kernels.
    assert!(bool::try_from(native(&masked).weights.isnan().all()).expect("one entry"));
}

/// A random mask in which every query may attend to the first key at least.
fn some_mask(random: &Random, queries: i64, keys: i64) -> Tensor {
    let first = Tensor::arange(keys, (Kind::Int64, Device::Cpu)).less(1);
    random
        .normal(&[2, queries, keys])
        .greater(0.0)
        .logical_or(&first)
}
