//! # The feed-forward layer
//!
//! Attention moves information between positions. A small network, the same at every position, then processes each
//! position separately: a linear layer to a larger width, a non-linearity, and a linear layer back.
//!
//! ```text
//! FFN(x)        = max(0, x W₁ᵀ + b₁) W₂ᵀ + b₂        Vaswani et al. 2017, section 3.3, equation 2
//! FFN_SwiGLU(x) = (Swish(x Wᵀ) ⊙ x Vᵀ) W₂ᵀ           Shazeer 2020, "GLU Variants Improve Transformer", equation 6
//! ```
//!
//! Without a non-linearity between them, the two linear layers could be replaced by one. The first transformer uses
//! ReLU; BERT and GPT-2 use GELU, which is smooth (Hendrycks and Gimpel 2016):
//!
//! ```text
//! ReLU(x)  = max(0, x)
//! GELU(x)  = x Φ(x) = ½ x (1 + erf(x / √2))                           Φ: the probability of a normal number below x
//!          ≈ ½ x (1 + tanh(u)) = x / (1 + exp(−2u))                   u = √(2/π) (x + 0.044715 x³)
//! Swish(x) = x / (1 + exp(−x))
//! ```
//!
//! The approximation has two forms, because ½ (1 + tanh(u)) and 1 / (1 + exp(−2u)) are the same function of u. Papers
//! have the first, and the second shows that this GELU is a relative of Swish.
//!
//! | symbol   | shape                | meaning                                               |
//! |----------|----------------------|-------------------------------------------------------|
//! | x        | (positions, d_model) | a row for each position; each is processed on its own |
//! | W₁, W, V | (d_ff, d_model)      | widen; written (out, in), as libtorch stores them     |
//! | b₁       | (d_ff)               | the bias of the first layer                           |
//! | W₂       | (d_model, d_ff)      | narrows again                                         |
//! | b₂       | (d_model)            | the bias of the second layer                          |
//!
//! d_ff is often four times d_model; with SwiGLU, which has a third matrix, two thirds of that.

use ndarray::{Array2, ArrayView1, ArrayView2};

/// The error function. It is given, because Rust's standard library has none.
pub use attentive_given::erf;

/// max(0, x), entry by entry.
pub fn relu(x: ArrayView2<'_, f32>) -> Array2<f32> {
    todo!("each entry, or 0 where it is negative")
}

/// GELU, entry by entry and exactly: ½ x (1 + erf(x / √2)). Use [`erf`].
pub fn gelu(x: ArrayView2<'_, f32>) -> Array2<f32> {
    todo!("each entry times Φ of it, which is ½ (1 + erf(x / √2))")
}

/// GELU's approximation, entry by entry: ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).
pub fn gelu_tanh(x: ArrayView2<'_, f32>) -> Array2<f32> {
    todo!("in one of its two forms: ½ x (1 + tanh(u)), or x / (1 + exp(−2u))")
}

/// The feed-forward network of the first transformer: max(0, x W₁ᵀ + b₁) W₂ᵀ + b₂.
///
/// `w_1` is (d_ff, d_model) and `w_2` is (d_model, d_ff); the output is (positions, d_model), like `x`.
pub fn feed_forward(
    x: ArrayView2<'_, f32>,
    w_1: ArrayView2<'_, f32>,
    b_1: ArrayView1<'_, f32>,
    w_2: ArrayView2<'_, f32>,
    b_2: ArrayView1<'_, f32>,
) -> Array2<f32> {
    todo!("a linear layer to d_ff, ReLU, a linear layer back to d_model")
}

/// The gated layer of many later models: (Swish(x Wᵀ) ⊙ x Vᵀ) W₂ᵀ, without biases.
///
/// `w` and `v` are (d_ff, d_model), `w_2` is (d_model, d_ff); the output is (positions, d_model), like `x`.
pub fn swiglu(
    x: ArrayView2<'_, f32>,
    w: ArrayView2<'_, f32>,
    v: ArrayView2<'_, f32>,
    w_2: ArrayView2<'_, f32>,
) -> Array2<f32> {
    todo!("Swish of x Wᵀ, times x Vᵀ entry by entry, then back to d_model")
}
