//! # The transformer
//!
//! In this exercise the parts become a model. An encoder reads the source once. A decoder writes the target token by
//! token, and for each it reads what it has written so far and the encoder's output for the source:
//!
//! ```text
//! embed   √d_model · E[token] + PE(position)                             sections 3.4 and 3.5
//! encode  embed(source) through every encoder block                       → the memory
//! decode  embed(target) through every decoder block, each with the memory → logits = last state · Eᵀ
//! ```
//!
//! (Vaswani et al. 2017, "Attention Is All You Need"; figure 1 shows all of it.)
//!
//! | symbol | shape                       | meaning                                                         |
//! |--------|-----------------------------|-----------------------------------------------------------------|
//! | source | (batch, source)             | the tokens to read, as numbers; padding is [`PADDING`]          |
//! | target | (batch, target)             | what has been written so far; it begins with [`START`]          |
//! | E      | (vocabulary, d_model)       | the embedding: a row for each token                             |
//! | memory | (batch, source, d_model)    | the output of the last encoder block                            |
//! | logits | (batch, target, vocabulary) | at each position, a score for each token that could come *next* |
//!
//! One matrix does three things (section 3.4): E turns the tokens of the source into vectors, and those of the
//! target, and its transpose turns the decoder's last vectors into scores. A token is likely to come next when its own
//! vector points the same way as the one that the decoder has computed.
//!
//! The course has trained a small model, `model.safetensors`, which writes words backwards. [`trained`] loads it, and
//! when [`greedy_decode`] works, [`reverse`] does.

mod model;
mod words;

use attentive_given::linear;
use decoder_block::decoder_block;
use encoder_block::post_norm_block;
use ndarray::{Array3, Array4, ArrayView2, ArrayView3, Axis, aview1, s};
use positional_encoding::add_positions;

pub use model::{Model, Weights, WeightsError, trained};
pub use words::{NotALetter, Reading, reading, reverse, tokens, word};

/// The token that pads the shorter sources of a batch.
pub const PADDING: usize = 0;
/// The token that a target begins with.
pub const START: usize = 1;
/// The token that sources and targets end with.
pub const END: usize = 2;

/// Tokens as vectors: √d_model times the token's row of the embedding, plus the encoding of its position.
///
/// `tokens` is (batch, length) and `embedding` is (vocabulary, d_model); the vectors are (batch, length, d_model).
/// Positions count from 0.
pub fn embed(tokens: ArrayView2<'_, usize>, embedding: ArrayView2<'_, f32>) -> Array3<f32> {
    todo!("a row of the embedding for each token, times √d_model; then `add_positions`")
}

/// Encodes a source (batch, source): returns the embedding, and then the output of each block, each of them
/// (batch, source, d_model). The last is the memory.
///
/// No position attends to padding: [`may_read`] makes the mask.
pub fn encode(source: ArrayView2<'_, usize>, model: &Model<'_>) -> Vec<Array3<f32>> {
    todo!("embed, then one `post_norm_block` after the other, under the source's padding mask")
}

/// States, weights and logits of a decoder that has read a target.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The embedding, and then the output of each block: (batch, target, d_model).
    pub states: Vec<Array3<f32>>,
    /// The weights of each block's cross-attention: (batch, heads, target, source).
    pub cross_weights: Vec<Array4<f32>>,
    /// Scores, at each position, of each token that could come next: (batch, target, vocabulary).
    pub logits: Array3<f32>,
}

/// Decodes a target (batch, target), given the memory (batch, source, d_model) of a source.
///
/// `source` (batch, source) is needed only for its padding, which no position reads: [`may_read`] makes the mask.
///
/// An array of three axes has no `dot` with a matrix; `linear(x, weight, None)` is x Wᵀ at each position of a batch.
pub fn decode(
    target: ArrayView2<'_, usize>,
    memory: ArrayView3<'_, f32>,
    source: ArrayView2<'_, usize>,
    model: &Model<'_>,
) -> Decoded {
    todo!("embed, then one `decoder_block` after the other; the logits are the last state times Eᵀ")
}

/// Writes a target: the most likely token, then the most likely after that, until it is [`END`].
///
/// `source` holds the tokens of one source, with [`END`] as the last. What is returned has neither [`START`] nor
/// [`END`], and at most `longest` tokens: then it stops even without [`END`]. Among tokens with equal scores, the
/// first wins.
pub fn greedy_decode(source: &[usize], longest: usize, model: &Model<'_>) -> Vec<usize> {
    todo!(
        "encode once; then decode what is there so far, and append the best token of the last position"
    )
}

/// The mask (batch, queries, source) that allows all of a source (batch, source) except its padding.
pub fn may_read(source: ArrayView2<'_, usize>, queries: usize) -> Array3<bool> {
    let real = source.mapv(|token| token != PADDING).insert_axis(Axis(1));
    let (batch, _, length) = real.dim();
    real.broadcast((batch, queries, length))
        .expect("one row for each query")
        .to_owned()
}
