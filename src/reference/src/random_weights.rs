//! Random weights of blocks and of stacks of blocks.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::random::Random;

/// The names of the tensors of an encoder block, with a prefix.
macro_rules! encoder_names {
    ($prefix:literal) => {
        crate::random_weights::prefixed!($prefix:
            "w_q" "b_q" "w_k" "b_k" "w_v" "b_v" "w_o" "b_o" "gamma_1" "beta_1"
            "w_1" "b_1" "w_2" "b_2" "gamma_2" "beta_2")
    };
}

/// The names of the tensors of a decoder block, with a prefix.
macro_rules! decoder_names {
    ($prefix:literal) => {
        crate::random_weights::prefixed!($prefix:
            "self_w_q" "self_b_q" "self_w_k" "self_b_k" "self_w_v" "self_b_v" "self_w_o" "self_b_o" "gamma_1" "beta_1"
            "cross_w_q" "cross_b_q" "cross_w_k" "cross_b_k" "cross_w_v" "cross_b_v" "cross_w_o" "cross_b_o"
            "gamma_2" "beta_2" "w_1" "b_1" "w_2" "b_2" "gamma_3" "beta_3")
    };
}

macro_rules! prefixed {
    ($prefix:literal: $($name:literal)*) => { &[$(concat!($prefix, $name)),*] };
}

pub(crate) use {decoder_names, encoder_names, prefixed};

/// The widths of a block or of a stack of blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// The layers of a stack, which are on the first axis; `None` for a single block.
    pub(crate) layers: Option<i64>,
    /// The width of the model.
    pub(crate) d_model: i64,
    /// The width of all heads together.
    pub(crate) inner: i64,
    /// The width within the feed-forward network.
    pub(crate) d_ff: i64,
}

/// Adds weights of these names, such that the variance stays near 1 from layer to layer.
pub(crate) fn add(inputs: Inputs, random: &Random, size: Size, names: &[&'static str]) -> Inputs {
    names.iter().fold(inputs, |inputs, name| {
        inputs.with(name, tensor(random, size, name))
    })
}

fn tensor(
    random: &Random,
    Size {
        layers,
        d_model,
        inner,
        d_ff,
    }: Size,
    name: &str,
) -> Tensor {
    let normal =
        |shape: &[i64]| random.normal(&layers.iter().chain(shape).copied().collect::<Vec<_>>());
    let matrix = |d_out: i64, d_in: i64| normal(&[d_out, d_in]) / (d_in as f64).sqrt();
    // Neither so small that it would hardly show when one is left out, nor larger than what it is added to.
    let vector = |length: i64| normal(&[length]) * 0.5;
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&["w_q", "w_k", "w_v"]) {
        matrix(inner, d_model)
    } else if ends(&["b_q", "b_k", "b_v"]) {
        vector(inner)
    } else if ends(&["w_o"]) {
        matrix(d_model, inner)
    } else if ends(&["w_1"]) {
        matrix(d_ff, d_model)
    } else if ends(&["b_1"]) {
        vector(d_ff)
    } else if ends(&["w_2"]) {
        matrix(d_model, d_ff)
    } else if name.contains("gamma_") {
        vector(d_model) + 1.0
    } else {
        vector(d_model)
    }
}
