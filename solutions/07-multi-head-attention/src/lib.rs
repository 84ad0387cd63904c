//! # Multi-head attention
//!
//! One softmax gives each query one way of looking at the keys. With several heads it has several ways at once: each
//! head projects queries, keys and values with matrices of its own, attends in a narrower space, and a last matrix
//! mixes what the heads found:
//!
//! ```text
//! MultiHead(Q, K, V) = Concat(head_1, …, head_h) W_O
//!             head_i = Attention(Q W_Q,i, K W_K,i, V W_V,i)
//! ```
//!
//! (Vaswani et al. 2017, "Attention Is All You Need", section 3.2.2.)
//!
//! | symbol        | shape                            | meaning                                         |
//! |---------------|----------------------------------|-------------------------------------------------|
//! | query         | (batch, queries, d_model)        | the positions that ask                          |
//! | key           | (batch, keys, d_key)             | the positions that are asked                    |
//! | value         | (batch, keys, d_value)           | what is read from them                          |
//! | W_Q           | (inner, d_model)                 | written (out, in), as libtorch stores them      |
//! | W_K           | (inner, d_key)                   | brings the keys to the width of the queries     |
//! | W_V           | (inner, d_value)                 | brings the values to the same width             |
//! | W_O           | (d_model, inner)                 | brings what the heads found back to d_model     |
//! | q, k, v       | (batch, heads, length, head)     | after projecting and splitting                  |
//! | mask          | (batch, queries, keys)           | `true` = may attend; the same for all heads     |
//!
//! In self-attention, query, key and value are one and the same tensor; in cross-attention, the keys and values come
//! from elsewhere, and then neither their length nor their width need be that of the queries.
//!
//! The width of all heads together is inner = heads · head. In the paper it equals d_model, so that many heads cost
//! no more than a single wide one; but nothing requires it (Keras lets you choose), and the rows of W_Q say what it is.
//! Heads need no matrices of their own in memory, for the matrices of all heads, laid below each other, are one matrix
//! W: head i owns the features i · head to (i + 1) · head − 1 of x Wᵀ + b. That is what splitting is about.

use ndarray::{Array2, Array3, Array4, ArrayView1, ArrayView2, ArrayView3, ArrayView4, Axis, s};

/// The four linear layers of multi-head attention, each y = x Wᵀ + b with W as (out, in).
#[derive(Debug, Clone, Copy)]
pub struct Projections<'a> {
    /// W_Q (inner, d_model), for the queries.
    pub w_q: ArrayView2<'a, f32>,
    /// Its bias (inner).
    pub b_q: ArrayView1<'a, f32>,
    /// W_K (inner, d_key), for the keys.
    pub w_k: ArrayView2<'a, f32>,
    /// Its bias (inner).
    pub b_k: ArrayView1<'a, f32>,
    /// W_V (inner, d_value), for the values.
    pub w_v: ArrayView2<'a, f32>,
    /// Its bias (inner).
    pub b_v: ArrayView1<'a, f32>,
    /// W_O (d_model, inner), for what the heads have found.
    pub w_o: ArrayView2<'a, f32>,
    /// Its bias (d_model).
    pub b_o: ArrayView1<'a, f32>,
}

/// Gives each head its features: (batch, length, inner) becomes (batch, heads, length, head).
///
/// `heads` divides inner, and head = inner / heads. Head i gets the features from i · head on, side by side as
/// they are.
pub fn split_heads(x: ArrayView3<'_, f32>, heads: usize) -> Array4<f32> {
    // region: solution "cut the last axis into (heads, head), then bring the heads in front of the length"
    let (batch, length, inner) = x.dim();
    let cut = x
        .to_shape((batch, length, heads, inner / heads))
        .expect("heads divides inner");
    cut.permuted_axes([0, 2, 1, 3]).into_owned()
    // endregion
}

/// Puts the heads side by side again: (batch, heads, length, head) becomes (batch, length, heads · head).
///
/// It undoes [`split_heads`]; the paper calls it Concat.
pub fn merge_heads(x: ArrayView4<'_, f32>) -> Array3<f32> {
    // region: solution "bring the heads back behind the length, then make one axis of the last two"
    let (batch, heads, length, head) = x.dim();
    let side_by_side = x.permuted_axes([0, 2, 1, 3]);
    side_by_side
        .to_shape((batch, length, heads * head))
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
    /// x Wᵀ + b, at each position of each batch element.
    fn linear(
        x: ArrayView3<'_, f32>,
        w: ArrayView2<'_, f32>,
        b: ArrayView1<'_, f32>,
    ) -> Array3<f32> {
        let mut y = Array3::zeros((x.len_of(Axis(0)), x.len_of(Axis(1)), w.nrows()));
        for (x, mut y) in x.outer_iter().zip(y.outer_iter_mut()) {
            y.assign(&(x.dot(&w.t()) + b));
        }
        y
    }

    /// Scaled dot-product attention, as in exercise 05: the output (queries, head) and the weights (queries, keys).
    fn attention(
        q: ArrayView2<'_, f32>,
        k: ArrayView2<'_, f32>,
        v: ArrayView2<'_, f32>,
        mask: Option<ArrayView2<'_, bool>>,
    ) -> (Array2<f32>, Array2<f32>) {
        let head = q.ncols() as f32;
        let mut weights = q.dot(&k.t()) / head.sqrt();
        if let Some(mask) = mask {
            weights.zip_mut_with(&mask, |score, &allowed| {
                if !allowed {
                    *score = f32::NEG_INFINITY;
                }
            });
        }
        for mut row in weights.axis_iter_mut(Axis(0)) {
            let max = row.fold(f32::NEG_INFINITY, |max, &score| max.max(score));
            if max == f32::NEG_INFINITY {
                row.fill(0.0); // nothing may be attended to
                continue;
            }
            row.mapv_inplace(|score| (score - max).exp());
            row /= row.sum();
        }
        (weights.dot(&v), weights)
    }

    let q = split_heads(
        linear(query, projections.w_q, projections.b_q).view(),
        heads,
    );
    let k = split_heads(linear(key, projections.w_k, projections.b_k).view(), heads);
    let v = split_heads(
        linear(value, projections.w_v, projections.b_v).view(),
        heads,
    );

    let (batch, _, queries, _) = q.dim();
    let mut found = Array4::zeros(q.raw_dim());
    let mut weights = Array4::zeros((batch, heads, queries, k.len_of(Axis(2))));
    for b in 0..batch {
        let mask = mask.map(|mask| mask.index_axis_move(Axis(0), b));
        for h in 0..heads {
            let head = s![b, h, .., ..];
            let (output, weight) = attention(q.slice(head), k.slice(head), v.slice(head), mask);
            found.slice_mut(head).assign(&output);
            weights.slice_mut(head).assign(&weight);
        }
    }
    let output = linear(
        merge_heads(found.view()).view(),
        projections.w_o,
        projections.b_o,
    );
    (output, weights)
    // endregion
}
