//! The formulas and libtorch's own kernels give the same.

use attentive_reference::{Random, positional_encoding, scaled_dot_product, softmax};
use tch::Tensor;

/// The largest difference of an entry.
fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

#[test]
fn scaled_dot_product_attention() {
    let random = Random::new(1, "kernels");
    let (q, k, v) = (
        random.normal(&[5, 8]),
        random.normal(&[7, 8]),
        random.normal(&[7, 3]),
    );
    let some = Tensor::from_slice(&[true, true, false, true, true]).unsqueeze(1);
    let mask = random.normal(&[5, 7]).greater(0.0).logical_and(&some);
    for mask in [None, Some(&mask)] {
        let (kernel, formula) = (
            scaled_dot_product::kernel(&q, &k, &v, mask),
            scaled_dot_product::formula(&q, &k, &v, mask),
        );
        assert!(difference(&kernel.output, &formula.output) < 1e-6, "output");
        assert!(
            difference(&kernel.weights, &formula.weights) < 1e-6,
            "weights"
        );
    }
    let nothing = scaled_dot_product::kernel(&q, &k, &v, Some(&mask))
        .output
        .select(0, 2);
    assert_eq!(
        nothing.abs().max().double_value(&[]),
        0.0,
        "a query that may attend to nothing gets 0 from libtorch"
    );
}

#[test]
fn softmax_of_rows() {
    use softmax::{formula, kernel};
    let random = Random::new(1, "kernels");
    let far_apart = Tensor::from_slice(&[120_f32, 0.0, -120.0]).unsqueeze(1);
    let logits = random.normal(&[3, 6]) + far_apart;
    let some = Tensor::from_slice(&[true, false, true]).unsqueeze(1);
    let mask = random.normal(&[3, 6]).greater(0.0).logical_and(&some);
    assert!(difference(&kernel::softmax(&logits), &formula::softmax(&logits)) < 1e-6);
    assert!(
        difference(
            &kernel::log_softmax(&logits),
            &formula::log_softmax(&logits)
        ) < 1e-6
    );
    let masked = kernel::masked_softmax(&logits, &mask);
    assert!(difference(&masked, &formula::masked_softmax(&logits, &mask)) < 1e-6);
    assert_eq!(
        masked.select(0, 1).abs().max().double_value(&[]),
        0.0,
        "nothing allowed, nothing given"
    );
}

#[test]
fn positional_encoding_is_what_the_paper_says() {
    // Section 3.5, entry by entry: libtorch has no kernel to compare with.
    let (length, d_model, offset) = (4, 7, 50);
    let encoding = positional_encoding::formula(length, d_model, offset);
    for (row, column) in (0..length).flat_map(|row| (0..d_model).map(move |column| (row, column))) {
        let i = (column / 2) as f64;
        let angle = (offset + row) as f64 / 10_000_f64.powf(2.0 * i / d_model as f64);
        let expected = if column % 2 == 0 {
            angle.sin()
        } else {
            angle.cos()
        };
        assert!(
            (encoding.double_value(&[row, column]) - expected).abs() < 1e-7,
            "({row}, {column})"
        );
    }
}
