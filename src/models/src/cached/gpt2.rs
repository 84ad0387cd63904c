//! GPT-2 with keys and values of what it has read.

use feed_forward::gelu_tanh;
use gpt::{EPSILON, embed};
use masks::causal;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use scaled_dot_product::attention;

use crate::gpt2::{Block, Gpt};
use crate::prefix::kept;
use crate::products::{linear, product};
use crate::weights::{LinearWeights, NormWeights};

/// A GPT-2 with the keys and values of the tokens that it has read.
#[derive(Debug)]
pub(crate) struct CachedGpt<'a> {
    gpt: &'a Gpt,
    threads: usize,
    /// The tokens whose keys and values are there.
    read: Vec<usize>,
    blocks: Vec<Past>,
}

/// Keys and values of one block, (context, width). The rows of the tokens that were read are filled.
#[derive(Debug)]
struct Past {
    keys: Array2<f32>,
    values: Array2<f32>,
}

impl<'a> CachedGpt<'a> {
    /// A model that has read nothing. Large products are divided among `threads`.
    pub(crate) fn new(gpt: &'a Gpt, threads: usize) -> Self {
        let shape = (gpt.config.context, gpt.config.width);
        let past = |_| Past {
            keys: Array2::zeros(shape),
            values: Array2::zeros(shape),
        };
        Self {
            gpt,
            threads,
            read: Vec::new(),
            blocks: (0..gpt.blocks.len()).map(past).collect(),
        }
    }

    /// The scores of every token that could come after a text, which has one token at least. Only the tokens are computed
    /// that come after the longest beginning which this text and the one before share.
    pub(crate) fn next(&mut self, tokens: &[usize]) -> Array1<f32> {
        let past = kept(&self.read, tokens);
        let x = self.read_on(&tokens[past..], past);
        self.read = tokens.to_vec();
        let last = norm(&self.gpt.final_norm, x.slice(s![-1.., ..]));
        let scores = linear(last.view(), self.gpt.head(), self.threads);
        scores.index_axis_move(Axis(0), 0)
    }

    /// Runs all blocks on new tokens, which come after the first `past` of those that were read: (new, width).
    fn read_on(&mut self, new: &[usize], past: usize) -> Array2<f32> {
        let gpt = self.gpt;
        let ids = ArrayView1::from(new).insert_axis(Axis(0));
        let positions = gpt.position_embedding.view();
        let embedded = embed(ids, past, gpt.token_embedding.view(), positions);
        let mut x = embedded.index_axis_move(Axis(0), 0);
        for (block, cached) in gpt.blocks.iter().zip(&mut self.blocks) {
            let normed = norm(&block.norm_1, x.view());
            let qkv = apply(&block.qkv, normed.view(), self.threads);
            cached.append(qkv.view(), past);
            let context = cached.attend(qkv.view(), past, gpt.config.heads);
            x += &apply(&block.attention_output, context.view(), self.threads);
            x += &feed_forward(block, x.view(), self.threads);
        }
        x
    }
}

impl Past {
    /// Keeps the keys and values of new tokens. `qkv` is (new, 3 · width).
    fn append(&mut self, qkv: ArrayView2<'_, f32>, past: usize) {
        let (new, width) = (qkv.nrows(), self.keys.ncols());
        let rows = s![past..past + new, ..];
        let (keys, values) = (s![.., width..2 * width], s![.., 2 * width..]);
        self.keys.slice_mut(rows).assign(&qkv.slice(keys));
        self.values.slice_mut(rows).assign(&qkv.slice(values));
    }

    /// Attends from new tokens to all that came before and to themselves: the contexts of all heads, (new, width).
    fn attend(&self, qkv: ArrayView2<'_, f32>, past: usize, heads: usize) -> Array2<f32> {
        let (new, width) = (qkv.nrows(), self.keys.ncols());
        let (all, head_dim) = (past + new, width / heads);
        // A single new token is the last, and may see everything.
        let mask = (new > 1).then(|| causal(new, all));
        let mut context = Array2::zeros((new, width));
        for head in 0..heads {
            let columns = head * head_dim..(head + 1) * head_dim;
            let (query, past) = (s![.., columns.clone()], s![..all, columns]);
            let (keys, values) = (self.keys.slice(&past), self.values.slice(&past));
            let mask = mask.as_ref().map(|mask| mask.view());
            let (of_head, _) = attention(qkv.slice(&query), keys, values, mask);
            context.slice_mut(query).assign(&of_head);
        }
        context
    }
}

/// The feed-forward network of a block, with the norm before it.
fn feed_forward(block: &Block, x: ArrayView2<'_, f32>, threads: usize) -> Array2<f32> {
    let normed = norm(&block.norm_2, x);
    let hidden = apply(&block.widen, normed.view(), threads);
    apply(&block.narrow, gelu_tanh(hidden.view()).view(), threads)
}

/// The layer norm of each row.
fn norm(weights: &NormWeights, rows: ArrayView2<'_, f32>) -> Array2<f32> {
    let normed = weights.of_gpt().apply(rows.insert_axis(Axis(0)), EPSILON);
    normed.index_axis_move(Axis(0), 0)
}

/// The linear layer of each row.
fn apply(layer: &LinearWeights, rows: ArrayView2<'_, f32>, threads: usize) -> Array2<f32> {
    product(rows, layer.weight.view(), layer.bias.view(), threads)
}
