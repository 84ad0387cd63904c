//! The task `attention`: scores that are not divided, plus a bias.

use tch::Tensor;

use crate::attention_weights::{Attention, WeightsFn};
use crate::inputs::Inputs;
use crate::multi_head_attention::{merge, split};
use crate::scaled_dot_product::weights;
use crate::sublayers::linear;

/// Cuts the projected (batch, length, inner) into heads.
type Split = fn(&Tensor, i64) -> Tensor;

/// The steps of attention.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) split: Split,
    pub(super) merge: fn(&Tensor) -> Tensor,
    /// From the scores (batch, heads, queries, keys) and the bias, the scores with the bias.
    pub(super) add: fn(&Tensor, &Tensor) -> Tensor,
    /// From the scores with the bias and the mask, the weights.
    pub(super) weights: WeightsFn,
    /// From the weights and the bias, the weights by which values are added up.
    pub(super) after: fn(Tensor, &Tensor) -> Tensor,
    /// From the merged heads and W_O, the output.
    pub(super) output: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const STEPS: Steps = Steps {
    split,
    merge,
    add: |scores, bias| scores + bias,
    weights,
    after: |weights, _| weights,
    output: linear,
};

/// Computes weights and output. The inputs are `x`, `source`, the four `w_…`, `heads`, and perhaps `bias` and `mask`.
/// With `values`, the values are made from these instead of from `source`.
pub fn formula(x: &Inputs) -> Attention {
    STEPS.run(x)
}

impl Steps {
    pub(super) fn run(self, x: &Inputs) -> Attention {
        let heads = x.size("heads");
        let project = |from: &str, w: &str| (self.split)(&linear(&x[from], &x[w]), heads);
        let values = x.get("values").map_or("source", |_| "values");
        let (q, k, v) = (
            project("x", "w_q"),
            project("source", "w_k"),
            project(values, "w_v"),
        );
        let mask = x.get("mask").map(|mask| mask.unsqueeze(1));
        let scores = q.matmul(&k.transpose(-2, -1));
        let none = Tensor::from(0.0_f32);
        let bias = x.get("bias").unwrap_or(&none);
        let weights = (self.weights)(&(self.add)(&scores, bias), mask.as_ref());
        let weights = (self.after)(weights, bias);
        let merged = (self.merge)(&weights.matmul(&v));
        Attention {
            output: (self.output)(&merged, &x["w_o"]),
            weights,
        }
    }
}
