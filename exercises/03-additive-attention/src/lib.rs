//! # Additive attention
//!
//! A decoder that writes a translation word by word looks back at the source before each word. A small network with one
//! hidden layer judges how well the state of the decoder (the *query*) fits a position of the source (a *key*):
//!
//! ```text
//! e_ij = v_aᵀ tanh(W_a q_i + U_a k_j)
//! ```
//!
//! (Bahdanau, Cho and Bengio 2015, "Neural Machine Translation by Jointly Learning to Align and Translate", appendix
//! A.1.2; section 3.1 says what it is for. Their q_i is s_{i−1} and their k_j is h_j.)
//!
//! The numbers e are the *alignment*. Their softmax over the keys gives the weights α, and the weighted sum of the
//! values is the *context* from which the next word is predicted (equations 5 and 6):
//!
//! ```text
//! α_ij = exp(e_ij) / Σ_j' exp(e_ij')        c_i = Σ_j α_ij v_j
//! ```
//!
//! | symbol | shape               | meaning                                                    |
//! |--------|---------------------|------------------------------------------------------------|
//! | q      | (queries, d_query)  | a state of the decoder in each row                         |
//! | k      | (keys, d_key)       | a position of the source in each row                       |
//! | W_a    | (hidden, d_query)   | takes queries to the hidden layer                          |
//! | U_a    | (hidden, d_key)     | takes keys to the hidden layer                             |
//! | v_a    | (hidden)            | takes the hidden layer to one number                       |
//! | values | (keys, d_v)         | what each position gives; in the paper these are the keys  |
//! | mask   | (queries, keys)     | `true` where the query may attend to the key               |
//!
//! Queries and keys may have different widths: each has its own matrix, and they meet in the hidden layer.
//!
//! You do not write softmax again: `softmax(scores)` and `masked_softmax(scores, mask)` are the functions of exercise
//! 01. `Cargo.toml` says whose they are, the course's or your own.

use ndarray::{Array2, ArrayView1, ArrayView2};
use softmax::{masked_softmax, softmax};

/// Scores how well each query fits each key: v_aᵀ tanh(W_a q + U_a k).
///
/// `queries` is (queries, d_query), `keys` is (keys, d_key), `w_a` is (hidden, d_query), `u_a` is (hidden, d_key) and
/// `v_a` is (hidden); the alignment is (queries, keys).
pub fn alignment(
    queries: ArrayView2<'_, f32>,
    keys: ArrayView2<'_, f32>,
    w_a: ArrayView2<'_, f32>,
    u_a: ArrayView2<'_, f32>,
    v_a: ArrayView1<'_, f32>,
) -> Array2<f32> {
    todo!("v_aᵀ tanh(W_a q + U_a k) for every query q and every key k")
}

/// The context (queries, d_v) and the weights (queries, keys).
///
/// `alignment` is (queries, keys) and `values` is (keys, d_v). Each row of the weights is a softmax over the keys that
/// the mask allows: `mask` is (queries, keys), and `true` means *may attend*. Without a mask every query sees every
/// key. A query that may attend to nothing gets weights of 0 and a context of 0, never NaN.
pub fn context(
    alignment: ArrayView2<'_, f32>,
    values: ArrayView2<'_, f32>,
    mask: Option<ArrayView2<'_, bool>>,
) -> (Array2<f32>, Array2<f32>) {
    todo!(
        "the weights: a softmax over the allowed keys; the context: the weighted sum of the values"
    )
}
