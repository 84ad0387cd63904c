//! The encoder of T5, made from the functions of this exercise. Everything in this file is given.

use ndarray::{Array3, ArrayView2, ArrayView3, s};

use crate::weights::{EPSILON, EncoderWeights, T5};
use crate::{attention, feed_forward, position_bias};

/// Tokens (batch, length) as rows of the embedding E (vocabulary, d_model): (batch, length, d_model).
///
/// Nothing is added and nothing is scaled. T5 says where a token is in attention, by the bias.
pub fn embed(tokens: ArrayView2<'_, usize>, embedding: ArrayView2<'_, f32>) -> Array3<f32> {
    let (batch, length) = tokens.dim();
    let mut vectors = Array3::zeros((batch, length, embedding.ncols()));
    for ((sequence, position), &token) in tokens.indexed_iter() {
        vectors
            .slice_mut(s![sequence, position, ..])
            .assign(&embedding.row(token));
    }
    vectors
}

/// A block of the encoder: h = x + Attention(RMSNorm₁(x)), y = h + FFN(RMSNorm₂(h)).
///
/// `x` is (batch, length, d_model), `bias` is (heads, length, length), and `mask` is (batch, length, length).
pub fn encoder_block(
    x: ArrayView3<'_, f32>,
    weights: &EncoderWeights<'_>,
    heads: usize,
    bias: ArrayView3<'_, f32>,
    mask: Option<ArrayView3<'_, bool>>,
) -> Array3<f32> {
    let normed = weights.norm_1.apply(x, EPSILON);
    let normed = normed.view();
    let (read, _) = attention(normed, normed, &weights.attention, heads, Some(bias), mask);
    let after_attention = &x + &read;

    let normed = weights.norm_2.apply(after_attention.view(), EPSILON);
    after_attention + feed_forward(normed.view(), &weights.feed_forward)
}

/// The memory (batch, length, d_model): the encoder's output for a source, which the decoder reads.
///
/// `source` is (batch, length), and `mask` is (batch, length, length) where there is padding.
pub fn encode(
    source: ArrayView2<'_, usize>,
    model: &T5<'_>,
    mask: Option<ArrayView3<'_, bool>>,
) -> Array3<f32> {
    let length = source.ncols();
    // One bias for all blocks.
    let bias = position_bias(model.encoder_bias, length, length, true, model.max_distance);
    let mut x = embed(source, model.embedding);
    for weights in &model.encoder {
        x = encoder_block(x.view(), weights, model.heads, bias.view(), mask);
    }
    model.encoder_norm.apply(x.view(), EPSILON)
}
