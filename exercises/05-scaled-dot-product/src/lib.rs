//! # Scaled dot-product attention
//!
//! A query asks, every key answers, and the answers decide how much of each value is read:
//!
//! ```text
//! Attention(Q, K, V) = softmax(Q Kᵀ / √d_k) V
//! ```
//!
//! (Vaswani et al. 2017, "Attention Is All You Need", section 3.2.1, equation 1.)
//!
//! | symbol | shape            | meaning                                     |
//! |--------|------------------|---------------------------------------------|
//! | Q      | (queries, d_k)   | what each position looks for                |
//! | K      | (keys, d_k)      | what each position offers to be found by    |
//! | V      | (keys, d_v)      | what each position gives when it is found   |
//! | mask   | (queries, keys)  | `true` where the query may attend to the key |
//!
//! The number of queries and the number of keys need not be equal, nor need d_k and d_v.
//!
//! The products in Q Kᵀ are sums of d_k terms: with entries of variance 1 they have variance d_k. Divided by
//! √d_k they have variance 1 again, and the softmax is neither flat nor saturated, whatever the width.
//!
//! You do not write softmax again: `softmax(scores)` and `masked_softmax(scores, mask)` are the functions of exercise
//! 01. `Cargo.toml` says whose they are, the course's or your own.

use ndarray::{Array2, ArrayView2};
use softmax::{masked_softmax, softmax};

/// Scores how well each query fits each key: Q Kᵀ / √d_k.
///
/// `q` is (queries, d_k) and `k` is (keys, d_k); the scores are (queries, keys).
pub fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {
    todo!("Q Kᵀ, scaled so that its variance does not grow with d_k")
}

/// The output (queries, d_v) and the weights (queries, keys) of scaled dot-product attention.
///
/// Each row of the weights is a softmax over the keys that the mask allows: `mask` is (queries, keys), and
/// `true` means *may attend*. Without a mask every query sees every key. A query that may attend to nothing
/// gets weights of 0 and an output of 0, never NaN.
pub fn attention(
    q: ArrayView2<'_, f32>,
    k: ArrayView2<'_, f32>,
    v: ArrayView2<'_, f32>,
    mask: Option<ArrayView2<'_, bool>>,
) -> (Array2<f32>, Array2<f32>) {
    todo!(
        "the weights: a softmax over the allowed keys; the output: the weighted sum of the values"
    )
}
