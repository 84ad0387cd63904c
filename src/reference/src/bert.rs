//! BERT and its heads, from libtorch's kernels for embeddings, attention, layer norm and GELU.

mod classify;
mod embed;
mod encode;
mod fill_mask;
mod sentence;

use attentive_grader::Tolerance;
use tch::Tensor;

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::random::Random;
use crate::sublayers::norm_with;

pub use encode::{formula, kernel, small};
pub(crate) use sentence::mean_of_text;

/// Correct `f32` implementations differ by a few 10⁻⁷ of numbers near 1 before each layer norm, and three layers add
/// that up.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// The ε of nearly every BERT.
const EPSILON: f32 = 1e-12;

/// An ε that cannot be taken for it.
const ANOTHER_EPSILON: f32 = 0.1;

/// A number near which the exact GELU and its approximation by tanh differ by nearly a hundredth of themselves.
const GELU_DIFFERS: f64 = -2.2;

/// The exercise `bert`.
pub fn exercise() -> Exercise {
    Exercise::new("bert", TOLERANCE)
        .task(embed::task())
        .task(encode::task())
        .task(sentence::task())
        .task(fill_mask::task())
        .task(classify::task())
}

/// The exact GELU.
fn gelu(x: &Tensor) -> Tensor {
    x.gelu("none")
}

/// Layer norm of this number with the ε of the inputs.
fn own_norm(w: &Weights, number: usize, x: &Tensor) -> Tensor {
    norm_with(w, number, x, w.number("epsilon"))
}

/// x Wᵀ + b with `w_NAME` and `b_NAME`.
fn linear(w: &Weights, name: &str, x: &Tensor) -> Tensor {
    x.linear(&w[&format!("w_{name}")], Some(&w[&format!("b_{name}")]))
}

/// Adds a linear layer of these names, a weight (out, in) and a bias.
fn with_linear(
    inputs: Inputs,
    random: &Random,
    [weight, bias]: [&'static str; 2],
    [out, width]: [i64; 2],
) -> Inputs {
    inputs
        .with(weight, random.normal(&[out, width]) / (width as f64).sqrt())
        .with(bias, random.normal(&[out]) * 0.5)
}

/// Adds the layer norm number 0, of this width.
fn with_norm(inputs: Inputs, random: &Random, width: i64) -> Inputs {
    inputs
        .with("gamma_0", random.normal(&[width]) * 0.5 + 1.0)
        .with("beta_0", random.normal(&[width]) * 0.5)
}
