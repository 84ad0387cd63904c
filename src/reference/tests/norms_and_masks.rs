//! The formulas of masks, norms, feed-forward layers and rotations, and libtorch's own kernels, give the same.

use attentive_reference::rotary_embedding::{Layout, rotated, rotated_as_complex};
use attentive_reference::{Random, feed_forward, layer_norm, masks};
use tch::{Kind, Tensor};

/// The largest difference of an entry.
fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

fn same(a: &Tensor, b: &Tensor, what: &str) {
    let difference = difference(a, b);
    assert!(difference < 2e-6, "{what}: {difference}");
}

#[test]
fn triangles_and_positions() {
    for (queries, keys) in [(1, 1), (5, 5), (3, 8), (1, 4)] {
        let (kernel, formula) = (
            masks::kernel::causal(queries, keys),
            masks::formula::causal(queries, keys),
        );
        assert_eq!(kernel, formula, "causal {queries} × {keys}");
        for window in [1, 2, 3, 20] {
            let kernel = masks::kernel::sliding_window(queries, keys, window);
            let formula = masks::formula::sliding_window(queries, keys, window);
            assert_eq!(kernel, formula, "window of {window}, {queries} × {keys}");
        }
    }
}

#[test]
fn norms() {
    let random = Random::new(1, "norms");
    let x = random.normal(&[5, 7])
        * Tensor::from_slice(&[1_f32, 10.0, 0.1, 1e-3, 0.0]).unsqueeze(1)
        + 0.5;
    let (gamma, beta) = (random.normal(&[7]), random.normal(&[7]));
    for epsilon in [1e-5, 1e-6, 0.1] {
        let kernel = layer_norm::kernel::layer_norm(&x, &gamma, &beta, epsilon);
        same(
            &kernel,
            &layer_norm::formula::layer_norm(&x, &gamma, &beta, epsilon),
            "layer norm",
        );
        let kernel = layer_norm::kernel::rms_norm(&x, &gamma, epsilon);
        same(
            &kernel,
            &layer_norm::formula::rms_norm(&x, &gamma, epsilon),
            "RMS norm",
        );
    }
}

#[test]
fn activations_and_layers() {
    use feed_forward::{formula, kernel};
    let random = Random::new(1, "feed-forward");
    let x = random.normal(&[5, 3]) * 2.0;
    same(&kernel::gelu(&x), &formula::gelu(&x), "GELU");
    same(
        &kernel::gelu_tanh(&x),
        &formula::gelu_tanh(&x),
        "GELU by tanh",
    );
    let (w_1, b_1) = (random.normal(&[7, 3]) * 0.3, random.normal(&[7]));
    let (w_2, b_2) = (random.normal(&[3, 7]) * 0.3, random.normal(&[3]));
    let (one, other) = (
        kernel::feed_forward(&x, &w_1, &b_1, &w_2, &b_2),
        formula::feed_forward(&x, &w_1, &b_1, &w_2, &b_2),
    );
    same(&one, &other, "feed-forward");
    let v = random.normal(&[7, 3]) * 0.3;
    same(
        &kernel::swiglu(&x, &w_1, &v, &w_2),
        &formula::swiglu(&x, &w_1, &v, &w_2),
        "SwiGLU",
    );
}

#[test]
fn rotations() {
    let x = Random::new(1, "rotations").normal(&[5, 8]);
    for offset in [0, 3, 1000] {
        let interleaved = rotated(&x, offset, Layout::Interleaved);
        same(
            &interleaved,
            &rotated_as_complex(&x, offset),
            "as complex numbers",
        );
        // The two layouts differ in the order of the features only.
        let order = Tensor::from_slice(&[0_i64, 2, 4, 6, 1, 3, 5, 7]);
        let halves = rotated(&x.index_select(1, &order), offset, Layout::Halves);
        same(&halves, &interleaved.index_select(1, &order), "halves");
        let norm = |x: &Tensor| x.linalg_norm(2.0, [1].as_slice(), false, Kind::Float);
        same(&norm(&x), &norm(&interleaved), "norm");
    }
}
