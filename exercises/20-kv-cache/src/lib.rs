//! # The key–value cache
//!
//! A text is written token by token. Without a cache, the model reads all of it again for each new token, and computes
//! keys and values that it has computed before: under a causal mask, no later token can change them. A cache keeps
//! them. Then only the newest token goes through the model, and its query reads all keys so far.
//!
//! ```text
//! K ← [K; k]   V ← [V; v]                      append the keys and values of the new positions
//! softmax(q Kᵀ / √d_k) V                       the new queries read the old keys and the new
//! ```
//!
//! (Pope et al. 2022, "Efficiently Scaling Transformer Inference", section 2, for what is cached and what it costs;
//! Vaswani et al. 2017, "Attention Is All You Need", section 3.2.3, for the mask that makes it right.)
//!
//! | symbol  | shape                    | meaning                                                    |
//! |---------|--------------------------|------------------------------------------------------------|
//! | K, V    | (heads, past, head_dim)  | keys and values of what has been read, for one block       |
//! | q, k, v | (heads, new, head_dim)   | queries, keys and values of the new positions              |
//! | weights | (heads, new, past + new) | how much each new position reads from each position so far |
//! | logits  | (new, vocabulary)        | after each new token, a score for each that could follow   |
//!
//! The new positions are the *last* ones. The first of them is at position `past`, not at 0: this counts for the row of
//! P that is added to it, and for the causal mask. A prompt is read at once: then several positions are new, and they
//! may not read each other's future.
//!
//! A cache changes how much is computed, and not what comes out: a text may be read in pieces of any length. The grader
//! compares with the whole text read at once by exercise 18. And it counts: [`Block::project`] notes how many rows of
//! keys are computed, which is why the weights are not public here. A token more should cost one row in each block,
//! however long the text is.
//!
//! The model is given. It is that of exercise 18 for one sequence at a time, and each block has two halves:
//!
//! ```text
//! model.embed(tokens, past)                    x (new, d_model)
//! block.project(x)                             [queries, keys, values] of the new positions
//! block.finish(x, contexts)                    the output of the block, (new, d_model)
//! model.logits(x)                              logits (new, vocabulary)
//! ```
//!
//! `causal(queries, keys)` of exercise 06 is the mask, and `attention(q, k, v, mask)` of exercise 05 returns
//! `(output, weights)` for one head. `Cargo.toml` says whose functions these are, the course's or your own.
//! `concatenate(Axis(1), &[a, b])` of ndarray joins views.

mod model;

use masks::causal;
use ndarray::{Array2, Array3, ArrayView1, ArrayView3, Axis, concatenate, s};
use scaled_dot_product::attention;

pub use model::{Block, Cache, Model};

/// Appends the keys, or the values, of new positions to those of the past: (heads, past + new, head_dim).
///
/// `past` is (heads, past, head_dim) and `new` is (heads, new, head_dim). At the beginning, `past` has 0 positions.
pub fn append(past: ArrayView3<'_, f32>, new: ArrayView3<'_, f32>) -> Array3<f32> {
    todo!("in each head, the past and then the new positions")
}

/// Attention of new positions to all so far: the contexts (heads, new, head_dim) and the weights
/// (heads, new, past + new), in this order.
///
/// `queries` is (heads, new, head_dim). `keys` and `values` are (heads, past + new, head_dim): the new positions are
/// the last of them. Each query may attend to every position up to its own.
pub fn attend(
    queries: ArrayView3<'_, f32>,
    keys: ArrayView3<'_, f32>,
    values: ArrayView3<'_, f32>,
) -> (Array3<f32>, Array3<f32>) {
    todo!("in each head, attention under a causal mask in which the queries are the last positions")
}

/// Reads new tokens after those whose keys and values are in the caches.
///
/// There is a cache for each block of the model; those of a model that has read nothing are [`Model::empty_caches`].
/// Returns the logits after each new token, (new, vocabulary), and the caches with the new positions in them. There is
/// at least one new token.
pub fn read(tokens: &[usize], caches: &[Cache], model: &Model<'_>) -> (Array2<f32>, Vec<Cache>) {
    todo!(
        "embed at the right positions; in each block project, append, attend, finish; then the logits"
    )
}

/// Writes `count` tokens after a prompt: each time the most likely next one.
///
/// The prompt has at least one token and is read once. After that, only the newest token is read. The prompt is not part
/// of the result. Among tokens with equal scores, the first wins.
pub fn generate(prompt: &[usize], count: usize, model: &Model<'_>) -> Vec<usize> {
    todo!("read the prompt; then choose the most likely token and read only that, again and again")
}
