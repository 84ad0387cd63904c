//! Forecasters and series of which cases are made.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::random::Random;
use crate::training_run::cases::OF_A_BLOCK;

/// The parameters of a forecaster that are not in a block.
const AROUND_THE_BLOCKS: [&str; 7] = [
    "w_patch",
    "b_patch",
    "positions",
    "gamma_f",
    "beta_f",
    "w_head",
    "b_head",
];

/// The sizes of a forecaster. No two that could be taken for each other are equal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) context: i64,
    pub(super) patch: i64,
    pub(super) horizon: i64,
    pub(super) blocks: i64,
    pub(super) heads: i64,
    pub(super) d_model: i64,
    pub(super) d_ff: i64,
}

/// Three blocks, four patches of two values, and one value that fills no patch.
pub(super) const THREE_BLOCKS: Sizes = Sizes {
    context: 9,
    patch: 2,
    horizon: 5,
    blocks: 3,
    heads: 3,
    d_model: 6,
    d_ff: 7,
};

/// One block, two patches of three values, and two values that fill no patch.
pub(super) const SMALL: Sizes = Sizes {
    context: 8,
    patch: 3,
    horizon: 2,
    blocks: 1,
    heads: 2,
    d_model: 4,
    d_ff: 5,
};

/// Adds the parameters of a forecaster, such that the variance stays near 1, and its shape.
pub(super) fn with_forecaster(inputs: Inputs, random: &Random, sizes: Sizes) -> Inputs {
    let Sizes {
        context,
        patch,
        horizon,
        blocks,
        heads,
        d_model,
        d_ff,
    } = sizes;
    let stack = |shape: &[i64]| random.normal(&[&[blocks][..], shape].concat());
    let matrix = |d_in: i64, d_out: i64| stack(&[d_in, d_out]) / (d_in as f64).sqrt();
    let vector = |length: i64| stack(&[length]) * 0.3;
    inputs
        .with("context", context)
        .with("patch", patch)
        .with("heads", heads)
        .with(
            "w_patch",
            random.normal(&[d_model, patch]) / (patch as f64).sqrt(),
        )
        .with("b_patch", random.normal(&[d_model]) * 0.3)
        .with(
            "positions",
            random.normal(&[context / patch, d_model]) * 0.3,
        )
        .with("gamma_1", vector(d_model) + 1.0)
        .with("beta_1", vector(d_model))
        .with("w_qkv", matrix(d_model, 3 * d_model))
        .with("b_qkv", vector(3 * d_model))
        .with("w_o", matrix(d_model, d_model))
        .with("b_o", vector(d_model))
        .with("gamma_2", vector(d_model) + 1.0)
        .with("beta_2", vector(d_model))
        .with("w_fc", matrix(d_model, d_ff))
        .with("b_fc", vector(d_ff))
        .with("w_proj", matrix(d_ff, d_model))
        .with("b_proj", vector(d_model))
        .with("gamma_f", random.normal(&[d_model]) * 0.3 + 1.0)
        .with("beta_f", random.normal(&[d_model]) * 0.3)
        .with(
            "w_head",
            random.normal(&[horizon, d_model]) / (d_model as f64).sqrt(),
        )
        .with("b_head", random.normal(&[horizon]) * 0.3)
}

/// The parameters of a case's forecaster in `f64`, by their names in a learner's program.
pub(super) fn parameters(x: &Inputs) -> Weights {
    let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
    let around = AROUND_THE_BLOCKS.map(|name| (name.to_owned(), double(&x[name])));
    let mut parameters: Vec<(String, Tensor)> = around.into();
    for name in OF_A_BLOCK {
        for (block, tensor) in x[name].unbind(0).iter().enumerate() {
            parameters.push((format!("blocks.{block}.{name}"), double(tensor)));
        }
    }
    parameters.into_iter().collect()
}

/// A series that rises and swings, with noise, so that its parts have different means and no two values are equal.
pub(super) fn series(random: &Random, length: i64) -> Tensor {
    let t = Tensor::arange(length, (Kind::Float, tch::Device::Cpu));
    (&t * 0.7).sin() + t * 0.15 + random.normal(&[length]) * 0.5
}

/// An input in `f64`.
pub(super) fn double(x: &Inputs, name: &str) -> Tensor {
    x[name].to_kind(Kind::Double)
}
