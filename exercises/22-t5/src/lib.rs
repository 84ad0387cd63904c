//! # T5
//!
//! T5 turns one text into another: a translation, a summary, a title. It has an encoder that reads and a decoder that
//! writes, like the transformer of 2017, and differs in what it does about positions. No vector says where a token is.
//! Instead, each score of attention gets an addend that depends on how far the key is from the query. This is T5
//! weight by weight: with your functions, its checkpoints run, those of 2019 and those of version 1.1.
//!
//! ```text
//! scores    Q Kᵀ + bias                             not divided by √d_k
//! bias      table[bucket(key position − query position), head]
//! bucket    near distances have one each, far ones share one, in steps that grow like a logarithm
//! block     a = x + SelfAttention(RMSNorm₁(x))       with the bias, under a causal mask
//!           c = a + CrossAttention(RMSNorm₂(a))      without a bias; keys and values from the memory
//!           y = c + FFN(RMSNorm₃(c))
//! FFN       max(0, x W_inᵀ) W_outᵀ                          version 1.0
//!           (GELU(x W_gateᵀ) ⊙ x W_valueᵀ) W_outᵀ           version 1.1
//! logits    RMSNorm_f(y) Eᵀ / √d_model               version 1.0, with the embedding E
//!           RMSNorm_f(y) W_headᵀ                     version 1.1, with a matrix of its own
//! ```
//!
//! (Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer", section
//! 2.1; Shazeer 2020, "GLU Variants Improve Transformer", section 2, for the gate. The constants of the buckets are in
//! the paper's code.)
//!
//! | symbol  | shape                       | meaning                                                         |
//! |---------|-----------------------------|-----------------------------------------------------------------|
//! | x, y    | (batch, length, d_model)    | a vector for each token                                         |
//! | memory  | (batch, source, d_model)    | what the encoder has made of the source                         |
//! | table   | (buckets, heads)            | a learned number for each bucket and head                       |
//! | bias    | (heads, queries, keys)      | what is added to the scores                                     |
//! | W_Q, …  | (inner, d_model)            | projections; inner is heads · head_dim, and need not be d_model |
//! | W_O     | (d_model, inner)            | mixes the contexts of all heads                                 |
//! | E       | (vocabulary, d_model)       | the embedding of source and target                              |
//! | logits  | (batch, length, vocabulary) | at each position, a score for each token that could come *next* |
//!
//! No layer has a bias vector. Where T5 speaks of a bias, it is the one of the scores.
//!
//! You do not write the parts again. `linear(x, weight, None)` is x Wᵀ at each position, `split_heads` and `merge_heads`
//! are those of exercise 07, `softmax` and `masked_softmax` those of exercise 01, `relu` and `gelu_tanh` those of
//! exercise 10 (all four take and return two axes), and `norm.apply(x, EPSILON)` is the RMS norm of each position.
//! `causal(length, length)` is the mask, and [`beam_search`] is that of exercise 19. `Cargo.toml` says whose functions
//! these are, the course's or your own. [`encode`] and [`encoder_block`] are given: they show how the parts are put
//! together.

mod encoder;
mod weights;

use attentive_given::linear;
use feed_forward::{gelu_tanh, relu};
use masks::causal;
use multi_head_attention::{merge_heads, split_heads};
use ndarray::{Array3, Array4, ArrayView2, ArrayView3, Axis, aview1, s};
use sampling::beam_search;
use softmax::{masked_softmax, softmax};

pub use encoder::{embed, encode, encoder_block};
pub use sampling::Search;
pub use weights::{
    AttentionWeights, DecoderWeights, EPSILON, EncoderWeights, FeedForward, Head, RmsNorm,
    Settings, T5,
};

/// The padding token. T5 has no token for the start of a text, so the decoder begins with this one.
pub const PADDING: usize = 0;

/// The bucket of a key: a number from 0 up to `buckets`, without it.
///
/// `offset` is the key's position minus the query's. With `bidirectional`, the first half of the buckets is for keys at
/// the query's position or before it, and the second half is for keys after it. Without, all buckets are for keys at
/// the query's position or before it, and a key after it gets bucket 0; a mask forbids it anyway.
///
/// Let n be the number of buckets of one direction. The distances 0, 1, … up to n/2 − 1 have a bucket each. For a larger
/// distance d it is n/2 + ⌊ln(d / (n/2)) / ln(`max_distance` / (n/2)) · (n − n/2)⌋, but never more than n − 1. Here n/2
/// is rounded down, and `max_distance` is more than n/2. There are at least 4 buckets, and an even number.
pub fn relative_position_bucket(
    offset: isize,
    bidirectional: bool,
    buckets: usize,
    max_distance: usize,
) -> usize {
    todo!(
        "the direction's first bucket, plus the distance itself or, if it is large, its logarithm"
    )
}

/// The addend for each score: (heads, queries, keys).
///
/// `table` is (buckets, heads). The keys have the positions 0, 1, … There are at least as many keys as queries, and the
/// queries are the last positions, as in exercise 06: query i has position keys − queries + i.
pub fn position_bias(
    table: ArrayView2<'_, f32>,
    queries: usize,
    keys: usize,
    bidirectional: bool,
    max_distance: usize,
) -> Array3<f32> {
    todo!(
        "for each query and key, the row of the table for their bucket, with the heads moved to the front"
    )
}

/// Attention of T5: the output (batch, queries, d_model) and the weights (batch, heads, queries, keys).
///
/// `x` (batch, queries, d_model) asks, and keys and values are made from `source` (batch, keys, d_model). The scores
/// are Q Kᵀ in each head, not divided by anything, plus `bias` (heads, queries, keys), which is the same for the whole
/// batch. `mask` is (batch, queries, keys), and `true` means *may attend*. A query that may attend to nothing gets
/// weights of 0.
pub fn attention(
    x: ArrayView3<'_, f32>,
    source: ArrayView3<'_, f32>,
    weights: &AttentionWeights<'_>,
    heads: usize,
    bias: Option<ArrayView3<'_, f32>>,
    mask: Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>) {
    todo!(
        "project and split; in each head softmax(Q Kᵀ + bias) V under the mask; merge and project"
    )
}

/// The feed-forward network at each position of `x` (batch, length, d_model): as wide as `x`.
///
/// Version 1.0 is max(0, x W_inᵀ) W_outᵀ, and version 1.1 is (GELU(x W_gateᵀ) ⊙ x W_valueᵀ) W_outᵀ, with the tanh form
/// of GELU.
pub fn feed_forward(x: ArrayView3<'_, f32>, weights: &FeedForward<'_>) -> Array3<f32> {
    todo!("two layers with ReLU between them; or GELU of one layer, times another, then the last")
}

/// Results of a block of the decoder, step by step. Returning all of them lets the grader say which step goes wrong
/// first.
#[derive(Debug, Clone)]
pub struct DecoderSteps {
    /// Weights of self-attention: (batch, heads, length, length).
    pub self_weights: Array4<f32>,
    /// a, after the first residual connection: (batch, length, d_model).
    pub after_self: Array3<f32>,
    /// Weights of cross-attention: (batch, heads, length, source).
    pub cross_weights: Array4<f32>,
    /// c, after the second residual connection: (batch, length, d_model).
    pub after_cross: Array3<f32>,
    /// y, the output of the block: (batch, length, d_model).
    pub output: Array3<f32>,
}

/// A block of the decoder: pre-norm with RMS norm, causal self-attention, cross-attention, feed-forward.
///
/// `x` is (batch, length, d_model), and `memory` (batch, source, d_model) comes from the encoder, already normalised.
/// `bias` (heads, length, length) is for self-attention, and the causal mask is part of the block. `memory_mask` is
/// (batch, length, source), `true` where the memory may be read.
pub fn decoder_block(
    x: ArrayView3<'_, f32>,
    memory: ArrayView3<'_, f32>,
    weights: &DecoderWeights<'_>,
    heads: usize,
    bias: ArrayView3<'_, f32>,
    memory_mask: Option<ArrayView3<'_, bool>>,
) -> DecoderSteps {
    todo!(
        "norm, causal self-attention with the bias, add; norm, cross-attention, add; norm, feed-forward, add"
    )
}

/// Scores of each token that could come next: (batch, length, vocabulary).
///
/// `x` (batch, length, d_model) is the output of the last block, and has not been normalised. With a head that is
/// [`Head::Tied`] to the embedding E, the logits are RMSNorm_f(x) Eᵀ / √d_model. Otherwise they are RMSNorm_f(x) Wᵀ.
pub fn logits(x: ArrayView3<'_, f32>, final_norm: &RmsNorm<'_>, head: &Head<'_>) -> Array3<f32> {
    todo!(
        "the last RMS norm, then the product with the head's matrix; scaled if that is the embedding"
    )
}

/// The best text for a source that a beam search finds.
///
/// `source` has the tokens of the source, with its end, and no padding. The decoder begins with [`PADDING`], and a text
/// is over with `search.end`. The result has neither of them.
pub fn generate(source: &[usize], model: &T5<'_>, search: &Search) -> Vec<usize> {
    todo!("encode once; search with the decoder's last logits, from the padding token on")
}
