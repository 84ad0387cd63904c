//! The decoder of exercise 18 in `f64`, with autograd, so that a mistake can have the right value and a wrong gradient.

use tch::{Kind, Reduction, Tensor};

use crate::attention_backward::multi_head;
use crate::gpt::block::{feed_forward, thirds};
use crate::gpt::model::rows;
use crate::layer_norm::kernel::layer_norm;
use crate::model_weights::Weights;
use crate::sublayers::{EPSILON, causal_mask, linear, norm};

/// One of the two sums of a block: that with attention, or that with the feed-forward network.
#[derive(Debug)]
pub(super) struct Half<'a> {
    /// The weights of the block, and `heads`.
    pub(super) weights: &'a Weights,
    /// 1 for attention, 2 for the feed-forward network.
    pub(super) number: usize,
    /// The input of the block.
    pub(super) block_input: &'a Tensor,
    /// The input of this half.
    pub(super) input: &'a Tensor,
}

impl Half<'_> {
    /// The layer norm of this half.
    pub(super) fn norm(&self, x: &Tensor) -> Tensor {
        norm(self.weights, self.number, x)
    }

    /// The addend of this half, from its normed input.
    pub(super) fn branch(&self, normed: &Tensor) -> Tensor {
        match self.number {
            1 => attend(self.weights, normed, Some(&causal_mask(normed))),
            _ => feed_forward(self.weights, normed),
        }
    }
}

/// The steps of a half of a block.
#[derive(Clone, Copy)]
pub(super) struct BlockWay {
    /// The normed input.
    pub(super) norm: fn(&Half<'_>) -> Tensor,
    /// The addend, from the normed input.
    pub(super) branch: fn(&Half<'_>, &Tensor) -> Tensor,
    /// The sum with it.
    pub(super) sum: fn(&Half<'_>, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const BLOCK: BlockWay = BlockWay {
    norm: |half| half.norm(half.input),
    branch: |half, normed| half.branch(normed),
    sum: |half, branch| half.input + branch,
};

impl BlockWay {
    /// The output of a block. The weights also have `heads`.
    pub(super) fn run(self, weights: &Weights, x: &Tensor) -> Tensor {
        let half = |number, input: &Tensor| {
            let half = Half {
                weights,
                number,
                block_input: x,
                input,
            };
            let branch = (self.branch)(&half, &(self.norm)(&half));
            (self.sum)(&half, &branch)
        };
        half(2, &half(1, x))
    }
}

/// Self-attention of all heads, with its last layer.
pub(super) fn attend(weights: &Weights, x: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let heads = weights.size("heads");
    let [w_q, w_k, w_v] = thirds(&weights["w_qkv"], heads).map(|weight| weight.tr());
    let [b_q, b_k, b_v] = thirds(&weights["b_qkv"], heads);
    let [query, key, value] = [(); 3].map(|()| x.shallow_clone());
    let (w_o, b_o) = (weights["w_o"].tr(), weights["b_o"].shallow_clone());
    let inputs = [query, key, value, w_q, b_q, w_k, b_k, w_v, b_v, w_o, b_o];
    multi_head::forward(heads, mask, &inputs)
}

/// The first layer of the feed-forward network.
pub(super) fn widen(weights: &Weights, x: &Tensor) -> Tensor {
    x.linear(&weights["w_fc"].tr(), Some(&weights["b_fc"]))
}

/// The second layer of the feed-forward network.
pub(super) fn narrow(weights: &Weights, hidden: &Tensor) -> Tensor {
    hidden.linear(&weights["w_proj"].tr(), Some(&weights["b_proj"]))
}

/// The steps of the model around its blocks.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// The vectors of tokens, from E, P and the tokens.
    pub(super) embed: fn(&Tensor, &Tensor, &Tensor) -> Tensor,
    /// The last norm.
    pub(super) norm: fn(&Weights, &Tensor) -> Tensor,
    /// The logits, from E and the normed output.
    pub(super) logits: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Way = Way {
    embed: |e, p, tokens| rows(e, tokens) + p.narrow(0, 0, tokens.size()[1]),
    norm: final_norm,
    logits: |e, normed| linear(normed, e),
};

impl Way {
    /// The logits, from all parameters of the decoder, with the blocks in their order.
    pub(super) fn run(self, parameters: &Weights, heads: i64, tokens: &Tensor) -> Tensor {
        let embedded = self.embedded(parameters, tokens);
        let last = blocks(parameters, heads)
            .iter()
            .fold(embedded, |x, weights| BLOCK.run(weights, &x));
        self.scores(parameters, &last)
    }

    /// The vectors of the tokens.
    pub(super) fn embedded(self, parameters: &Weights, tokens: &Tensor) -> Tensor {
        let (e, p) = (
            &parameters["token_embedding"],
            &parameters["position_embedding"],
        );
        (self.embed)(e, p, tokens)
    }

    /// The logits, from the output of the last block.
    pub(super) fn scores(self, parameters: &Weights, last: &Tensor) -> Tensor {
        let normed = (self.norm)(parameters, last);
        (self.logits)(&parameters["token_embedding"], &normed)
    }
}

/// The layer norm after the last block.
pub(crate) fn final_norm(parameters: &Weights, x: &Tensor) -> Tensor {
    layer_norm(x, &parameters["gamma_f"], &parameters["beta_f"], EPSILON)
}

/// The same with its own gradients, but x gets the gradient that the norm gets.
pub(crate) fn final_norm_skipped(parameters: &Weights, x: &Tensor) -> Tensor {
    let constant = x.detach();
    final_norm(parameters, &constant) + x - &constant
}

/// The parameters of each block, in their order.
pub(crate) fn parameters_of_blocks(parameters: &Weights) -> Vec<Weights> {
    let mut blocks = Vec::new();
    loop {
        let block = parameters.part(&format!("blocks.{}.", blocks.len()));
        if block.get("w_qkv").is_none() {
            return blocks;
        }
        blocks.push(block);
    }
}

/// The parameters of each block, with the number of heads.
pub(super) fn blocks(parameters: &Weights, heads: i64) -> Vec<Weights> {
    let blocks = parameters_of_blocks(parameters).into_iter();
    blocks
        .map(|block| block.with("heads", Tensor::from(heads)))
        .collect()
}

/// The logits of the decoder, from its parameters by their names in a learner's program.
pub fn logits(parameters: &Weights, heads: i64, tokens: &Tensor) -> Tensor {
    RIGHT.run(parameters, heads, tokens)
}

/// The mean cross-entropy of the positions whose target is not `ignored`; 0 if there is none.
pub fn cross_entropy(logits: &Tensor, targets: &Tensor, ignored: i64) -> Tensor {
    let sum = logits.flatten(0, 1).cross_entropy_loss::<Tensor>(
        &targets.flatten(0, 1),
        None,
        Reduction::Sum,
        ignored,
        0.0,
    );
    sum / counted(targets, ignored).max(1) as f64
}

/// The number of positions that count.
pub(super) fn counted(targets: &Tensor, ignored: i64) -> i64 {
    targets.ne(ignored).sum(Kind::Int64).int64_value(&[])
}

/// A scalar function of all parameters, and its gradient for each of them, by autograd in `f64`.
pub fn differentiate(
    parameters: &Weights,
    function: impl Fn(&Weights) -> Tensor,
) -> (Tensor, Weights) {
    // The recorder switches gradients off, because only these functions need them.
    tch::with_grad(|| {
        let leaves = parameters.map(|tensor| {
            let double = tensor.to_kind(Kind::Double).detach();
            double.set_requires_grad(true)
        });
        let value = function(&leaves);
        let (names, tensors): (Vec<&str>, Vec<&Tensor>) = leaves.iter().unzip();
        // What a mistake does not use has a gradient of 0.
        let used: Tensor = tensors
            .iter()
            .map(|tensor| tensor.sum(Kind::Double) * 0.0)
            .sum();
        let gradients = Tensor::run_backward(&[&value + used], &tensors, false, false);
        let named = names.into_iter().map(str::to_owned).zip(gradients);
        (value.detach(), named.collect())
    })
}
