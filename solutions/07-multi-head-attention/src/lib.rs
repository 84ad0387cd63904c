//! # Multi-head attention
//!
//! One softmax gives each query one way of looking at the keys. With several heads it has several ways at once: each
//! head projects queries, keys and values with matrices of its own, attends in a narrower space, and a last matrix
//! mixes the contexts of all heads:
//!
//! ```text
//! MultiHead(Q, K, V) = Concat(head_1, …, head_h) W_O
//!             head_i = Attention(Q W_Q,i, K W_K,i, V W_V,i)
//! ```
//!
//! (Vaswani et al. 2017, "Attention Is All You Need", section 3.2.2.)
//!
//! | symbol  | shape                            | meaning                                          |
//! |---------|----------------------------------|--------------------------------------------------|
//! | query   | (batch, queries, d_model)        | the positions that attend                        |
//! | key     | (batch, keys, d_key)             | the positions that are attended to               |
//! | value   | (batch, keys, d_value)           | what is read from them                           |
//! | W_Q     | (inner, d_model)                 | written (out, in), as libtorch stores them       |
//! | W_K     | (inner, d_key)                   | brings the keys to the width of the queries      |
//! | W_V     | (inner, d_value)                 | brings the values to the same width              |
//! | W_O     | (d_model, inner)                 | brings the contexts of all heads back to d_model |
//! | q, k, v | (batch, heads, length, head_dim) | after projecting and splitting                   |
//! | mask    | (batch, queries, keys)           | `true` = may attend; the same for all heads      |
//!
//! In self-attention, query, key and value are one and the same tensor; in cross-attention, the keys and values come
//! from elsewhere, and then neither their length nor their width need equal that of the queries.
//!
//! The width of all heads together is inner = heads · head_dim. In the paper it equals d_model, so that many heads cost
//! no more than a single wide one; but nothing requires it (Keras lets you choose), and the rows of W_Q say what it is.
//! Heads need no matrices of their own in memory: the matrices of all heads, stacked on top of each other, are one
//! matrix W. Head i owns the features i · head_dim to (i + 1) · head_dim − 1 of x Wᵀ + b, and splitting gives it these.
//!
//! The linear layers are given: `linear(x, weight, Some(bias))` is x Wᵀ + b at each position of `x`, a view
//! (batch, length, in). You do not write attention again: `attention(q, k, v, mask)`, the function of exercise 05, takes
//! views of matrices and returns `(output, weights)`. `Cargo.toml` says whose it is, the course's or your own.

use attentive_given::linear;
use ndarray::{Array3, Array4, ArrayView1, ArrayView2, ArrayView3, ArrayView4, Axis, s};
use scaled_dot_product::attention;

/// The four linear layers of multi-head attention, each y = x Wᵀ + b with W as (out, in).
#[derive(Debug, Clone, Copy)]
pub struct Projections<'a> {
    /// W_Q (inner, d_model), for the queries.
    pub w_q: ArrayView2<'a, f32>,
    /// Bias (inner) of W_Q.
    pub b_q: ArrayView1<'a, f32>,
    /// W_K (inner, d_key), for the keys.
    pub w_k: ArrayView2<'a, f32>,
    /// Bias (inner) of W_K.
    pub b_k: ArrayView1<'a, f32>,
    /// W_V (inner, d_value), for the values.
    pub w_v: ArrayView2<'a, f32>,
    /// Bias (inner) of W_V.
    pub b_v: ArrayView1<'a, f32>,
    /// W_O (d_model, inner), for the contexts of all heads.
    pub w_o: ArrayView2<'a, f32>,
    /// Bias (d_model) of W_O.
    pub b_o: ArrayView1<'a, f32>,
}

/// Gives each head its features: (batch, length, inner) becomes (batch, heads, length, head_dim).
///
/// `heads` divides inner, and head_dim = inner / heads. Head i gets head_dim neighbouring features, from
/// i · head_dim on.
pub fn split_heads(x: ArrayView3<'_, f32>, heads: usize) -> Array4<f32> {
    // region: solution "cut the last axis into (heads, head_dim), then move the heads before the length"
    let (batch, length, inner) = x.dim();
    let cut = x
        .to_shape((batch, length, heads, inner / heads))
        .expect("heads divides inner");
    cut.permuted_axes([0, 2, 1, 3]).into_owned()
    // endregion
}

/// Puts the heads side by side again: (batch, heads, length, head_dim) becomes (batch, length, heads · head_dim).
///
/// It undoes [`split_heads`]; the paper calls it Concat.
pub fn merge_heads(x: ArrayView4<'_, f32>) -> Array3<f32> {
    // region: solution "move the heads back after the length, then merge the last two axes into one"
    let (batch, heads, length, head_dim) = x.dim();
    let side_by_side = x.permuted_axes([0, 2, 1, 3]);
    side_by_side
        .to_shape((batch, length, heads * head_dim))
        .expect("as many entries")
        .into_owned()
    // endregion
}

/// The output (batch, queries, d_model) and the weights (batch, heads, queries, keys) of multi-head attention.
///
/// The table at the top of this file has the shapes of the arguments. `mask` is (batch, queries, keys), `true` means *may
/// attend*, and it is the same for all heads. A query that may attend to nothing gets weights of 0 in every head, so
/// that its output is the bias of the last layer, `b_o`.
pub fn multi_head_attention(
    query: ArrayView3<'_, f32>,
    key: ArrayView3<'_, f32>,
    value: ArrayView3<'_, f32>,
    projections: &Projections<'_>,
    heads: usize,
    mask: Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>) {
    // region: solution "project queries, keys and values; split; attend in each head; merge; project the output"
    let q = linear(query, projections.w_q, Some(projections.b_q));
    let k = linear(key, projections.w_k, Some(projections.b_k));
    let v = linear(value, projections.w_v, Some(projections.b_v));
    let q = split_heads(q.view(), heads);
    let k = split_heads(k.view(), heads);
    let v = split_heads(v.view(), heads);

    let (batch, _, queries, _) = q.dim();
    let keys = k.len_of(Axis(2));
    let mut context = Array4::zeros(q.raw_dim());
    let mut weights = Array4::zeros((batch, heads, queries, keys));
    for b in 0..batch {
        let mask = mask.map(|mask| mask.index_axis_move(Axis(0), b));
        for h in 0..heads {
            let head = s![b, h, .., ..];
            let (head_context, head_weights) =
                attention(q.slice(head), k.slice(head), v.slice(head), mask);
            context.slice_mut(head).assign(&head_context);
            weights.slice_mut(head).assign(&head_weights);
        }
    }
    let merged = merge_heads(context.view());
    let output = linear(merged.view(), projections.w_o, Some(projections.b_o));
    (output, weights)
    // endregion
}
