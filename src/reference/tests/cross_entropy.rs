//! The formula of the loss and libtorch's own kernel give the same.

use attentive_reference::Random;
use attentive_reference::cross_entropy::{formula, kernel};
use tch::Tensor;

fn targets() -> Tensor {
    Tensor::from_slice(&[4_i64, 0, 2, 2, 3, 1, 2, 0]).view([2, 4])
}

#[test]
fn with_and_without_smoothing_and_ignored_targets() {
    let logits = Random::new(1, "cross-entropy").normal(&[2, 4, 5]) * 3.0;
    for ignored in [None, Some(2), Some(77)] {
        for smoothing in [0.0, 0.1, 0.7] {
            let [kernel, formula] = [kernel, formula]
                .map(|loss| loss(&logits, &targets(), ignored, smoothing).double_value(&[]));
            assert!(
                (kernel - formula).abs() < 1e-6,
                "{ignored:?}, {smoothing}: {kernel} and {formula}"
            );
        }
    }
}

#[test]
fn without_probability_a_class_costs_nothing_as_long_as_nothing_is_smoothed() {
    let blocked = Tensor::from_slice(&[0_f32, 1.0, 2.0, 3.0, f32::NEG_INFINITY]);
    let logits = blocked.expand([2, 4, 5], false);
    let targets = Tensor::from_slice(&[0_i64, 1, 2, 3, 3, 2, 1, 0]).view([2, 4]);
    for loss in [kernel, formula] {
        let finite = loss(&logits, &targets, None, 0.0).double_value(&[]);
        assert!(finite.is_finite());
        let smoothed = loss(&logits, &targets, None, 0.1).double_value(&[]);
        assert_eq!(smoothed, f64::INFINITY);
    }
}

#[test]
fn libtorch_gives_nan_where_nothing_counts() {
    let logits = Random::new(1, "cross-entropy").normal(&[2, 4, 5]);
    let ignored = targets().full_like(2);
    assert!(
        kernel(&logits, &ignored, Some(2), 0.0)
            .double_value(&[])
            .is_nan()
    );
    assert_eq!(
        formula(&logits, &ignored, Some(2), 0.0).double_value(&[]),
        0.0
    );
}
