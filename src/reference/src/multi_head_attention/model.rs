//! Multi-head attention in libtorch, three times: by the paper's formula and by two of libtorch's kernels.

use tch::{Device, Kind, Tensor};

use crate::attention_weights::Attention;
use crate::inputs::Inputs;
use crate::scaled_dot_product;

/// Weights (batch, heads, queries, keys) and output (batch, queries, d_model), all heads at once, from libtorch's
/// kernel for scaled dot-product attention.
///
/// The inputs are `query`, `key`, `value`, `heads`, the eight `w_…` and `b_…`, and perhaps `mask`. The kernel does not
/// hand out its weights. But when the values are the identity matrix, its output is the weights.
pub fn kernel(x: &Inputs) -> Attention {
    let heads = x.size("heads");
    let project = |input, w, b| {
        split(
            &Tensor::linear(&x[input] as &Tensor, &x[w], Some(&x[b])),
            heads,
        )
        .contiguous()
    };
    let (q, k, v) = (
        project("query", "w_q", "b_q"),
        project("key", "w_k", "b_k"),
        project("value", "w_v", "b_v"),
    );
    let mask = x.get("mask").map(|mask| mask.unsqueeze(1));
    let attend = |v: &Tensor| {
        Tensor::scaled_dot_product_attention(&q, &k, v, mask.as_ref(), 0.0, false, None, false)
    };
    let (batch, keys) = (k.size()[0], k.size()[2]);
    let identity =
        Tensor::eye(keys, (Kind::Float, Device::Cpu)).expand([batch, heads, keys, keys], false);
    Attention {
        weights: attend(&identity),
        output: merge(&attend(&v)).linear(&x["w_o"], Some(&x["b_o"])),
    }
}

/// Self-attention from the kernel that libtorch has for `nn.MultiheadAttention`.
pub fn native(x: &Inputs) -> Attention {
    let stack = |names: [&str; 3]| Tensor::cat(&names.map(|name| &x[name]), 0);
    // This kernel's masks are true where attention is *not* allowed, and kind 2 has one for each head.
    let (heads, input) = (x.size("heads"), &x["query"]);
    let (batch, length, d_model) = (input.size()[0], input.size()[1], input.size()[2]);
    let mask = x.get("mask").map(|mask| {
        mask.logical_not()
            .unsqueeze(1)
            .expand([batch, heads, length, length], false)
            .contiguous()
    });
    let (output, weights) = Tensor::internal_native_multi_head_attention(
        input,
        input,
        input,
        d_model,
        heads,
        &stack(["w_q", "w_k", "w_v"]),
        &stack(["b_q", "b_k", "b_v"]),
        &x["w_o"],
        &x["b_o"],
        mask.as_ref(),
        true,
        false,
        mask.as_ref().map(|_| 2),
    );
    Attention { weights, output }
}

/// The formula, head by head: Concat(head_1, …, head_h) W_O, where head i has its own rows of W_Q, W_K and W_V.
pub fn formula(x: &Inputs) -> Attention {
    let (mut weights, mut output) = (Vec::new(), Vec::new());
    for element in 0..x["query"].size()[0] {
        let heads = (0..x.size("heads")).map(|i| head(x, element, i));
        let (head_weights, contexts): (Vec<_>, Vec<_>) =
            heads.map(|head| (head.weights, head.output)).unzip();
        weights.push(Tensor::stack(&head_weights, 0));
        output.push(Tensor::cat(&contexts, 1).matmul(&x["w_o"].tr()) + &x["b_o"]);
    }
    Attention {
        weights: Tensor::stack(&weights, 0),
        output: Tensor::stack(&output, 0),
    }
}

/// Head i of one batch element: Attention(Q W_Qᵢᵀ + b_Qᵢ, K W_Kᵢᵀ + b_Kᵢ, V W_Vᵢᵀ + b_Vᵢ).
fn head(x: &Inputs, element: i64, i: i64) -> Attention {
    let head_dim = x["w_q"].size()[0] / x.size("heads");
    let project = |input: &str, w: &str, b: &str| {
        let rows = |name: &str| x[name].narrow(0, i * head_dim, head_dim);
        x[input].get(element).matmul(&rows(w).tr()) + rows(b)
    };
    let mask = x.get("mask").map(|mask| mask.get(element));
    scaled_dot_product::formula(
        &project("query", "w_q", "b_q"),
        &project("key", "w_k", "b_k"),
        &project("value", "w_v", "b_v"),
        mask.as_ref(),
    )
}

/// (batch, length, inner) as (batch, heads, length, head_dim), where inner = heads · head_dim.
pub(crate) fn split(x: &Tensor, heads: i64) -> Tensor {
    x.unflatten(2, [heads, -1]).transpose(1, 2)
}

/// (batch, heads, length, head_dim) as (batch, length, inner).
pub(crate) fn merge(x: &Tensor) -> Tensor {
    x.transpose(1, 2).flatten(2, 3)
}

/// Wrong: the shape of [`split`] with the numbers in the order in which they lie in memory.
pub(crate) fn split_by_reshaping(x: &Tensor, heads: i64) -> Tensor {
    let size = x.size();
    x.reshape([size[0], heads, size[1], size[2] / heads])
}

/// Wrong: the shape of [`merge`] with the numbers in the order in which they lie in memory.
pub(crate) fn merge_by_reshaping(x: &Tensor) -> Tensor {
    let size = x.size();
    x.reshape([size[0], size[2], size[1] * size[3]])
}

/// Wrong: feature j belongs to head j mod heads.
pub(super) fn split_interleaved(x: &Tensor, heads: i64) -> Tensor {
    x.unflatten(2, [-1, heads]).permute([0, 3, 1, 2])
}

/// Wrong: what undoes [`split_interleaved`].
pub(super) fn merge_interleaved(x: &Tensor) -> Tensor {
    x.permute([0, 2, 3, 1]).flatten(2, 3)
}
