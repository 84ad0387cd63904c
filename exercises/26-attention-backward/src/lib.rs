//! # The backward pass of attention
//!
//! Attention is two products of matrices with a softmax between them. On the way back, each product has two gradients,
//! one for each factor, and the softmax has one that couples all keys of a query: what one key gains in weight, the others
//! lose.
//!
//! ```text
//! forward    S = Q Kᵀ / √d_k                        P = softmax(S)        y = P V
//! backward   dV = Pᵀ dy                             dP = dy Vᵀ
//!            dS = P ⊙ (dP − rowsum(P ⊙ dP))
//!            dQ = dS K / √d_k                       dK = dSᵀ Q / √d_k
//! ```
//!
//! (Forward: Vaswani et al. 2017, "Attention Is All You Need", sections 3.2.1 and 3.2.2. Backward: Dao et al. 2022,
//! "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness", appendix B.2.)
//!
//! | symbol | shape           | meaning                                               |
//! |--------|-----------------|-------------------------------------------------------|
//! | Q, dQ  | (queries, d_k)  | queries, and their gradient                           |
//! | K, dK  | (keys, d_k)     | keys, and their gradient                              |
//! | V, dV  | (keys, d_v)     | values, and their gradient                            |
//! | S, dS  | (queries, keys) | scores, and their gradient                            |
//! | P, dP  | (queries, keys) | weights, and their gradient                           |
//! | y, dy  | (queries, d_v)  | the output, and its gradient, from which you start    |
//! | mask   | (queries, keys) | `true` where the query may attend to the key          |
//! | rowsum | (queries, 1)    | a number for each query: the sum over all of its keys |
//!
//! A gradient has the shape of what it belongs to, so there is only one way to put these matrices together, as long as no
//! two sizes are equal. dV and dK are sums over queries, because each query reads all values and compares itself with all
//! keys. The products add them up.
//!
//! rowsum(P ⊙ dP) is the mean of a row of dP, with the row of P as weights. It is subtracted because the weights of a query
//! always add up to 1. So each row of dS adds up to 0.
//!
//! **Masks.** A blocked key has a weight of 0, so its entry of dS is 0, too, without any further step. A query that may
//! attend to nothing has an output of 0 whatever the numbers are, so nothing gets a gradient from it.
//!
//! **Multi-head attention** has four linear layers around it. Its backward pass goes through the steps of exercise 07 in
//! reverse:
//!
//! ```text
//! the output's layer      dy (batch, queries, d_model)        ──►  dW_O, db_O, and the gradient of the merged contexts
//! split into heads        (batch, queries, inner)             ──►  (batch, heads, queries, head_dim)
//! attention in each head  dq, dk, dv as above
//! merge the heads         (batch, heads, length, head_dim)    ──►  (batch, length, inner), three times
//! the three projections   gradients of q, k and v             ──►  dW_Q, db_Q, dquery, and so on for keys and values
//! ```
//!
//! You compute again all that the gradients depend on: q, k, v, the weights and the contexts. Real programs keep some of
//! it from the forward pass.
//!
//! You do not write the parts again. `attention(q, k, v, mask)` of exercise 05 returns `(output, weights)`.
//! `split_heads(x, heads)` and `merge_heads(x)` are those of exercise 07, and so are the fields of [`Projections`].
//! `linear_backward(x, weight, dy)` of exercise 25 returns `dx`, `dw` and `db`, and `linear(x, weight, Some(bias))` is
//! given. `Cargo.toml` says whose functions these are, the course's or your own.

use attentive_given::linear;
use backward::{LinearGradients, linear_backward};
use multi_head_attention::{merge_heads, split_heads};
use ndarray::{Array1, Array2, Array3, Array4, ArrayView2, ArrayView3, Axis, Ix3, s};
use scaled_dot_product::attention;

pub use multi_head_attention::Projections;

/// Gradients of scaled dot-product attention.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionGradients {
    /// Gradient of the queries: (queries, d_k).
    pub dq: Array2<f32>,
    /// Gradient of the keys: (keys, d_k).
    pub dk: Array2<f32>,
    /// Gradient of the values: (keys, d_v).
    pub dv: Array2<f32>,
}

/// The backward pass of scaled dot-product attention, y = softmax(Q Kᵀ / √d_k) V.
///
/// `q` is (queries, d_k), `k` is (keys, d_k), `v` is (keys, d_v), and `dy` is (queries, d_v). `mask` is (queries, keys),
/// and `true` means *may attend*, as in exercise 05. A query that may attend to nothing gets a gradient of 0 and gives
/// none to keys and values, never NaN.
pub fn attention_backward(
    q: ArrayView2<'_, f32>,
    k: ArrayView2<'_, f32>,
    v: ArrayView2<'_, f32>,
    mask: Option<ArrayView2<'_, bool>>,
    dy: ArrayView2<'_, f32>,
) -> AttentionGradients {
    todo!(
        "the weights again; then back through the sum of the values, the softmax, and the scaled products"
    )
}

/// Gradients of the weights and biases of multi-head attention, each of the shape that [`Projections`] has it in.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionGradients {
    /// Gradient of W_Q: (inner, d_model).
    pub dw_q: Array2<f32>,
    /// Gradient of b_Q: (inner).
    pub db_q: Array1<f32>,
    /// Gradient of W_K: (inner, d_key).
    pub dw_k: Array2<f32>,
    /// Gradient of b_K: (inner).
    pub db_k: Array1<f32>,
    /// Gradient of W_V: (inner, d_value).
    pub dw_v: Array2<f32>,
    /// Gradient of b_V: (inner).
    pub db_v: Array1<f32>,
    /// Gradient of W_O: (d_model, inner).
    pub dw_o: Array2<f32>,
    /// Gradient of b_O: (d_model).
    pub db_o: Array1<f32>,
}

/// Gradients of multi-head attention.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiHeadGradients {
    /// Gradient of `query`: (batch, queries, d_model).
    pub dquery: Array3<f32>,
    /// Gradient of `key`: (batch, keys, d_key).
    pub dkey: Array3<f32>,
    /// Gradient of `value`: (batch, keys, d_value).
    pub dvalue: Array3<f32>,
    /// Gradients of the four linear layers.
    pub projections: ProjectionGradients,
}

impl MultiHeadGradients {
    /// Takes what [`linear_backward`] has returned for each of the four linear layers. The `dx` of the output's layer is
    /// the gradient of the merged contexts, which is inside, and is dropped.
    pub fn from_layers(
        query: LinearGradients<Ix3>,
        key: LinearGradients<Ix3>,
        value: LinearGradients<Ix3>,
        output: LinearGradients<Ix3>,
    ) -> Self {
        Self {
            dquery: query.dx,
            dkey: key.dx,
            dvalue: value.dx,
            projections: ProjectionGradients {
                dw_q: query.dw,
                db_q: query.db,
                dw_k: key.dw,
                db_k: key.db,
                dw_v: value.dw,
                db_v: value.db,
                dw_o: output.dw,
                db_o: output.db,
            },
        }
    }
}

/// The backward pass of multi-head attention.
///
/// The first six arguments are those of `multi_head_attention` in exercise 07, and `dy` is (batch, queries, d_model), the
/// gradient of its output. Weights and biases get the sum over all positions of all batch elements. Query, key and value
/// are three inputs, and each gets a gradient of its own, even if all three are the same.
pub fn multi_head_backward(
    query: ArrayView3<'_, f32>,
    key: ArrayView3<'_, f32>,
    value: ArrayView3<'_, f32>,
    projections: &Projections<'_>,
    heads: usize,
    mask: Option<ArrayView3<'_, bool>>,
    dy: ArrayView3<'_, f32>,
) -> MultiHeadGradients {
    todo!(
        "forward as far as the merged contexts; then back: the output's layer, each head, the projections"
    )
}

/// The backward pass of self-attention, in which `x` (batch, length, d_model) is query, key and value.
///
/// It returns dx, of the shape of `x`, and the gradients of weights and biases. `mask` is (batch, length, length), and `dy`
/// has the shape of `x`.
pub fn self_attention_backward(
    x: ArrayView3<'_, f32>,
    projections: &Projections<'_>,
    heads: usize,
    mask: Option<ArrayView3<'_, bool>>,
    dy: ArrayView3<'_, f32>,
) -> (Array3<f32>, ProjectionGradients) {
    todo!("multi-head attention backwards; then one gradient for x, which is used three times")
}
