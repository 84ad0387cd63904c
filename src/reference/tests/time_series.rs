//! The blocks of the forecaster are those of the exercise on GPT, and its gradients are those of finite differences.

#[path = "shared/slopes.rs"]
mod slopes;

use attentive_reference::time_series::model::{Shape, loss, run};
use attentive_reference::{Random, Weights, gpt};
use tch::{Kind, Tensor};

const SHAPE: Shape = Shape { patch: 3, heads: 2 };

/// A forecaster of 4 values with two blocks, for contexts of 7 values.
fn forecaster(random: &Random) -> Weights {
    let mut all = vec![
        ("w_patch".to_owned(), random.normal(&[4, 3]) / 2.0),
        ("b_patch".to_owned(), random.normal(&[4]) * 0.3),
        ("positions".to_owned(), random.normal(&[2, 4]) * 0.3),
        ("gamma_f".to_owned(), random.normal(&[4]) * 0.3 + 1.0),
        ("beta_f".to_owned(), random.normal(&[4]) * 0.3),
        ("w_head".to_owned(), random.normal(&[5, 4]) / 2.0),
        ("b_head".to_owned(), random.normal(&[5]) * 0.3),
    ];
    for block in 0..2 {
        for (name, shape) in [
            ("gamma_1", vec![4]),
            ("beta_1", vec![4]),
            ("w_qkv", vec![4, 12]),
            ("b_qkv", vec![12]),
            ("w_o", vec![4, 4]),
            ("b_o", vec![4]),
            ("gamma_2", vec![4]),
            ("beta_2", vec![4]),
            ("w_fc", vec![4, 5]),
            ("b_fc", vec![5]),
            ("w_proj", vec![5, 4]),
            ("b_proj", vec![4]),
        ] {
            let mean = if name.starts_with("gamma") { 1.0 } else { 0.0 };
            let tensor = random.normal(&shape) * 0.4 + mean;
            all.push((format!("blocks.{block}.{name}"), tensor));
        }
    }
    let all: Weights = all.into_iter().collect();
    all.map(|tensor| tensor.to_kind(Kind::Double))
}

fn windows(random: &Random) -> [Tensor; 2] {
    let normal = |length: i64| random.normal(&[3, length]).to_kind(Kind::Double);
    [normal(7) + 1.0, normal(5) + 1.0]
}

#[test]
fn the_blocks_are_those_of_gpt() {
    let random = Random::new(42, "the_blocks_are_those_of_gpt");
    let parameters = forecaster(&random);
    let [contexts, _] = windows(&random);
    let found = run(&parameters, SHAPE, &contexts);
    let mut x = found.embedded.to_kind(Kind::Float);
    for (block, weights) in ["blocks.0.", "blocks.1."].into_iter().enumerate() {
        let single = parameters
            .part(weights)
            .map(|tensor| tensor.to_kind(Kind::Float));
        let inside = single.with("x", x).with("heads", Tensor::from(SHAPE.heads));
        let steps = gpt::formula(&inside);
        let attention = found.attention.get(block as i64).to_kind(Kind::Float);
        assert!(
            attention.allclose(&steps.attention_weights, 1e-4, 1e-5, false),
            "{attention}\n{}",
            steps.attention_weights
        );
        x = steps.output;
    }
    let (gamma, beta) = (&parameters["gamma_f"], &parameters["beta_f"]);
    let double = x.to_kind(Kind::Double);
    let normed = double.layer_norm(gamma.size(), Some(gamma), Some(beta), 1e-5, false);
    let last = normed.select(1, -1);
    let level = contexts.mean_dim(1, true, Kind::Double);
    let forecast = last.linear(&parameters["w_head"], Some(&parameters["b_head"])) + level;
    assert!(
        found.forecast.allclose(&forecast, 1e-4, 1e-5, false),
        "{}\n{forecast}",
        found.forecast
    );
}

#[test]
fn the_oldest_values_are_in_no_patch_and_in_the_level() {
    let random = Random::new(42, "the_oldest_values_are_in_no_patch_and_in_the_level");
    let [contexts, _] = windows(&random);
    let found = run(&forecaster(&random), SHAPE, &contexts);
    let level = contexts.mean_dim(1, true, Kind::Double);
    let newest = (&contexts - &level).narrow(1, 1, 6).reshape([3, 2, 3]);
    assert!(found.patches.equal(&newest));
    assert!(found.level.equal(&level.squeeze_dim(1)));
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let random = Random::new(42, "gradients_are_those_of_finite_differences");
    let parameters = forecaster(&random);
    let [contexts, targets] = windows(&random);
    let of = |parameters: &Weights| loss(&run(parameters, SHAPE, &contexts).forecast, &targets);
    slopes::compare(&parameters, of);
}
