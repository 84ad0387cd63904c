//! # GPT
//!
//! A model that only writes needs no encoder. What is left of the transformer is one stack of blocks under a causal
//! mask, and at each position a score for each token that could come next. This is GPT-2, weight by weight: with your
//! functions, the file that OpenAI published in 2019 writes text.
//!
//! ```text
//! embed     x = E[token] + P[position]                      both tables are learned, and nothing is scaled
//! block     a = x + Attention(LayerNorm₁(x))                under a causal mask
//!           y = a + GELU(LayerNorm₂(a) W_fc + b_fc) W_proj + b_proj
//! logits    LayerNorm_f(y) Eᵀ                               the same E as in `embed`
//! ```
//!
//! (Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training", section 3.1, for the model;
//! Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3, for the norms, which come
//! first here.)
//!
//! | symbol  | shape                       | meaning                                                         |
//! |---------|-----------------------------|-----------------------------------------------------------------|
//! | tokens  | (batch, length)             | what has been written so far, as numbers                        |
//! | E       | (vocabulary, d_model)       | the embedding: a row for each token                             |
//! | P       | (context, d_model)          | a row for each position; a text cannot be longer than `context` |
//! | x, a, y | (batch, length, d_model)    | a vector for each token                                         |
//! | W_qkv   | (d_model, 3 · d_model)      | queries, keys and values of all heads, in this order            |
//! | W_o     | (d_model, d_model)          | mixes the contexts of all heads                                 |
//! | W_fc    | (d_model, d_ff)             | widens; d_ff is 4 · d_model in GPT-2                            |
//! | W_proj  | (d_ff, d_model)             | narrows again                                                   |
//! | logits  | (batch, length, vocabulary) | at each position, a score for each token that could come *next* |
//!
//! Two habits of this model differ from what the course has done so far. Its matrices are (in, out), so a linear layer
//! is x W + b, and nothing is transposed. And one matrix makes queries, keys and values: the first d_model columns of
//! x W_qkv are the queries, the next are the keys, the last are the values. Each of the three is then split into heads.
//!
//! You do not write the parts again. `Norm::apply(x, EPSILON)` is the layer norm of each position,
//! `multi_head_attention(query, key, value, projections, heads, mask)` returns `(output, weights)`,
//! `causal(length, length)` is the mask, and `gelu_tanh(rows)` is the GELU that GPT-2 was trained with. `Cargo.toml`
//! says whose functions these are, the course's or your own.
//!
//! `multi_head_attention` takes its matrices as (out, in): `w.t()` is a view of `w` with its axes swapped, and
//! `w.slice(s![.., 2..5])` is a view of columns 2, 3 and 4. Neither copies a number.

mod weights;

use attentive_given::linear;
use feed_forward::gelu_tanh;
use masks::causal;
use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array3, Array4, ArrayView1, ArrayView2, ArrayView3, s};

pub use encoder_block::Norm;
pub use weights::{BlockWeights, Gpt, Linear};

/// The ε of every layer norm.
pub const EPSILON: f32 = 1e-5;

/// Tokens as vectors: E[token] + P[position], (batch, length, d_model).
///
/// `tokens` is (batch, length), `token_embedding` is E (vocabulary, d_model), and `position_embedding` is
/// P (context, d_model). `past` is the number of tokens that came before, so the first of these is at position `past`;
/// past + length is at most `context`. Every sequence of a batch begins at the same position.
pub fn embed(
    tokens: ArrayView2<'_, usize>,
    past: usize,
    token_embedding: ArrayView2<'_, f32>,
    position_embedding: ArrayView2<'_, f32>,
) -> Array3<f32> {
    todo!("for each token, its row of E plus the row of P for its position")
}

/// Results of a block, step by step: (batch, length, d_model), but for the weights. Returning all of them lets the
/// grader say which step goes wrong first.
#[derive(Debug, Clone)]
pub struct BlockSteps {
    /// Weights of self-attention: (batch, heads, length, length).
    pub attention_weights: Array4<f32>,
    /// Self-attention, with its last linear layer, before the residual connection adds it.
    pub attention: Array3<f32>,
    /// a, after the first residual connection.
    pub after_attention: Array3<f32>,
    /// The feed-forward network, before the residual connection adds it.
    pub feed_forward: Array3<f32>,
    /// y, the output of the block.
    pub output: Array3<f32>,
}

/// A block of GPT-2: pre-norm, causal self-attention, and a feed-forward network with the tanh form of GELU.
///
/// `x` is (batch, length, d_model). The causal mask is part of the block.
pub fn block(x: ArrayView3<'_, f32>, weights: &BlockWeights<'_>, heads: usize) -> BlockSteps {
    todo!("norm, causal self-attention, add; norm, feed-forward with GELU, add")
}

/// Scores of each token that could come next: LayerNorm_f(x) Eᵀ, (batch, length, vocabulary).
///
/// `x` (batch, length, d_model) is the output of the last block. It has not been normalised: every norm of a block is
/// inside one of its halves. `token_embedding` is E (vocabulary, d_model), as in [`embed`].
pub fn logits(
    x: ArrayView3<'_, f32>,
    final_norm: &Norm<'_>,
    token_embedding: ArrayView2<'_, f32>,
) -> Array3<f32> {
    todo!("the last layer norm, then the product of each position with each row of E")
}

/// The most likely next token of each sequence.
///
/// `tokens` is (batch, length). Sequence b has `lengths[b]` tokens, at least 1; they come first, and padding fills the
/// rest: any tokens, which must not matter. Among tokens with equal scores, the first wins.
///
/// No mask is needed for the padding. It comes after every real token, and the causal mask lets no token look there.
pub fn next_tokens(
    tokens: ArrayView2<'_, usize>,
    lengths: &[usize],
    model: &Gpt<'_>,
) -> Vec<usize> {
    todo!("embed, every block, logits; of each sequence, the best token at its last real position")
}
