//! # Multiplicative attention
//!
//! A product scores how well a query fits a key, and costs less than a network. Luong, Pham and Manning compare three
//! ways of scoring (2015, "Effective Approaches to Attention-based Neural Machine Translation", section
//! 3.1; their h_t is the query q, their h̄_s the key k):
//!
//! ```text
//! dot:     qᵀ k
//! general: qᵀ W_a k
//! concat:  v_aᵀ tanh(W_a [q; k])
//! ```
//!
//! Only the first two multiply the query by the key; `concat` is the additive attention of the previous lesson in
//! different notation, for comparison. Nothing is scaled: dividing by √d came two years later.
//!
//! The rest is the same for all three: a softmax over the keys (equation 7) and a weighted sum of the values.
//!
//! | symbol | shape                                                        | meaning                              |
//! |--------|--------------------------------------------------------------|--------------------------------------|
//! | q      | (queries, d_query)                                           | what each step looks for             |
//! | k      | (keys, d_key)                                                | what each position is found by       |
//! | W_a    | (d_query, d_key) in general, (hidden, d_query + d_key) in concat | the matrix to be learned          |
//! | v_a    | (hidden)                                                     | takes the hidden layer to one number |
//! | values | (keys, d_v)                                                  | what each position gives             |
//!
//! You do not write softmax again: `softmax(scores)` is the function of exercise 01. `Cargo.toml` says whose it is, the
//! course's or your own.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, concatenate};
use softmax::softmax;

/// The scores qᵀ k of every query with every key.
///
/// `queries` is (queries, d) and `keys` is (keys, d); the scores are (queries, keys).
pub fn dot(queries: ArrayView2<'_, f32>, keys: ArrayView2<'_, f32>) -> Array2<f32> {
    // region: solution "the dot product of every query with every key"
    queries.dot(&keys.t())
    // endregion
}

/// The scores qᵀ W_a k of every query with every key.
///
/// `queries` is (queries, d_query), `keys` is (keys, d_key) and `w_a` is (d_query, d_key); the scores are
/// (queries, keys).
pub fn general(
    queries: ArrayView2<'_, f32>,
    keys: ArrayView2<'_, f32>,
    w_a: ArrayView2<'_, f32>,
) -> Array2<f32> {
    // region: solution "qᵀ W_a k for every query q and every key k"
    queries.dot(&w_a).dot(&keys.t())
    // endregion
}

/// The scores v_aᵀ tanh(W_a [q; k]) of every query with every key; [q; k] is the query followed by the key.
///
/// `queries` is (queries, d_query), `keys` is (keys, d_key), `w_a` is (hidden, d_query + d_key) and `v_a` is (hidden);
/// the scores are (queries, keys).
pub fn concat(
    queries: ArrayView2<'_, f32>,
    keys: ArrayView2<'_, f32>,
    w_a: ArrayView2<'_, f32>,
    v_a: ArrayView1<'_, f32>,
) -> Array2<f32> {
    // region: solution "v_aᵀ tanh(W_a [q; k]) for every query q and every key k"
    Array2::from_shape_fn((queries.nrows(), keys.nrows()), |(i, j)| {
        let pair = concatenate![Axis(0), queries.row(i), keys.row(j)];
        let hidden = w_a.dot(&pair).tanh();
        v_a.dot(&hidden)
    })
    // endregion
}

/// The output (queries, d_v) and the weights (queries, keys) for given scores.
///
/// `scores` is (queries, keys) and `values` is (keys, d_v). Each row of the weights is the softmax of a row of the
/// scores, however large they are. The scores are not scaled.
pub fn attend(
    scores: ArrayView2<'_, f32>,
    values: ArrayView2<'_, f32>,
) -> (Array2<f32>, Array2<f32>) {
    // region: solution "the weights: a softmax over the keys; the output: the weighted sum of the values"
    let weights = softmax(scores);
    (weights.dot(&values), weights)
    // endregion
}
