//! Layers of the earlier exercises, on the positions of a whole batch. Everything in this file is given.

use attention_backward::Projections;
use backward::{gelu_tanh_backward, layer_norm_backward};
use feed_forward::gelu_tanh;
use gpt::{BlockWeights, EPSILON, Norm};
use ndarray::{Array1, Array3, ArrayView3, CowArray, Ix2, s};

/// Gradients of a layer norm.
#[derive(Debug, Clone, PartialEq)]
pub struct NormGradients {
    /// Gradient of its input: (batch, length, d_model).
    pub dx: Array3<f32>,
    /// Gradient of its scale γ: (d_model).
    pub dgamma: Array1<f32>,
    /// Gradient of its offset β: (d_model).
    pub dbeta: Array1<f32>,
}

/// The backward pass of a layer norm at each position, by exercise 25's `layer_norm_backward`.
///
/// `x` is the input of the norm, and `dy` the gradient of its output; both are (batch, length, d_model).
pub fn norm_backward(
    x: ArrayView3<'_, f32>,
    norm: &Norm<'_>,
    dy: ArrayView3<'_, f32>,
) -> NormGradients {
    let gradients = layer_norm_backward(rows(&x).view(), norm.gamma, EPSILON, rows(&dy).view());
    let dx = gradients.dx.into_shape_with_order(x.dim());
    NormGradients {
        dx: dx.expect("as many entries"),
        dgamma: gradients.dgamma,
        dbeta: gradients.dbeta,
    }
}

/// GELU of each entry, by exercise 10's `gelu_tanh`.
pub fn gelu(x: ArrayView3<'_, f32>) -> Array3<f32> {
    let y = gelu_tanh(rows(&x).view()).into_shape_with_order(x.dim());
    y.expect("as many entries")
}

/// The backward pass of [`gelu`], by exercise 25's `gelu_tanh_backward`. `x` is what GELU was computed of, and `dy` the
/// gradient of its output.
pub fn gelu_backward(x: ArrayView3<'_, f32>, dy: ArrayView3<'_, f32>) -> Array3<f32> {
    let dx = gelu_tanh_backward(rows(&x).view(), rows(&dy).view());
    dx.into_shape_clone(x.dim()).expect("as many entries")
}

/// The weights of a block's attention as exercise 07 takes them: W_qkv is cut into its thirds, and all matrices are
/// transposed to (out, in).
pub fn projections<'a>(weights: &BlockWeights<'a>) -> Projections<'a> {
    let d_model = weights.qkv.weight.nrows();
    let third = |third: usize| third * d_model..(third + 1) * d_model;
    let w = |nth| {
        let columns = weights.qkv.weight.slice_move(s![.., third(nth)]);
        columns.reversed_axes()
    };
    let b = |nth| weights.qkv.bias.slice_move(s![third(nth)]);
    Projections {
        w_q: w(0),
        b_q: b(0),
        w_k: w(1),
        b_k: b(1),
        w_v: w(2),
        b_v: b(2),
        w_o: weights.attention_output.weight.reversed_axes(),
        b_o: weights.attention_output.bias,
    }
}

/// All positions as rows of one matrix.
fn rows<'a>(x: &'a ArrayView3<'_, f32>) -> CowArray<'a, f32, Ix2> {
    let (batch, length, features) = x.dim();
    x.to_shape((batch * length, features))
        .expect("as many entries")
}
