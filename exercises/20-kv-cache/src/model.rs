//! The model that is read with a cache: GPT-2, one sequence at a time. Everything in this file is given.

use std::cell::Cell;

use attentive_given::linear;
use feed_forward::gelu_tanh;
use gpt::{BlockWeights, EPSILON, Gpt, Linear, Norm};
use multi_head_attention::{merge_heads, split_heads};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, aview1, s};

/// The keys and values of all positions that a block has read so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Cache {
    /// K (heads, past, head_dim).
    pub keys: Array3<f32>,
    /// V (heads, past, head_dim).
    pub values: Array3<f32>,
}

/// A GPT-2 whose blocks are taken apart where the cache belongs.
#[derive(Debug)]
pub struct Model<'a> {
    /// The blocks, in the order in which the tokens go through them.
    pub blocks: Vec<Block<'a>>,
    token_embedding: ArrayView2<'a, f32>,
    position_embedding: ArrayView2<'a, f32>,
    final_norm: Norm<'a>,
}

/// A block: [`project`](Self::project) comes before attention, and [`finish`](Self::finish) after it.
#[derive(Debug)]
pub struct Block<'a> {
    weights: BlockWeights<'a>,
    heads: usize,
    projected: Cell<usize>,
}

impl<'a> Model<'a> {
    /// The model with these weights. Nothing has been counted yet.
    pub fn new(weights: &Gpt<'a>) -> Self {
        let block = |block: &BlockWeights<'a>| Block {
            weights: *block,
            heads: weights.heads,
            projected: Cell::new(0),
        };
        Self {
            blocks: weights.blocks.iter().map(block).collect(),
            token_embedding: weights.token_embedding,
            position_embedding: weights.position_embedding,
            final_norm: weights.final_norm,
        }
    }

    /// A cache without positions for each block.
    pub fn empty_caches(&self) -> Vec<Cache> {
        let empty = |block: &Block<'_>| {
            let head_dim = self.token_embedding.ncols() / block.heads;
            let none = Array3::zeros((block.heads, 0, head_dim));
            Cache {
                keys: none.clone(),
                values: none,
            }
        };
        self.blocks.iter().map(empty).collect()
    }

    /// Vectors of tokens, (new, d_model), of which the first is at position `past`.
    pub fn embed(&self, tokens: &[usize], past: usize) -> Array2<f32> {
        let tokens = aview1(tokens).insert_axis(Axis(0));
        let vectors = gpt::embed(tokens, past, self.token_embedding, self.position_embedding);
        vectors.index_axis_move(Axis(0), 0)
    }

    /// Logits (new, vocabulary) of the output of the last block, (new, d_model).
    pub fn logits(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let x = x.insert_axis(Axis(0));
        let logits = gpt::logits(x, &self.final_norm, self.token_embedding);
        logits.index_axis_move(Axis(0), 0)
    }

    /// Number of positions for which keys and values were computed, over all blocks and calls.
    pub fn projected(&self) -> usize {
        self.blocks.iter().map(|block| block.projected.get()).sum()
    }
}

impl Block<'_> {
    /// Queries, keys and values of the positions `x` (new, d_model), each of them (heads, new, head_dim): the first
    /// layer norm, W_qkv, and the split into heads.
    pub fn project(&self, x: ArrayView2<'_, f32>) -> [Array3<f32>; 3] {
        self.projected.set(self.projected.get() + x.nrows());
        let d_model = x.ncols();
        let normed = self.weights.norm_1.apply(x.insert_axis(Axis(0)), EPSILON);
        let fused = layer(normed.view(), &self.weights.qkv);
        [0, 1, 2].map(|third| {
            let columns = fused.slice(s![.., .., third * d_model..(third + 1) * d_model]);
            split_heads(columns, self.heads).index_axis_move(Axis(0), 0)
        })
    }

    /// The output of the block, (new, d_model), from its input `x` (new, d_model) and the contexts
    /// (heads, new, head_dim) that attention has found: W_o, and then the second half of the block.
    pub fn finish(&self, x: ArrayView2<'_, f32>, contexts: ArrayView3<'_, f32>) -> Array2<f32> {
        let weights = &self.weights;
        let merged = merge_heads(contexts.insert_axis(Axis(0)));
        let attention = layer(merged.view(), &weights.attention_output);
        let a = &x.insert_axis(Axis(0)) + &attention;

        let normed = weights.norm_2.apply(a.view(), EPSILON);
        let hidden = layer(normed.view(), &weights.widen);
        let hidden = gelu_tanh(hidden.index_axis(Axis(0), 0)).insert_axis(Axis(0));
        let y = a + layer(hidden.view(), &weights.narrow);
        y.index_axis_move(Axis(0), 0)
    }
}

/// x W + b at each position, with W as (in, out).
fn layer(x: ArrayView3<'_, f32>, w: &Linear<'_>) -> Array3<f32> {
    linear(x, w.weight.t(), Some(w.bias))
}
