//! # Backward passes
//!
//! Training needs the gradient of the loss L with respect to every parameter of a model. It is computed layer by layer,
//! from the last to the first. A backward pass is one step on this way: it gets dy, the gradient of the loss with
//! respect to the layer's output y, and turns it into gradients with respect to all that the layer was computed from.
//!
//! ```text
//! forward    x (positions, in)   ──►  y (positions, out)     with the parameters W (out, in) and b (out)
//! backward  dx (positions, in)   ◄── dy (positions, out)     and dW (out, in), db (out)
//! ```
//!
//! dx is short for ∂L/∂x, the derivative of the loss with respect to each entry of x. So **a gradient has the shape of
//! what it belongs to**, and shapes often leave only one way to write a formula:
//!
//! ```text
//! linear          dx = dy W           dW = dyᵀ x           db = Σ dy                          Σ: over all positions
//! GELU            dx = dy ⊙ (½ (1 + tanh u) + ½ x (1 − tanh² u) u′)
//!                    = dy ⊙ (s + x s (1 − s) 2u′)          s  = ½ (1 + tanh u) = 1 / (1 + exp(−2u))
//!                 u  = √(2/π) (x + 0.044715 x³)            u′ = √(2/π) (1 + 3 · 0.044715 x²)
//! cross-entropy   dlogits = dloss (p − q) / N     where a position counts, 0 where it does not
//! layer norm      x̂ = (x − mean(x)) / σ           σ = √(variance(x) + ε)             g = dy ⊙ γ
//!                 dx = (g − mean(g) − x̂ mean(g ⊙ x̂)) / σ
//!                 dγ = Σ dy ⊙ x̂                   dβ = Σ dy
//! RMS norm        x̂ = x / r                       r = √(mean(x²) + ε)                g = dy ⊙ γ
//!                 dx = (g − x̂ mean(g ⊙ x̂)) / r    dγ = Σ dy ⊙ x̂
//! embedding       dE[token] = Σ dy of all positions that have this token
//! ```
//!
//! (Backpropagation: Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating errors";
//! Goodfellow, Bengio and Courville 2016, "Deep Learning", section 6.5. A norm: Ioffe and Szegedy 2015, "Batch
//! Normalization", section 3, where the means are over a batch; RMS norm: Zhang and Sennrich 2019, "Root Mean Square
//! Layer Normalization", section 4.2.)
//!
//! | symbol        | shape                       | meaning                                                           |
//! |---------------|-----------------------------|-------------------------------------------------------------------|
//! | x, dx         | (positions, features)       | the input of a layer, and its gradient                            |
//! | y, dy         | as the layer's output       | the output of a layer, and its gradient                           |
//! | W, dW         | (out, in)                   | weights, as libtorch stores them                                  |
//! | b, db         | (out)                       | the bias                                                          |
//! | γ, dγ, β, dβ  | (features)                  | scale and offset of a norm                                        |
//! | x̂             | (positions, features)       | the normalised rows, before γ                                     |
//! | logits        | (batch, length, vocabulary) | scores for the token that comes after each position               |
//! | p             | (vocabulary)                | the softmax of a position's logits                                |
//! | q             | (vocabulary)                | what p should be: 1 for the target, or smoothed; see below        |
//! | N             |                             | the number of positions that count                                |
//! | E, dE         | (vocabulary, d_model)       | the embedding: a row for each token                               |
//!
//! Means and the variance are those of one row, over its features. dW, db, dγ and dβ are sums over all positions,
//! because every position is computed with the same parameters and adds its part to the gradient.
//!
//! A function gets what the forward pass got, as far as the gradient depends on it. b and β are missing: they are only
//! added. Outputs of the forward pass are computed again where they are needed, which real programs avoid by keeping
//! them.
//!
//! You do not write softmax again: [`softmax`] is that of exercise 01. `Cargo.toml` says whose it is, the course's or
//! your own.

use ndarray::{
    Array, Array1, Array2, Array3, ArrayView, ArrayView1, ArrayView2, ArrayView3, Axis, Dimension,
    s,
};
use softmax::softmax;

/// Gradients of a linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearGradients<D: Dimension> {
    /// Gradient of its input: (…, in), like x.
    pub dx: Array<f32, D>,
    /// Gradient of its weights: (out, in), like W.
    pub dw: Array2<f32>,
    /// Gradient of its bias: (out).
    pub db: Array1<f32>,
}

/// The backward pass of a linear layer, y = x Wᵀ + b.
///
/// `x` is (…, in) with any leading axes, such as (batch, length, in), or with none. `weight` is W, (out, in), and `dy`
/// is (…, out) with the leading axes of `x`. Each of their indices is a position, and dW and db are sums over all of
/// them.
pub fn linear_backward<D: Dimension>(
    x: ArrayView<'_, f32, D>,
    weight: ArrayView2<'_, f32>,
    dy: ArrayView<'_, f32, D>,
) -> LinearGradients<D> {
    todo!("the three gradients, with all positions as rows of one matrix")
}

/// The backward pass of GELU's tanh form, y = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), entry by entry.
///
/// `x` and `dy` are (positions, features), and so is the result, dx. Entries may be of any size up to 10¹².
pub fn gelu_tanh_backward(x: ArrayView2<'_, f32>, dy: ArrayView2<'_, f32>) -> Array2<f32> {
    todo!("each entry of dy times the derivative of GELU at this entry of x")
}

/// The backward pass of softmax and cross-entropy together: the gradient of the logits.
///
/// `logits` is (batch, length, vocabulary), `targets` is (batch, length), and the result has the shape of `logits`. The
/// loss is that of exercise 24: the mean over the positions that count. A position whose target is `ignored` does not
/// count, and the ignored id need not be in the vocabulary. With `None`, all positions count. `dloss` is the gradient
/// of the loss itself, 1 unless the loss is multiplied by something.
///
/// `smoothing` is ε, at least 0 and below 1. The target should get the probability 1 − ε + ε / V and each other token
/// ε / V, where V is the size of the vocabulary: these numbers are q.
///
/// Positions that do not count get a gradient of 0, also if none counts. Logits may be of any size, and −∞ for a token
/// that is not the target.
pub fn cross_entropy_backward(
    logits: ArrayView3<'_, f32>,
    targets: ArrayView2<'_, usize>,
    ignored: Option<usize>,
    smoothing: f32,
    dloss: f32,
) -> Array3<f32> {
    todo!(
        "where a position counts: its probabilities less what they should be, times dloss / N; else 0"
    )
}

/// Gradients of layer norm.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNormGradients {
    /// Gradient of its input: (positions, d_model).
    pub dx: Array2<f32>,
    /// Gradient of its scale γ: (d_model).
    pub dgamma: Array1<f32>,
    /// Gradient of its offset β: (d_model).
    pub dbeta: Array1<f32>,
}

/// The backward pass of layer norm, y = γ (x − mean) / √(variance + ε) + β.
///
/// `x` and `dy` are (positions, d_model), and `gamma` is (d_model). The variance is the biased one, as in exercise 09.
/// A row of equal numbers gives numbers, too, as long as ε is above 0.
pub fn layer_norm_backward(
    x: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    epsilon: f32,
    dy: ArrayView2<'_, f32>,
) -> LayerNormGradients {
    todo!(
        "dx of each row: g, less its mean, less x̂ times a mean, over σ; dγ and dβ are sums over positions"
    )
}

/// Gradients of RMS norm.
#[derive(Debug, Clone, PartialEq)]
pub struct RmsNormGradients {
    /// Gradient of its input: (positions, d_model).
    pub dx: Array2<f32>,
    /// Gradient of its scale γ: (d_model).
    pub dgamma: Array1<f32>,
}

/// The backward pass of RMS norm, y = γ x / √(mean of x² + ε).
///
/// `x` and `dy` are (positions, d_model), and `gamma` is (d_model).
pub fn rms_norm_backward(
    x: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    epsilon: f32,
    dy: ArrayView2<'_, f32>,
) -> RmsNormGradients {
    todo!("as for layer norm, but no mean is subtracted, neither from x nor from g")
}

/// The backward pass of an embedding, y\[b, t\] = E\[tokens\[b, t\]\]: the gradient of E.
///
/// `tokens` is (batch, length), `embedding` is E (vocabulary, d_model), and `dy` is (batch, length, d_model). The
/// result has the shape of E. The row of a token that does not occur is 0. Tokens are numbers of rows and have no
/// gradient.
pub fn embedding_backward(
    tokens: ArrayView2<'_, usize>,
    embedding: ArrayView2<'_, f32>,
    dy: ArrayView3<'_, f32>,
) -> Array2<f32> {
    todo!("add dy of each position to the row of its token")
}
