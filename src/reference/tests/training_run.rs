//! The decoder of the exercise on training is that of the exercise on GPT, and its gradients are those of finite differences.

#[path = "shared/slopes.rs"]
mod slopes;

use attentive_reference::training_run::decoder::{cross_entropy, differentiate, logits};
use attentive_reference::{Inputs, Random, Weights, gpt};
use tch::{Kind, Tensor};

const HEADS: i64 = 2;

/// The weights of a block with a width of 4, in `f64`.
fn block(random: &Random) -> Weights {
    let matrix = |d_in: i64, d_out: i64| random.normal(&[d_in, d_out]) / 2.0;
    let vector = |length: i64| random.normal(&[length]) * 0.3;
    let named = [
        ("gamma_1", vector(4) + 1.0),
        ("beta_1", vector(4)),
        ("w_qkv", matrix(4, 12)),
        ("b_qkv", vector(12)),
        ("w_o", matrix(4, 4)),
        ("b_o", vector(4)),
        ("gamma_2", vector(4) + 1.0),
        ("beta_2", vector(4)),
        ("w_fc", matrix(4, 5)),
        ("b_fc", vector(5)),
        ("w_proj", matrix(5, 4)),
        ("b_proj", vector(4)),
    ];
    let named = named.into_iter();
    named
        .map(|(name, tensor)| (name.to_owned(), tensor))
        .collect()
}

/// A decoder with two blocks.
fn decoder(random: &Random) -> Weights {
    let around = [
        ("token_embedding", random.normal(&[6, 4]) * 0.5),
        ("position_embedding", random.normal(&[4, 4]) * 0.5),
        ("gamma_f", random.normal(&[4]) * 0.3 + 1.0),
        ("beta_f", random.normal(&[4]) * 0.3),
    ];
    let mut all = Vec::from(around.map(|(name, tensor)| (name.to_owned(), tensor)));
    for index in 0..2 {
        for (name, tensor) in block(random).iter() {
            all.push((format!("blocks.{index}.{name}"), tensor.shallow_clone()));
        }
    }
    all.into_iter().collect()
}

fn tokens() -> [Tensor; 2] {
    let inputs = Tensor::from_slice(&[3_i64, 1, 5, 2, 2, 0]).reshape([2, 3]);
    let targets = Tensor::from_slice(&[1_i64, 5, 4, 2, 3, 0]).reshape([2, 3]);
    [inputs, targets]
}

#[test]
fn the_logits_are_those_of_gpt() {
    let random = Random::new(42, "the_logits_are_those_of_gpt");
    let parameters = decoder(&random);
    let [tokens, _] = tokens();
    let shared = |name: &str| parameters[name].shallow_clone();
    let embedded = gpt::model::embed(
        &Inputs::default()
            .with("tokens", tokens.shallow_clone())
            .with("past", 0_i64)
            .with("token_embedding", shared("token_embedding"))
            .with("position_embedding", shared("position_embedding")),
    );
    let last = ["blocks.0.", "blocks.1."]
        .into_iter()
        .fold(embedded, |x, prefix| {
            let block = parameters.part(prefix).with("x", x);
            gpt::formula(&block.with("heads", Tensor::from(HEADS))).output
        });
    let expected = gpt::model::logits(
        &Inputs::default()
            .with("x", last)
            .with("gamma_f", shared("gamma_f"))
            .with("beta_f", shared("beta_f"))
            .with("token_embedding", shared("token_embedding")),
    );
    let found = logits(&double(&parameters), HEADS, &tokens);
    let expected = expected.to_kind(Kind::Double);
    assert!(
        found.allclose(&expected, 1e-4, 1e-5, false),
        "{found}\n{expected}"
    );
}

fn double(parameters: &Weights) -> Weights {
    parameters.map(|tensor| tensor.to_kind(Kind::Double))
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let random = Random::new(42, "gradients_are_those_of_finite_differences");
    let parameters = double(&decoder(&random));
    let [tokens, targets] = tokens();
    let loss =
        |parameters: &Weights| cross_entropy(&logits(parameters, HEADS, &tokens), &targets, 0);
    slopes::compare(&parameters, loss);
}

#[test]
fn where_nothing_counts_loss_and_gradients_are_0() {
    let random = Random::new(42, "where_nothing_counts_loss_and_gradients_are_0");
    let parameters = decoder(&random);
    let [tokens, targets] = tokens();
    let (loss, gradients) = differentiate(&parameters, |parameters| {
        let nothing = targets.zeros_like();
        cross_entropy(&logits(parameters, HEADS, &tokens), &nothing, 0)
    });
    assert_eq!(loss.double_value(&[]), 0.0);
    for (name, gradient) in gradients.iter() {
        let largest = gradient.abs().max().double_value(&[]);
        assert_eq!(largest, 0.0, "{name}");
    }
}
