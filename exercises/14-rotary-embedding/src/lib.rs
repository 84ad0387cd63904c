//! # Rotary position embedding
//!
//! Attention by itself does not depend on where a token is. Rotary embedding adds nothing to the tokens; it rotates
//! queries and keys. The features of a vector are taken in pairs, each pair is a point in the plane, and at position m it
//! is rotated by m times an angle of its own:
//!
//! ```text
//! a′ = a cos(m θ_i) − b sin(m θ_i)
//! b′ = a sin(m θ_i) + b cos(m θ_i)          θ_i = 10000^(−2i / head_dim),  i = 0, 1, …, head_dim / 2 − 1
//! ```
//!
//! (Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding", section 3.2.2, equations 14, 15.)
//!
//! The first pair turns fastest, by 1 radian from one position to the next. Rotating changes no vector's length; and
//! the dot product of a query at position m and a key at position n depends on how far apart the two are, m − n, but
//! not on where they are.
//!
//! | symbol  | shape              | meaning                                                            |
//! |---------|--------------------|--------------------------------------------------------------------|
//! | x, Q    | (length, head_dim) | one vector for each position; head_dim is even                     |
//! | K       | (keys, head_dim)   | as many keys as queries, or more: the queries come after a past      |
//! | V       | (keys, d_v)        | values are not rotated                                             |
//! | mask    | (queries, keys)    | `true` where the query may attend to the key                       |
//! | weights | (queries, keys)    | softmax of the scores of rotated queries and rotated keys          |
//!
//! With several heads, each is rotated in the same way: they have the same positions.
//!
//! You do not write attention again: `attention(q, k, v, mask)`, the function of exercise 05, takes views and returns
//! `(output, weights)`. `Cargo.toml` says whose it is, the course's or your own.

use ndarray::{Array2, ArrayView2, s};
use scaled_dot_product::attention;

/// Choice of the two features that form pair i. Models use both, and weights trained with one do not fit the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Neighbours, 2i and 2i + 1: the paper's.
    Interleaved,
    /// Features i and i + head_dim / 2: GPT-NeoX's.
    Halves,
}

/// Rotates each row of `x` (length, head_dim) by the angles of its position: row r has position `offset` + r.
///
/// The output has the shape of `x`. Positions may be in the hundreds of thousands, where an angle in `f32` has too few
/// digits left.
pub fn rotate(x: ArrayView2<'_, f32>, offset: usize, layout: Layout) -> Array2<f32> {
    todo!("rotate each pair of features by position · 10000^(−2i / head_dim)")
}

/// The output (queries, d_v) and the weights (queries, keys) of attention between rotated queries and rotated keys.
///
/// Key j has position `offset` + j. The queries are the last positions of the sequence, as in exercise 06: query
/// i has the position of key keys − queries + i. All else is scaled dot-product attention as in exercise 05, with its
/// mask, and with weights and an output of 0 for a query that may attend to nothing.
pub fn attention_with_rotary(
    q: ArrayView2<'_, f32>,
    k: ArrayView2<'_, f32>,
    v: ArrayView2<'_, f32>,
    mask: Option<ArrayView2<'_, bool>>,
    offset: usize,
    layout: Layout,
) -> (Array2<f32>, Array2<f32>) {
    todo!("rotate queries and keys to their positions, then attend as in exercise 05")
}
