//! # The decoder block
//!
//! A decoder writes: it is given what it has written so far, and it reads the encoder's output for the source. So its
//! block has three parts where the encoder's has two, and a residual connection and a layer norm around each:
//!
//! ```text
//! a = LayerNorm₁(x + SelfAttention(x))            what has been written, under a causal mask
//! b = LayerNorm₂(a + CrossAttention(a, memory))   what the source holds, under the source's padding mask
//! y = LayerNorm₃(b + FFN(b))
//! ```
//!
//! (Vaswani et al. 2017, "Attention Is All You Need", sections 3.1 and 3.2.3; figure 1, on the right.)
//!
//! | symbol       | shape                            | meaning                                              |
//! |--------------|----------------------------------|------------------------------------------------------|
//! | x, a, b, y   | (batch, target, d_model)         | a vector for each token of the target               |
//! | memory       | (batch, source, d_model)         | the encoder's output for the source                  |
//! | memory mask  | (batch, target, source)          | `true` = may attend: the source's padding is `false` |
//!
//! The causal mask is part of the block. Without it, a position would learn in training to copy the next token, which
//! is right next to it; at inference the next token does not exist yet.
//!
//! In cross-attention the queries are the decoder's and the keys and values are the encoder's. The source may be longer
//! or shorter than the target, and every position may see all of it, because the source is complete from the start.
//!
//! Attention comes from `multi_head_attention` and the causal mask from `masks`; [`Norm::apply`] and
//! [`FeedForward::apply`] do what they did in the encoder block. `Cargo.toml` says whose functions these are, the
//! course's or your own.
//!
//! `multi_head_attention(query, key, value, projections, heads, mask)` returns `(output, weights)`. The first three are
//! views (batch, length, d_model), and `mask` is `Option<ArrayView3<bool>>`, (batch, queries, keys).
//! `causal(target, target)` is (target, target): `causal.broadcast((batch, target, target))` repeats it for each batch
//! element, and returns such an `Option`.

mod weights;

use masks::causal;
use multi_head_attention::multi_head_attention;
use ndarray::{Array3, Array4, ArrayView3};

pub use encoder_block::{FeedForward, Norm};
pub use multi_head_attention::Projections;
pub use weights::DecoderWeights;

/// The ε of the three layer norms.
pub const EPSILON: f32 = 1e-5;

/// Results of a block, step by step: (batch, target, d_model), but for the weights. Returning all of them lets the
/// grader say which step goes wrong first.
#[derive(Debug, Clone)]
pub struct DecoderSteps {
    /// Self-attention, before the residual connection adds it.
    pub self_attention: Array3<f32>,
    /// a, after the first layer norm.
    pub after_self_attention: Array3<f32>,
    /// Weights with which each target position reads from each source position: (batch, heads, target, source).
    pub cross_weights: Array4<f32>,
    /// Cross-attention, before the residual connection adds it.
    pub cross_attention: Array3<f32>,
    /// b, after the second layer norm.
    pub after_cross_attention: Array3<f32>,
    /// FFN(b), before the residual connection adds it.
    pub feed_forward: Array3<f32>,
    /// y, the output of the block.
    pub output: Array3<f32>,
}

/// The decoder block of the first transformer: each layer norm comes after its residual connection.
///
/// `x` is (batch, target, d_model) and `memory` is (batch, source, d_model). `memory_mask` is (batch, target, source),
/// and `true` means *may attend*; without it, every position may attend to all of the memory.
pub fn decoder_block(
    x: ArrayView3<'_, f32>,
    memory: ArrayView3<'_, f32>,
    weights: &DecoderWeights<'_>,
    heads: usize,
    memory_mask: Option<ArrayView3<'_, bool>>,
) -> DecoderSteps {
    todo!("causal self-attention, add, norm; cross-attention, add, norm; feed-forward, add, norm")
}
