//! The block step by step, so that a mistake can take one of them differently. Both halves have the same form.

use tch::Tensor;

use super::attention::{self, SelfAttention};
use crate::feed_forward::kernel::swiglu;
use crate::inputs::Inputs;
use crate::kv_cache::Cache;
use crate::layer_norm::kernel::rms_norm;
use crate::model_weights::Weights;
use crate::outputs::Outputs;

/// The results of a block's steps.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) attention: Tensor,
    pub(super) after_attention: Tensor,
    pub(super) feed_forward: Tensor,
    pub(super) output: Tensor,
    pub(super) cache: Cache,
}

impl From<Block> for Outputs {
    fn from(block: Block) -> Self {
        [
            ("attention", block.attention),
            ("after_attention", block.after_attention),
            ("feed_forward", block.feed_forward),
            ("output", block.output),
        ]
        .into()
    }
}

/// RMS norm or something else, with a gamma and an epsilon.
pub(super) type NormFn = fn(&Tensor, &Tensor, f64) -> Tensor;

/// The input and the weights of one half of a block.
#[derive(Debug)]
pub(super) struct Half<'a> {
    pub(super) w: &'a Weights,
    /// The gamma of its norm.
    pub(super) gamma: &'a Tensor,
    /// The input of the block.
    pub(super) x: &'a Tensor,
    /// The input of this half: x, or a.
    pub(super) input: &'a Tensor,
    /// Its norm.
    pub(super) normed: Tensor,
}

impl Half<'_> {
    /// The right norm of something other than the input.
    pub(super) fn norm(&self, x: &Tensor) -> Tensor {
        rms_norm(x, self.gamma, self.w.number("epsilon"))
    }
}

/// The steps of a block. The first of two is for the half with attention.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) norm: NormFn,
    /// The inputs of attention and of the feed-forward network.
    pub(super) read: [fn(&Half<'_>) -> Tensor; 2],
    pub(super) attention: attention::Steps,
    pub(super) network: fn(&Weights, &Tensor) -> Tensor,
    /// The result of a half, from what was computed in it.
    pub(super) sum: [fn(&Half<'_>, &Tensor) -> Tensor; 2],
}

/// The steps as they should be.
pub(super) const RIGHT: Steps = Steps {
    norm: rms_norm,
    read: [normed, normed],
    attention: attention::RIGHT,
    network: |w, x| swiglu(x, &w["w_gate"], &w["w_up"], &w["w_down"]),
    sum: [residual, residual],
};

/// Reads the norm of the input.
pub(super) fn normed(half: &Half<'_>) -> Tensor {
    half.normed.shallow_clone()
}

/// Adds the input.
pub(super) fn residual(half: &Half<'_>, addend: &Tensor) -> Tensor {
    half.input + addend
}

impl Steps {
    pub(super) fn run(self, w: &Weights, x: &Tensor) -> Block {
        let epsilon = w.number("epsilon");
        let half = |input, number: usize| {
            let gamma = &w[["gamma_1", "gamma_2"][number]];
            Half {
                w,
                gamma,
                x,
                input,
                normed: (self.norm)(input, gamma, epsilon),
            }
        };
        let first = half(x, 0);
        let SelfAttention { cache, output, .. } = self.attention.run(w, &(self.read[0])(&first));
        let after_attention = (self.sum[0])(&first, &output);

        let second = half(&after_attention, 1);
        let feed_forward = (self.network)(w, &(self.read[1])(&second));
        Block {
            output: (self.sum[1])(&second, &feed_forward),
            attention: output,
            after_attention: after_attention.shallow_clone(),
            feed_forward,
            cache,
        }
    }
}

/// The block of the vectors `x` of a case.
pub(super) fn right(x: &Inputs) -> Block {
    RIGHT.run(&Weights::from(x), &x["x"])
}
