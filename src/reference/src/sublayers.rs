//! The parts of a transformer's blocks, in libtorch: attention, layer norm, feed-forward.

use tch::Tensor;

use crate::attention_weights::Attention;
use crate::inputs::Inputs;
use crate::masks::kernel::causal;
use crate::model_weights::Weights;
use crate::{layer_norm, multi_head_attention};

/// The epsilon of every layer norm that does not say otherwise.
pub(crate) const EPSILON: f64 = 1e-5;

/// x Wᵀ along the last axis, by libtorch's kernel, without a bias. The weight is (out, in).
pub(crate) fn linear(x: &Tensor, w: &Tensor) -> Tensor {
    x.linear(w, None::<&Tensor>)
}

/// The eight tensors of a multi-head attention.
const PROJECTIONS: [&str; 8] = ["w_q", "b_q", "w_k", "b_k", "w_v", "b_v", "w_o", "b_o"];

/// Multi-head attention of `query` to `source`.
pub(crate) fn attention(
    w: &Weights,
    heads: i64,
    query: &Tensor,
    source: &Tensor,
    mask: Option<&Tensor>,
) -> Attention {
    attention_from(w, heads, [query, source, source], mask)
}

/// Multi-head attention with keys and values from two places.
pub(crate) fn attention_from(
    w: &Weights,
    heads: i64,
    [query, key, value]: [&Tensor; 3],
    mask: Option<&Tensor>,
) -> Attention {
    let mut inputs = Inputs::default()
        .with("heads", heads)
        .with("query", query.shallow_clone())
        .with("key", key.shallow_clone())
        .with("value", value.shallow_clone());
    for name in PROJECTIONS {
        inputs = inputs.with(name, w[name].shallow_clone());
    }
    if let Some(mask) = mask {
        inputs = inputs.with("mask", mask.shallow_clone());
    }
    multi_head_attention::kernel(&inputs)
}

/// A mask (batch, length, length) for x (batch, length, d_model) that blocks what is later.
pub(crate) fn causal_mask(x: &Tensor) -> Tensor {
    let [batch, length] = [x.size()[0], x.size()[1]];
    causal(length, length).expand([batch, length, length], false)
}

/// Layer norm with the gamma and the beta of this number, counted from 1.
pub(crate) fn norm(w: &Weights, number: usize, x: &Tensor) -> Tensor {
    norm_with(w, number, x, EPSILON)
}

/// Layer norm with a different epsilon.
pub(crate) fn norm_with(w: &Weights, number: usize, x: &Tensor, epsilon: f64) -> Tensor {
    layer_norm::kernel::layer_norm(
        x,
        &w[&format!("gamma_{number}")],
        &w[&format!("beta_{number}")],
        epsilon,
    )
}

/// max(0, x W_1ᵀ + b_1) W_2ᵀ + b_2.
pub(crate) fn feed_forward(w: &Weights, x: &Tensor) -> Tensor {
    feed_forward_with(w, x, Tensor::relu)
}

/// The feed-forward network with a different activation.
pub(crate) fn feed_forward_with(
    w: &Weights,
    x: &Tensor,
    activation: impl Fn(&Tensor) -> Tensor,
) -> Tensor {
    activation(&x.linear(&w["w_1"], Some(&w["b_1"]))).linear(&w["w_2"], Some(&w["b_2"]))
}
