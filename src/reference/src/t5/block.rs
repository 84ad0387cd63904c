//! The task `decoder_block`, step by step, so that a mistake can take one of the steps differently.

use tch::Tensor;

use super::attention::formula;
use super::feed_forward::feed_forward;
use super::norm;
use crate::attention_weights::Attention;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::causal_mask;

/// The results of a block's steps.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) self_weights: Tensor,
    pub(super) after_self: Tensor,
    pub(super) cross_weights: Tensor,
    pub(super) after_cross: Tensor,
    pub(super) output: Tensor,
}

impl From<Block> for Outputs {
    fn from(block: Block) -> Self {
        [
            ("self_weights", block.self_weights),
            ("after_self", block.after_self),
            ("cross_weights", block.cross_weights),
            ("after_cross", block.after_cross),
            ("output", block.output),
        ]
        .into()
    }
}

/// The vectors of the stream: the input, and what the sublayers have left so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream<'a> {
    /// The input of the block.
    pub(super) x: &'a Tensor,
    /// The output of the sublayer before: what the next one starts from.
    pub(super) before: &'a Tensor,
    /// That, normalised.
    pub(super) normed: &'a Tensor,
}

/// The steps of the block. Each gets the weights and the stream.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// The norm of this number, counted from 1.
    pub(super) norm: fn(&Weights, usize, &Tensor) -> Tensor,
    pub(super) own: fn(&Weights, Stream<'_>) -> Attention,
    pub(super) cross: fn(&Weights, Stream<'_>) -> Attention,
    /// From the number of the sublayer, the stream and what the sublayer has computed, the new stream.
    pub(super) add: fn(usize, Stream<'_>, &Tensor) -> Tensor,
    /// From x, a and c, what feed-forward reads after a norm.
    pub(super) fed: for<'a> fn([&'a Tensor; 3]) -> &'a Tensor,
}

/// The steps as they should be.
pub(super) const STEPS: Steps = Steps {
    norm: |w, number, x| norm(w, &format!("gamma_{number}"), x),
    own: |w, stream| own(w, stream.normed, &causal_mask(stream.normed)),
    cross: |w, stream| cross(w, stream.normed, &w["memory"]),
    add: |_, stream, read| stream.before + read,
    fed: |[_, _, c]| c,
};

impl Steps {
    pub(super) fn run(self, w: &Weights) -> Block {
        let x = &w["x"];
        let normed = &(self.norm)(w, 1, x);
        let stream = Stream {
            x,
            before: x,
            normed,
        };
        let read = (self.own)(w, stream);
        let (self_weights, after_self) = (read.weights, (self.add)(1, stream, &read.output));

        let normed = &(self.norm)(w, 2, &after_self);
        let stream = Stream {
            x,
            before: &after_self,
            normed,
        };
        let read = (self.cross)(w, stream);
        let (cross_weights, after_cross) = (read.weights, (self.add)(2, stream, &read.output));

        let normed = &(self.norm)(w, 3, (self.fed)([x, &after_self, &after_cross]));
        let stream = Stream {
            x,
            before: &after_cross,
            normed,
        };
        let output = (self.add)(3, stream, &feed_forward(w, normed));
        Block {
            self_weights,
            after_self,
            cross_weights,
            after_cross,
            output,
        }
    }
}

/// Self-attention with the bias, under a mask.
pub(super) fn own(w: &Weights, x: &Tensor, mask: &Tensor) -> Attention {
    attend(w, "self_", [x, x, x], w.get("bias"), Some(mask))
}

/// Cross-attention to a memory, without a bias.
pub(super) fn cross(w: &Weights, x: &Tensor, memory: &Tensor) -> Attention {
    attend(w, "cross_", [x, memory, memory], None, w.get("mask"))
}

/// Attention with the weights of a prefix, from queries, keys and values. The values differ from the keys only in
/// mistakes.
pub(super) fn attend(
    w: &Weights,
    prefix: &str,
    [query, key, value]: [&Tensor; 3],
    bias: Option<&Tensor>,
    mask: Option<&Tensor>,
) -> Attention {
    let part = w.part(prefix);
    let mut inputs = Inputs::default()
        .with("heads", w.size("heads"))
        .with("x", query.shallow_clone())
        .with("source", key.shallow_clone())
        .with("values", value.shallow_clone());
    for name in ["w_q", "w_k", "w_v", "w_o"] {
        inputs = inputs.with(name, part[name].shallow_clone());
    }
    for (name, tensor) in [("bias", bias), ("mask", mask)] {
        if let Some(tensor) = tensor {
            inputs = inputs.with(name, tensor.shallow_clone());
        }
    }
    formula(&inputs)
}
