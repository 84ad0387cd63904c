//! The forecaster in `f64`, step by step, with autograd, so that a mistake can have the right value and a wrong
//! gradient.

use tch::{Kind, Tensor};

use super::patches;
use crate::attention_weights::blocked;
use crate::gpt::block::{feed_forward, thirds};
use crate::masks::kernel::causal;
use crate::model_weights::Weights;
use crate::multi_head_attention::{merge, split};
use crate::sublayers::norm;
use crate::training_run::decoder::{final_norm, parameters_of_blocks};

/// The results of a forecaster, step by step.
#[derive(Debug)]
pub struct Found {
    /// The mean of each context: (windows).
    pub level: Tensor,
    /// The patches of what is left: (windows, patches, patch).
    pub patches: Tensor,
    /// The vectors of the patches: (windows, patches, d_model).
    pub embedded: Tensor,
    /// The weights of attention in each block: (blocks, windows, heads, patches, patches).
    pub attention: Tensor,
    /// The forecast: (windows, horizon).
    pub forecast: Tensor,
}

/// The steps of the forecaster.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// The level of each context, (windows, 1).
    pub(super) level: fn(&Tensor) -> Tensor,
    /// The context without its level.
    pub(super) relative: fn(&Tensor, &Tensor) -> Tensor,
    /// The vectors of the patches.
    pub(super) embed: fn(&Weights, &Tensor) -> Tensor,
    /// The blocks through which they go, from all blocks.
    pub(super) blocks: fn(Vec<Weights>) -> Vec<Weights>,
    /// The last norm.
    pub(super) norm: fn(&Weights, &Tensor) -> Tensor,
    /// The vector that the head reads, from those of all patches.
    pub(super) read: fn(&Tensor) -> Tensor,
    /// The forecast relative to the level.
    pub(super) head: fn(&Weights, &Tensor) -> Tensor,
    /// The forecast, with the level.
    pub(super) restored: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Way = Way {
    level: |contexts| contexts.mean_dim(1_i64, true, Kind::Double),
    relative: |contexts, level| contexts - level,
    embed: |w, patches| patches.linear(&w["w_patch"], Some(&w["b_patch"])) + &w["positions"],
    blocks: |blocks| blocks,
    norm: final_norm,
    read: |normed| normed.select(1, -1),
    head: |w, last| last.linear(&w["w_head"], Some(&w["b_head"])),
    restored: |forecast, level| forecast + level,
};

impl Way {
    /// All steps, from parameters and contexts in `f64`.
    pub(super) fn run(self, parameters: &Weights, shape: Shape, contexts: &Tensor) -> Found {
        let level = (self.level)(contexts);
        let patches = patches::cut(&(self.relative)(contexts, &level), shape.patch);
        let embedded = (self.embed)(parameters, &patches);
        let mut x = embedded.shallow_clone();
        let mut attention = Vec::new();
        for weights in (self.blocks)(parameters_of_blocks(parameters)) {
            let [of_block, output] = block(&weights, shape.heads, &x);
            attention.push(of_block);
            x = output;
        }
        let forecast = self.forecast(parameters, &x, &level);
        Found {
            level: level.squeeze_dim(1),
            patches,
            embedded,
            attention: Tensor::stack(&attention, 0),
            forecast,
        }
    }

    /// The forecast, from the output of the last block.
    pub(super) fn forecast(self, parameters: &Weights, last: &Tensor, level: &Tensor) -> Tensor {
        let normed = (self.norm)(parameters, last);
        let relative = (self.head)(parameters, &(self.read)(&normed));
        (self.restored)(&relative, level)
    }
}

/// The sizes that do not follow from the parameters.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The number of values in a patch.
    pub patch: i64,
    /// The number of heads.
    pub heads: i64,
}

/// The forecast of each window, with all steps that lead to it, from parameters and contexts in `f64`.
pub fn run(parameters: &Weights, shape: Shape, contexts: &Tensor) -> Found {
    RIGHT.run(parameters, shape, contexts)
}

/// A block of exercise 18: the weights of its attention, and its output.
pub(super) fn block(w: &Weights, heads: i64, x: &Tensor) -> [Tensor; 2] {
    let qkv = norm(w, 1, x).linear(&w["w_qkv"].tr(), Some(&w["b_qkv"]));
    let [query, key, value] = thirds(&qkv, heads).map(|all| split(&all, heads));
    let root = (query.size()[3] as f64).sqrt();
    let scores = query.matmul(&key.transpose(-1, -2)) / root;
    let length = x.size()[1];
    let weights = blocked(&scores, Some(&causal(length, length))).softmax(-1, Kind::Double);
    let contexts = merge(&weights.matmul(&value));
    let a = x + contexts.linear(&w["w_o"].tr(), Some(&w["b_o"]));
    let output = &a + feed_forward(w, &norm(w, 2, &a));
    [weights, output]
}

/// The mean squared error.
pub fn loss(forecasts: &Tensor, targets: &Tensor) -> Tensor {
    (forecasts - targets).square().mean(Kind::Double)
}
