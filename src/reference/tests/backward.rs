//! Gradients by three ways are the same: libtorch's autograd, the formulas, and finite differences in `f64`.

#[path = "shared/finite_differences.rs"]
mod finite_differences;

use attentive_reference::Random;
use attentive_reference::backward::autograd::gradients;
use attentive_reference::backward::cross_entropy::Targets;
use attentive_reference::backward::norms::Norm;
use attentive_reference::backward::{embedding, gelu, linear};
use finite_differences::{compare, largest, normal};
use tch::Tensor;

#[test]
fn a_linear_layer_with_any_leading_axes() {
    let random = Random::new(1, "linear");
    let (weight, bias) = (normal(&random, &[4, 3]), normal(&random, &[4]));
    for leading in [&[][..], &[5], &[2, 3]] {
        let shape = |features: i64| [leading, &[features]].concat();
        let (x, dy) = (normal(&random, &shape(3)), normal(&random, &shape(4)));
        let formula = linear::formula(&x, &weight, &dy);
        compare(
            "linear",
            [&x, &weight, &bias],
            &linear::forward,
            &dy,
            &formula,
        );
    }
}

#[test]
fn gelu_near_zero_and_far_from_it() {
    let random = Random::new(1, "gelu");
    for offset in [0.0, 3.0, -60.0] {
        let (x, dy) = (normal(&random, &[3, 4]) + offset, normal(&random, &[3, 4]));
        let formula = [gelu::formula(&x, &dy)];
        compare("GELU", [&x], &gelu::forward, &dy, &formula);
    }
}

#[test]
fn cross_entropy_with_ignored_targets_and_smoothing() {
    let random = Random::new(1, "cross-entropy");
    let logits = normal(&random, &[2, 3, 5]) * 3.0;
    let dloss = Tensor::from(1.5_f64);
    for (ignored, smoothing) in [(None, 0.0), (Some(2), 0.0), (Some(2), 0.3)] {
        let targets = Targets {
            ids: Tensor::from_slice(&[4_i64, 0, 2, 2, 3, 1]).view([2, 3]),
            ignored,
            smoothing,
        };
        let formula = [targets.formula(&logits, 1.5)];
        compare(
            "cross-entropy",
            [&logits],
            &|logits| targets.forward(logits),
            &dloss,
            &formula,
        );
    }
}

#[test]
fn without_a_target_that_counts_the_loss_of_libtorch_is_nan_and_the_gradient_is_0() {
    let random = Random::new(1, "nothing");
    let logits = normal(&random, &[1, 2, 3]);
    let targets = Targets {
        ids: Tensor::from_slice(&[9_i64, 9]).view([1, 2]),
        ignored: Some(9),
        smoothing: 0.0,
    };
    let loss = targets.forward(&[logits.shallow_clone()]);
    assert!(loss.double_value(&[]).is_nan());
    let dloss = Tensor::from(1.0_f64);
    let [dlogits] = gradients([&logits], |logits| targets.forward(logits), &dloss);
    assert_eq!(largest(&dlogits), 0.0);
    assert_eq!(largest(&targets.formula(&logits, 1.0)), 0.0);
}

#[test]
fn both_norms_with_small_rows() {
    let random = Random::new(1, "norms");
    let sizes = Tensor::from_slice(&[1_f64, 10.0, 0.1]).unsqueeze(1);
    let x = (normal(&random, &[3, 5]) + 0.5) * sizes;
    let (gamma, beta) = (normal(&random, &[5]), normal(&random, &[5]));
    let dy = normal(&random, &[3, 5]);
    for norm in [Norm::Layer, Norm::Rms] {
        for epsilon in [1e-2, 1e-5] {
            let formula = norm.formula(&x, &gamma, epsilon, &dy);
            compare(
                &format!("{norm:?}"),
                [&x, &gamma, &beta],
                &|inputs| norm.forward(epsilon, inputs),
                &dy,
                &formula[..2],
            );
        }
    }
}

#[test]
fn the_offset_of_layer_norm_gets_the_sum_of_dy() {
    let random = Random::new(1, "offset");
    let (x, dy) = (normal(&random, &[3, 5]), normal(&random, &[3, 5]));
    let (gamma, beta) = (normal(&random, &[5]), normal(&random, &[5]));
    let forward = |inputs: &[Tensor; 3]| Norm::Layer.forward(1e-5, inputs);
    let formula = Norm::Layer.formula(&x, &gamma, 1e-5, &dy);
    compare("layer norm", [&x, &gamma, &beta], &forward, &dy, &formula);
}

#[test]
fn an_embedding_whose_tokens_occur_again() {
    let random = Random::new(1, "embedding");
    let tokens = Tensor::from_slice(&[1_i64, 3, 1, 0, 1, 3]).view([2, 3]);
    let (table, dy) = (normal(&random, &[5, 2]), normal(&random, &[2, 3, 2]));
    let formula = [embedding::formula(&tokens, &table, &dy)];
    let forward = |table: &[Tensor; 1]| embedding::forward(&tokens, table);
    compare("embedding", [&table], &forward, &dy, &formula);
}
