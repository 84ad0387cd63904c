//! The decoder block step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use crate::attention_weights::Attention;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::{attention, causal_mask, feed_forward, norm};

/// The results of the block's steps.
#[derive(Debug)]
pub struct Block {
    /// The addend from self-attention (batch, target, d_model).
    pub self_attention: Tensor,
    /// a, after the first residual.
    pub after_self_attention: Tensor,
    /// The weights of cross-attention (batch, heads, target, source).
    pub cross_weights: Tensor,
    /// The addend from cross-attention.
    pub cross_attention: Tensor,
    /// b, after the second residual.
    pub after_cross_attention: Tensor,
    /// The addend from the feed-forward network.
    pub feed_forward: Tensor,
    /// The output, after the third residual.
    pub output: Tensor,
}

impl From<Block> for Outputs {
    fn from(block: Block) -> Self {
        [
            ("self_attention", block.self_attention),
            ("after_self_attention", block.after_self_attention),
            ("cross_weights", block.cross_weights),
            ("cross_attention", block.cross_attention),
            ("after_cross_attention", block.after_cross_attention),
            ("feed_forward", block.feed_forward),
            ("output", block.output),
        ]
        .into()
    }
}

/// The steps of the block. Each gets the weights and what was computed before it.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// From x.
    pub(super) self_attention: fn(&Weights, &Tensor) -> Tensor,
    /// From x and self-attention.
    pub(super) after_self: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From a.
    pub(super) cross_attention: fn(&Weights, &Tensor) -> Attention,
    /// From a and cross-attention.
    pub(super) after_cross: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From b.
    pub(super) feed_forward: fn(&Weights, &Tensor) -> Tensor,
    /// From b and feed-forward.
    pub(super) output: fn(&Weights, &Tensor, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Steps = Steps {
    self_attention: |w, x| self_attention(w, x, Some(&causal_mask(x))),
    after_self: |w, x, attention| norm(w, 1, &(x + attention)),
    cross_attention: |w, a| cross_attention(w, a, &w["memory"], w.get("memory_mask")),
    after_cross: |w, a, attention| norm(w, 2, &(a + attention)),
    feed_forward,
    output: |w, b, feed_forward| norm(w, 3, &(b + feed_forward)),
};

impl Steps {
    pub(super) fn run(self, w: &Weights) -> Block {
        let x = &w["x"];
        let self_attention = (self.self_attention)(w, x);
        let a = (self.after_self)(w, x, &self_attention);
        let cross = (self.cross_attention)(w, &a);
        let b = (self.after_cross)(w, &a, &cross.output);
        let feed_forward = (self.feed_forward)(w, &b);
        let output = (self.output)(w, &b, &feed_forward);
        Block {
            self_attention,
            after_self_attention: a,
            cross_weights: cross.weights,
            cross_attention: cross.output,
            after_cross_attention: b,
            feed_forward,
            output,
        }
    }
}

/// Self-attention under a mask.
pub(super) fn self_attention(w: &Weights, x: &Tensor, mask: Option<&Tensor>) -> Tensor {
    attention(&w.part("self_"), w.size("heads"), x, x, mask).output
}

/// Cross-attention of `query` to `source`.
pub(super) fn cross_attention(
    w: &Weights,
    query: &Tensor,
    source: &Tensor,
    mask: Option<&Tensor>,
) -> Attention {
    attention(&w.part("cross_"), w.size("heads"), query, source, mask)
}
