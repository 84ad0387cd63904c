//! The decoder block step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use crate::sublayers::{Weights, attention, feed_forward, norm};
use crate::transformer::model::causal;

/// The steps of the block. Each gets the weights and what was computed before it.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// From x.
    pub(super) self_attention: fn(&Weights, &Tensor) -> Tensor,
    /// From x and self-attention.
    pub(super) after_self: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// The output and the weights, from a.
    pub(super) cross_attention: fn(&Weights, &Tensor) -> (Tensor, Tensor),
    /// From a and cross-attention.
    pub(super) after_cross: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From b.
    pub(super) feed_forward: fn(&Weights, &Tensor) -> Tensor,
    /// From b and feed-forward.
    pub(super) output: fn(&Weights, &Tensor, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Steps = Steps {
    self_attention: |w, x| look_back(w, x, Some(&causal(x))),
    after_self: |w, x, attention| norm(w, 1, &(x + attention)),
    cross_attention: |w, a| read(w, a, &w["memory"], w.get("memory_mask")),
    after_cross: |w, a, attention| norm(w, 2, &(a + attention)),
    feed_forward,
    output: |w, b, feed_forward| norm(w, 3, &(b + feed_forward)),
};

impl Steps {
    pub(super) fn run(self, w: &Weights) -> Vec<Tensor> {
        let x = &w["x"];
        let self_attention = (self.self_attention)(w, x);
        let a = (self.after_self)(w, x, &self_attention);
        let (cross_attention, cross_weights) = (self.cross_attention)(w, &a);
        let b = (self.after_cross)(w, &a, &cross_attention);
        let feed_forward = (self.feed_forward)(w, &b);
        let output = (self.output)(w, &b, &feed_forward);
        vec![
            self_attention,
            a,
            cross_weights,
            cross_attention,
            b,
            feed_forward,
            output,
        ]
    }
}

/// What self-attention makes of x under a mask.
pub(super) fn look_back(w: &Weights, x: &Tensor, mask: Option<&Tensor>) -> Tensor {
    attention(&w.part("self_"), w.size("heads"), x, x, mask).0
}

/// What cross-attention reads from `source`, and its weights.
pub(super) fn read(
    w: &Weights,
    query: &Tensor,
    source: &Tensor,
    mask: Option<&Tensor>,
) -> (Tensor, Tensor) {
    attention(&w.part("cross_"), w.size("heads"), query, source, mask)
}
