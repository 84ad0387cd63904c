//! # Layer norm
//!
//! A deep network multiplies again and again, so its numbers tend to grow or vanish from layer to layer. Layer norm
//! brings each position back to mean 0 and variance 1, and then lets the model choose a scale and an offset for each
//! feature:
//!
//! ```text
//! LayerNorm(x) = γ ⊙ (x − mean(x)) / √(variance(x) + ε) + β
//! ```
//!
//! (Ba, Kiros and Hinton 2016, "Layer Normalization". RMS norm, which leaves out the mean: Zhang and Sennrich 2019.)
//!
//! | symbol  | shape                | meaning                                                    |
//! |---------|----------------------|------------------------------------------------------------|
//! | x       | (positions, d_model) | a row for each position; each row is normalised separately |
//! | γ gamma | (d_model)            | the learned scale of each feature                           |
//! | β beta  | (d_model)            | the learned offset of each feature                          |
//! | ε       | a small number       | keeps a row of equal numbers from being divided by 0       |
//!
//! Mean and variance are those of one row. The variance is the biased one: the sum of the squared distances from the
//! mean, divided by d_model. ε is inside the square root.
//!
//! A transformer uses it together with a residual connection around each sublayer, in one of two orders:
//!
//! ```text
//! post-norm:  LayerNorm(x + Sublayer(x))       Vaswani et al. 2017, section 3.1
//! pre-norm:   x + Sublayer(LayerNorm(x))       Xiong et al. 2020, figure 1
//! ```
//!
//! A batch needs nothing new: positions are normalised one by one, no matter which sequence they belong to.

use ndarray::{Array2, ArrayView1, ArrayView2};

/// Layer norm of each position: γ (x − mean) / √(variance + ε) + β, with shapes as in the table above.
///
/// The output has the shape of `x`. A row of equal numbers becomes β.
pub fn layer_norm(
    x: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    beta: ArrayView1<'_, f32>,
    epsilon: f32,
) -> Array2<f32> {
    todo!("each row: subtract its mean, divide by √(variance + ε), then scale by γ and add β")
}

/// RMS norm of each position: γ x / √(mean of x² + ε).
///
/// RMS is the root of the mean square. There is no mean to subtract and no β to add. The output has the shape of `x`.
pub fn rms_norm(x: ArrayView2<'_, f32>, gamma: ArrayView1<'_, f32>, epsilon: f32) -> Array2<f32> {
    todo!("each row: divide by √(mean of the squares + ε), then scale by γ")
}

/// Post-norm, the order of the first transformer: LayerNorm(x + Sublayer(x)).
///
/// `sublayer_output` is Sublayer(x), (positions, d_model) like `x` and like the result.
pub fn add_and_norm(
    x: ArrayView2<'_, f32>,
    sublayer_output: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    beta: ArrayView1<'_, f32>,
    epsilon: f32,
) -> Array2<f32> {
    todo!("the layer norm of the sum of x and the sublayer's output")
}

/// Pre-norm, the order of most models since: x + Sublayer(LayerNorm(x)).
///
/// `sublayer` takes all positions together, (positions, d_model), and returns as many: it may mix them, as attention
/// does.
pub fn pre_norm(
    x: ArrayView2<'_, f32>,
    sublayer: impl Fn(ArrayView2<'_, f32>) -> Array2<f32>,
    gamma: ArrayView1<'_, f32>,
    beta: ArrayView1<'_, f32>,
    epsilon: f32,
) -> Array2<f32> {
    todo!("x itself, plus the sublayer's output for the normalised x")
}
