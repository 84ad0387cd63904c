//! The encoder block step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::{attention, feed_forward, norm, norm_with};

/// The ε of the Keras block.
pub(super) const KERAS_EPSILON: f64 = 1e-6;

/// The blocks by their formulas. The weights also have `x`, `heads`, and perhaps `mask` or the masks of dropout.
pub mod formula {
    use super::{Block, KERAS, POST_NORM, PRE_NORM};
    use crate::model_weights::Weights;

    /// h = LayerNorm₁(x + Attention(x)), y = LayerNorm₂(h + FFN(h)).
    pub fn post_norm(w: &Weights) -> Block {
        POST_NORM.run(w)
    }

    /// h = x + Attention(LayerNorm₁(x)), y = h + FFN(LayerNorm₂(h)).
    pub fn pre_norm(w: &Weights) -> Block {
        PRE_NORM.run(w)
    }

    /// As post-norm, with dropout and a different ε.
    pub fn keras(w: &Weights) -> Block {
        KERAS.run(w)
    }
}

/// The results of a block's steps (batch, length, d_model).
#[derive(Debug)]
pub struct Block {
    /// The addend from attention.
    pub attention: Tensor,
    /// h, after the first residual.
    pub after_attention: Tensor,
    /// The addend from the feed-forward network.
    pub feed_forward: Tensor,
    /// y, after the second residual.
    pub output: Tensor,
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

/// The steps of a block. Each gets the weights and what was computed before it.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// From x.
    pub(super) attention: fn(&Weights, &Tensor) -> Tensor,
    /// From x and attention.
    pub(super) after_attention: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From x and h.
    pub(super) feed_forward: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From x, h and feed-forward.
    pub(super) output: fn(&Weights, &Tensor, &Tensor, &Tensor) -> Tensor,
}

pub(super) const POST_NORM: Steps = Steps {
    attention: attend,
    after_attention: |w, x, attention| norm(w, 1, &(x + attention)),
    feed_forward: |w, _, h| feed_forward(w, h),
    output: |w, _, h, feed_forward| norm(w, 2, &(h + feed_forward)),
};

pub(super) const PRE_NORM: Steps = Steps {
    attention: |w, x| attend(w, &norm(w, 1, x)),
    after_attention: |_, x, attention| x + attention,
    feed_forward: |w, _, h| feed_forward(w, &norm(w, 2, h)),
    output: |_, _, h, feed_forward| h + feed_forward,
};

pub(super) const KERAS: Steps = Steps {
    attention: |w, x| drop_out(w, &attend(w, x), "keep_attention"),
    after_attention: |w, x, attention| keras_norm(w, 1, &(x + attention)),
    feed_forward: |w, _, h| drop_out(w, &feed_forward(w, h), "keep_feed_forward"),
    output: |w, _, h, feed_forward| keras_norm(w, 2, &(h + feed_forward)),
};

impl Steps {
    pub(super) fn run(self, w: &Weights) -> Block {
        let x = &w["x"];
        let attention = (self.attention)(w, x);
        let after_attention = (self.after_attention)(w, x, &attention);
        let feed_forward = (self.feed_forward)(w, x, &after_attention);
        let output = (self.output)(w, x, &after_attention, &feed_forward);
        Block {
            attention,
            after_attention,
            feed_forward,
            output,
        }
    }
}

/// Self-attention under the mask, if there is one.
pub(super) fn attend(w: &Weights, x: &Tensor) -> Tensor {
    attention(w, w.size("heads"), x, x, w.get("mask")).output
}

pub(super) fn keras_norm(w: &Weights, number: usize, x: &Tensor) -> Tensor {
    norm_with(w, number, x, KERAS_EPSILON)
}

pub(super) fn drop_out(w: &Weights, x: &Tensor, keep: &str) -> Tensor {
    match w.get(keep) {
        Some(keep) => x * keep / (1.0 - rate(w)),
        None => x.shallow_clone(),
    }
}

/// The probability with which an entry is dropped.
pub(super) fn rate(w: &Weights) -> f64 {
    w.number("rate")
}
