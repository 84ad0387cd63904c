//! # Attention pooling
//!
//! Attention pooling turns a sequence of vectors into one vector, its *context*. A plain mean would treat all positions
//! alike. Here a linear layer says how much each position matters, and the context is the mean with these weights:
//!
//! ```text
//! score_t = w · h_t + b
//! weights = softmax over the positions of the scores
//! context = Σ_t weight_t h_t
//! ```
//!
//! (The idea is from Yang et al. 2016, "Hierarchical Attention Networks for Document Classification", section 2.2,
//! without the hidden layer that they put before the dot product.)
//!
//! | name    | shape                   | meaning                                      |
//! |---------|-------------------------|----------------------------------------------|
//! | hidden  | (batch, length, hidden) | a vector h_t for each position               |
//! | weight  | (hidden)                | w, the direction in which a position matters |
//! | scores  | (batch, length)         | how much each position matters, any number   |
//! | mask    | (batch, length)         | `true` where the position is a real token    |
//! | weights | (batch, length)         | positive, with a sum of 1 over the length    |
//! | context | (batch, hidden)         | one vector for each sequence                 |
//!
//! The sequences of a batch differ in length, so the shorter ones are filled with *padding*. Padding must not be read:
//! its weight is 0.
//!
//! You do not write softmax again: `softmax(scores)` and `masked_softmax(scores, mask)` are the functions of exercise
//! 01. `Cargo.toml` says whose they are, the course's or your own.

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayView3, Axis};
use softmax::{masked_softmax, softmax};

/// Scores how much each position matters, by a linear layer from a vector to a single number.
///
/// `hidden` is (batch, length, hidden) and `weight` is (hidden); the scores are (batch, length).
pub fn scores(hidden: ArrayView3<'_, f32>, weight: ArrayView1<'_, f32>, bias: f32) -> Array2<f32> {
    // region: solution "one number for each position: its dot product with the weight, plus the bias"
    hidden.map_axis(Axis(2), |position| position.dot(&weight) + bias)
    // endregion
}

/// The context (batch, hidden) and the weights (batch, length) of each sequence.
///
/// `hidden` is (batch, length, hidden) and `scores` is (batch, length). The weights of a sequence are the softmax of
/// its scores over the positions that the mask calls real: `mask` is (batch, length), and `true` means *real token*.
/// Without a mask all positions are real. A sequence of nothing but padding gets weights of 0 and a context of 0,
/// never NaN.
pub fn pool(
    hidden: ArrayView3<'_, f32>,
    scores: ArrayView2<'_, f32>,
    mask: Option<ArrayView2<'_, bool>>,
) -> (Array2<f32>, Array2<f32>) {
    // region: solution "the weights: a softmax over the real positions; the context: the weighted sum of the positions"
    let weights = match mask {
        Some(mask) => masked_softmax(scores, mask),
        None => softmax(scores),
    };
    let weighted = &hidden * &weights.view().insert_axis(Axis(2));
    (weighted.sum_axis(Axis(1)), weights)
    // endregion
}
