//! Multi-head attention step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use super::model::{merge, split};
use crate::attention_weights::{Attention, WeightsFn};
use crate::inputs::Inputs;
use crate::scaled_dot_product::weights;

/// Projects (batch, length, width) by a weight and a bias, and splits it into heads.
pub(super) type Project = fn(&Tensor, &Tensor, &Tensor, i64) -> Tensor;

/// The steps of multi-head attention.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) project: Project,
    /// From queries and keys (batch, heads, length, head_dim).
    pub(super) scores: fn(&Tensor, &Tensor) -> Tensor,
    /// From scores (batch, heads, queries, keys) and mask (batch, 1, queries, keys).
    pub(super) weights: WeightsFn,
    /// From what the heads return (batch, heads, queries, head_dim).
    pub(super) merge: fn(&Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Steps = Steps {
    project: |x, w, b, heads| split(&x.linear(w, Some(b)), heads),
    scores: scaled,
    weights,
    merge,
};

impl Steps {
    pub(super) fn run(self, x: &Inputs) -> Attention {
        let project = |input, w, b| (self.project)(&x[input], &x[w], &x[b], x.size("heads"));
        let q = project("query", "w_q", "b_q");
        let k = project("key", "w_k", "b_k");
        let v = project("value", "w_v", "b_v");
        let mask = x.get("mask").map(|mask| mask.unsqueeze(1));
        let weights = (self.weights)(&(self.scores)(&q, &k), mask.as_ref());
        let output = (self.merge)(&weights.matmul(&v)).linear(&x["w_o"], Some(&x["b_o"]));
        Attention { weights, output }
    }
}

/// Q Kᵀ in every head.
pub(super) fn product(q: &Tensor, k: &Tensor) -> Tensor {
    q.matmul(&k.transpose(2, 3))
}

/// Q Kᵀ / √d_k in every head.
pub(super) fn scaled(q: &Tensor, k: &Tensor) -> Tensor {
    product(q, k) / d_k(q).sqrt()
}

/// The width of a head.
pub(super) fn d_k(q: &Tensor) -> f64 {
    q.size()[3] as f64
}

/// The number of positions.
pub(super) fn length(x: &Tensor) -> f64 {
    x.size()[2] as f64
}

/// The number of heads.
pub(super) fn heads(q: &Tensor) -> f64 {
    q.size()[1] as f64
}

/// The width of all heads: in the paper, d_model.
pub(super) fn d_model(q: &Tensor) -> f64 {
    heads(q) * d_k(q)
}
