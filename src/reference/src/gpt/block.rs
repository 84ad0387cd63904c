//! The block of GPT-2 step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use crate::attention_weights::Attention;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::{attention, causal_mask, norm};

/// The results of a block's steps (batch, length, d_model), but for the weights.
#[derive(Debug)]
pub struct Block {
    /// The weights of self-attention (batch, heads, length, length).
    pub attention_weights: Tensor,
    /// The addend from attention.
    pub attention: Tensor,
    /// a, after the first residual.
    pub after_attention: Tensor,
    /// The addend from the feed-forward network.
    pub feed_forward: Tensor,
    /// y, after the second residual.
    pub output: Tensor,
}

impl From<Block> for Outputs {
    fn from(block: Block) -> Self {
        [
            ("attention_weights", block.attention_weights),
            ("attention", block.attention),
            ("after_attention", block.after_attention),
            ("feed_forward", block.feed_forward),
            ("output", block.output),
        ]
        .into()
    }
}

/// Cuts the last axis of W_qkv, or of its bias, into queries, keys and values for so many heads.
pub(super) type Cut = fn(&Tensor, i64) -> [Tensor; 3];

/// The steps of the block. Each gets the weights and what was computed before it.
#[derive(Clone, Copy)]
pub(crate) struct Steps {
    /// From x.
    pub(crate) attention: fn(&Weights, &Tensor) -> Attention,
    /// From x and attention.
    pub(crate) after_attention: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From x and a.
    pub(crate) feed_forward: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From x, a and feed-forward.
    pub(crate) output: fn(&Weights, &Tensor, &Tensor, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Steps = Steps {
    attention: |w, x| attend(w, &norm(w, 1, x)),
    after_attention: |_, x, attention| x + attention,
    feed_forward: |w, _, a| feed_forward(w, &norm(w, 2, a)),
    output: |_, _, a, feed_forward| a + feed_forward,
};

impl Steps {
    pub(crate) fn run(self, w: &Weights) -> Block {
        let x = &w["x"];
        let Attention { weights, output } = (self.attention)(w, x);
        let after_attention = (self.after_attention)(w, x, &output);
        let feed_forward = (self.feed_forward)(w, x, &after_attention);
        Block {
            output: (self.output)(w, x, &after_attention, &feed_forward),
            attention_weights: weights,
            attention: output,
            after_attention,
            feed_forward,
        }
    }
}

/// Computes the block step by step. The weights also have `x` and `heads`.
pub fn formula(w: &Weights) -> Block {
    RIGHT.run(w)
}

/// Self-attention under a causal mask.
pub(super) fn attend(w: &Weights, x: &Tensor) -> Attention {
    attend_with(w, x, thirds, &causal_mask(x))
}

/// Self-attention with a different cut, or under a different mask.
pub(super) fn attend_with(w: &Weights, x: &Tensor, cut: Cut, mask: &Tensor) -> Attention {
    let projections = projections(w, cut);
    attention(&projections, w.size("heads"), x, x, Some(mask))
}

/// The projections as multi-head attention takes them, with matrices (out, in).
pub(super) fn projections(w: &Weights, cut: Cut) -> Weights {
    let [w_q, w_k, w_v] = cut(&w["w_qkv"], w.size("heads")).map(|weight| weight.tr());
    let [b_q, b_k, b_v] = cut(&w["b_qkv"], w.size("heads"));
    w.with("w_q", w_q)
        .with("w_k", w_k)
        .with("w_v", w_v)
        .with("b_q", b_q)
        .with("b_k", b_k)
        .with("b_v", b_v)
        .with("w_o", w["w_o"].tr())
}

/// First all queries, then all keys, then all values.
pub(crate) fn thirds(fused: &Tensor, _heads: i64) -> [Tensor; 3] {
    let d_model = fused.size()[fused.dim() - 1] / 3;
    [0, 1, 2].map(|third| fused.narrow(-1, third * d_model, d_model))
}

/// GELU(x W_fc + b_fc) W_proj + b_proj, by the tanh form.
pub(crate) fn feed_forward(w: &Weights, x: &Tensor) -> Tensor {
    feed_forward_with(w, x, |hidden| hidden.gelu("tanh"))
}

/// The feed-forward network with a different activation.
pub(super) fn feed_forward_with(
    w: &Weights,
    x: &Tensor,
    activation: fn(&Tensor) -> Tensor,
) -> Tensor {
    let hidden = activation(&x.linear(&w["w_fc"].tr(), Some(&w["b_fc"])));
    hidden.linear(&w["w_proj"].tr(), Some(&w["b_proj"]))
}
