//! The model around the blocks: embedding, logits, and the token that comes next.

use tch::{Kind, Tensor};

use super::block::{Block, RIGHT};
use crate::inputs::Inputs;
use crate::layer_norm;
use crate::model_weights::Weights;
use crate::sublayers::{EPSILON, linear};

/// Computes `E[token] + P[position]`.
pub fn embed(x: &Inputs) -> Tensor {
    let length = x["tokens"].size()[1];
    let positions = x["position_embedding"].narrow(0, x.size("past"), length);
    rows(&x["token_embedding"], &x["tokens"]) + positions
}

/// LayerNorm_f(x) Eᵀ.
pub fn logits(x: &Inputs) -> Tensor {
    head(&Weights::from(x), &x["x"])
}

/// The most likely next token of each sequence.
pub fn next_tokens(x: &Inputs) -> Tensor {
    READ.run(x)
}

/// The rows of a table that have these numbers, by libtorch's kernel.
pub(crate) fn rows(table: &Tensor, numbers: &Tensor) -> Tensor {
    Tensor::embedding(table, numbers, -1, false, false)
}

/// The last norm, with an epsilon.
pub(super) fn final_norm(w: &Weights, x: &Tensor, epsilon: f64) -> Tensor {
    layer_norm::kernel::layer_norm(x, &w["gamma_f"], &w["beta_f"], epsilon)
}

/// The last norm, and the product with every row of E.
pub(crate) fn head(w: &Weights, x: &Tensor) -> Tensor {
    linear(&final_norm(w, x, EPSILON), &w["token_embedding"])
}

/// The weights of each block.
pub(crate) fn blocks(w: &Weights) -> Vec<Weights> {
    const OF_A_BLOCK: [&str; 12] = [
        "gamma_1", "beta_1", "w_qkv", "b_qkv", "w_o", "b_o", "gamma_2", "beta_2", "w_fc", "b_fc",
        "w_proj", "b_proj",
    ];
    let stacked: Weights = w
        .iter()
        .filter(|(name, _)| OF_A_BLOCK.contains(name))
        .map(|(name, stack)| (name.to_owned(), stack.shallow_clone()))
        .collect();
    let with_heads = |block: Weights| block.with("heads", w["heads"].shallow_clone());
    stacked.layers().into_iter().map(with_heads).collect()
}

/// One block after the other.
pub(super) fn through(blocks: &[Weights], x: Tensor) -> Tensor {
    blocks.iter().fold(x, |x, block| run(block, &x))
}

/// The output of one block.
pub(crate) fn run(block: &Weights, x: &Tensor) -> Tensor {
    steps(block, x).output
}

/// The steps of one block.
pub(super) fn steps(block: &Weights, x: &Tensor) -> Block {
    RIGHT.run(&block.with("x", x.shallow_clone()))
}

/// The steps of reading, so that a mistake can take one of them differently.
#[derive(Clone, Copy)]
pub(super) struct Read {
    /// From the embedding, the output of the last block.
    pub(super) stack: fn(&Weights, Tensor) -> Tensor,
    /// From the output of the last block, the logits.
    pub(super) head: fn(&Weights, &Tensor) -> Tensor,
    /// From the logits (batch, length, vocabulary), the scores (vocabulary) of a sequence with so many tokens.
    pub(super) scores: fn(&Tensor, i64, i64) -> Tensor,
    /// From the scores, the token.
    pub(super) choose: fn(&Tensor) -> i64,
}

/// The steps as they should be.
pub(super) const READ: Read = Read {
    stack: |w, x| through(&blocks(w), x),
    head,
    scores: |logits, sequence, length| logits.get(sequence).get(length - 1),
    choose: |scores| scores.argmax(0, false).int64_value(&[]),
};

impl Read {
    pub(super) fn run(self, x: &Inputs) -> Tensor {
        let w = Weights::from(x);
        let embedded = embed(&x.clone().with("past", 0_i64));
        let logits = (self.head)(&w, &(self.stack)(&w, embedded));
        let lengths = Vec::<i64>::try_from(&x["lengths"]).expect("a number for each sequence");
        let mut next = Vec::new();
        for (sequence, length) in (0..).zip(lengths) {
            next.push((self.choose)(&(self.scores)(&logits, sequence, length)));
        }
        Tensor::from_slice(&next).to_kind(Kind::Int64)
    }
}
