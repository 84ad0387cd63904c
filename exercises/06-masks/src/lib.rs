//! # Masks
//!
//! A mask says which query may attend to which key. There are two reasons to forbid it:
//!
//! - the key is *padding*, added so that all sequences of a batch are equally long;
//! - the key is *later* than the query: a token that the model is still to predict.
//!
//! Everywhere in this course, `true` means *may attend*.
//!
//! | mask           | shape                  | `true` where                               |
//! |----------------|------------------------|--------------------------------------------|
//! | padding        | (batch, length)        | the position holds a real token            |
//! | causal         | (queries, keys)        | the key is not later than the query        |
//! | combined       | (batch, queries, keys) | both allow it                              |
//! | sliding window | (queries, keys)        | the key is not later, and not too far back |
//!
//! Queries and keys are counted from 0, but they need not begin together. When a model generates text, the keys of all
//! earlier tokens are kept, and only the newest tokens are queries: then there are more keys than queries, and the queries
//! are the *last* positions of the sequence. Query i has position keys − queries + i,
//! and key j has position j.
//!
//! (Vaswani et al. 2017, "Attention Is All You Need", section 3.2.3, for the causal mask; Beltagy et al. 2020,
//! "Longformer", section 3.1, for the sliding window.)

use ndarray::{Array2, Array3, ArrayView2};

/// Marks the positions of each sequence that hold a real token: (batch, length).
///
/// Sequence b of the batch has `lengths[b]` tokens, at most `length`. They come first, and padding fills the rest.
pub fn padding(lengths: &[usize], length: usize) -> Array2<bool> {
    todo!("a position holds a real token if it is less than its sequence's number of tokens")
}

/// Allows each query the keys that are not later than it: (queries, keys).
///
/// A query sees its own position and all before it. There are at least as many keys as queries, and the queries are
/// the last positions of the sequence: query i has position keys − queries + i.
pub fn causal(queries: usize, keys: usize) -> Array2<bool> {
    todo!("a query sees every key up to its own position, which is keys − queries + i")
}

/// Combines both masks, for each sequence of a batch: (batch, queries, keys).
///
/// `padding` is (batch, keys) and says which keys are real; `causal` is (queries, keys) and is the same for all
/// sequences. A key is forbidden if either mask forbids it. The row of a query that is left with nothing is all `false`.
pub fn combine(padding: ArrayView2<'_, bool>, causal: ArrayView2<'_, bool>) -> Array3<bool> {
    todo!("allowed where the key is real in its sequence and the query may see it")
}

/// Allows each query the last `window` keys up to its own position: (queries, keys).
///
/// Each query sees itself and the `window` − 1 positions before it, or fewer near the beginning. `window` is at least 1,
/// and the queries are the last positions of the sequence, as in [`causal`].
pub fn sliding_window(queries: usize, keys: usize, window: usize) -> Array2<bool> {
    todo!("a causal mask that also forbids keys that are `window` or more positions back")
}
