//! T5 with keys and values of the source, and of what it has written.

use feed_forward::{gelu_tanh, relu};
use layer_norm::rms_norm;
use masks::causal;
use ndarray::{Array1, Array2, ArrayView2, ArrayView3, Axis, s};
use softmax::{masked_softmax, softmax};
use t5::{EPSILON, position_bias};

use crate::prefix::kept;
use crate::products::linear;
use crate::t5::T5;
use crate::t5::block::{AttentionWeights, DecoderBlock, FeedForward};

/// A T5 with the keys and values of a source, and of the tokens of the target that it has read.
#[derive(Debug)]
pub(crate) struct CachedT5<'a> {
    t5: &'a T5,
    threads: usize,
    /// The tokens of the target whose keys and values are there.
    read: Vec<usize>,
    blocks: Vec<Past>,
}

/// Keys and values of one block.
#[derive(Debug)]
struct Past {
    /// Those of the target, with a row for each token that was read.
    target: KeysAndValues,
    /// Those of the source, which stay the same.
    source: KeysAndValues,
}

/// Keys and values of all heads, (tokens, heads · head_dim).
#[derive(Debug)]
struct KeysAndValues {
    keys: Array2<f32>,
    values: Array2<f32>,
}

impl<'a> CachedT5<'a> {
    /// A model that has read a source, of one token at least. Large products are divided among `threads`.
    pub(crate) fn new(t5: &'a T5, source: &[usize], threads: usize) -> Self {
        let memory = t5.memory(source).index_axis_move(Axis(0), 0);
        let mut blocks = Vec::new();
        for block in &t5.decoder {
            let empty = Array2::zeros((0, t5.config.width));
            let of = |x: ArrayView2<'_, f32>, weights| KeysAndValues::new(x, weights, threads);
            blocks.push(Past {
                target: of(empty.view(), &block.self_attention),
                source: of(memory.view(), &block.cross_attention),
            });
        }
        Self {
            t5,
            threads,
            read: Vec::new(),
            blocks,
        }
    }

    /// The scores of every token that could come after a target, which has one token at least. Only the tokens are computed
    /// that come after the longest beginning which this target and the one before share.
    pub(crate) fn next(&mut self, target: &[usize]) -> Array1<f32> {
        let past = kept(&self.read, target);
        let x = self.read_on(&target[past..], past);
        self.read = target.to_vec();
        let norm = self.t5.decoder_norm.view();
        let last = rms_norm(x.slice(s![-1.., ..]), norm, EPSILON);
        let mut scores = linear(last.view(), self.t5.head(), self.threads);
        if self.t5.config.scaled {
            scores /= (self.t5.config.width as f32).sqrt();
        }
        scores.index_axis_move(Axis(0), 0)
    }

    /// Runs all blocks on new tokens, which come after the first `past` of those that were read: (new, width).
    fn read_on(&mut self, new: &[usize], past: usize) -> Array2<f32> {
        let config = &self.t5.config;
        let (number, all) = (new.len(), past + new.len());
        let table = self.t5.decoder_bias.view();
        let bias = position_bias(table, number, all, false, config.max_distance);
        let mut x = self.t5.token_embedding.select(Axis(0), new);
        for (block, cached) in self.t5.decoder.iter().zip(&mut self.blocks) {
            cached.target.truncate(past);
            x += &cached.read_itself(x.view(), block, bias.view(), self.threads);
            x += &cached.read_source(x.view(), block, config.heads, self.threads);
            let normed = rms_norm(x.view(), block.norm_3.view(), EPSILON);
            x += &feed_forward(normed.view(), &block.feed_forward, self.threads);
        }
        x
    }
}

impl Past {
    /// Self-attention, with the norm before it: keeps the keys and values of new tokens.
    fn read_itself(
        &mut self,
        x: ArrayView2<'_, f32>,
        block: &DecoderBlock,
        bias: ArrayView3<'_, f32>,
        threads: usize,
    ) -> Array2<f32> {
        let weights = &block.self_attention;
        let normed = rms_norm(x, block.norm_1.view(), EPSILON);
        let new = KeysAndValues::new(normed.view(), weights, threads);
        self.target.append(&new);
        let queries = linear(normed.view(), weights.w_q.view(), threads);
        let heads = bias.len_of(Axis(0));
        let context = self.target.attend(queries.view(), heads, Some(bias));
        linear(context.view(), weights.w_o.view(), threads)
    }

    /// Cross-attention, with the norm before it.
    fn read_source(
        &self,
        x: ArrayView2<'_, f32>,
        block: &DecoderBlock,
        heads: usize,
        threads: usize,
    ) -> Array2<f32> {
        let weights = &block.cross_attention;
        let normed = rms_norm(x, block.norm_2.view(), EPSILON);
        let queries = linear(normed.view(), weights.w_q.view(), threads);
        let context = self.source.attend(queries.view(), heads, None);
        linear(context.view(), weights.w_o.view(), threads)
    }
}

impl KeysAndValues {
    /// Those of each row of x.
    fn new(x: ArrayView2<'_, f32>, weights: &AttentionWeights, threads: usize) -> Self {
        Self {
            keys: linear(x, weights.w_k.view(), threads),
            values: linear(x, weights.w_v.view(), threads),
        }
    }

    /// Leaves the first rows, and drops the others.
    fn truncate(&mut self, rows: usize) {
        for part in [&mut self.keys, &mut self.values] {
            part.slice_collapse(s![..rows, ..]);
        }
    }

    fn append(&mut self, new: &Self) {
        for (part, new) in [(&mut self.keys, &new.keys), (&mut self.values, &new.values)] {
            part.append(Axis(0), new.view()).expect("rows of one width");
        }
    }

    /// The contexts of all heads, (queries, heads · head_dim). With a bias, (heads, queries, keys), the queries are the
    /// last positions, and read nothing that comes after them.
    fn attend(
        &self,
        queries: ArrayView2<'_, f32>,
        heads: usize,
        bias: Option<ArrayView3<'_, f32>>,
    ) -> Array2<f32> {
        let (new, all) = (queries.nrows(), self.keys.nrows());
        let head_dim = queries.ncols() / heads;
        // A single new token is the last, and may see everything.
        let mask = (bias.is_some() && new > 1).then(|| causal(new, all));
        let mut context = Array2::zeros(queries.raw_dim());
        for head in 0..heads {
            let columns = s![.., head * head_dim..(head + 1) * head_dim];
            let mut scores = queries.slice(columns).dot(&self.keys.slice(columns).t());
            if let Some(bias) = bias {
                scores += &bias.index_axis(Axis(0), head);
            }
            let weights = match &mask {
                Some(mask) => masked_softmax(scores.view(), mask.view()),
                None => softmax(scores.view()),
            };
            let of_head = weights.dot(&self.values.slice(columns));
            context.slice_mut(columns).assign(&of_head);
        }
        context
    }
}

/// The feed-forward network of each row.
fn feed_forward(x: ArrayView2<'_, f32>, weights: &FeedForward, threads: usize) -> Array2<f32> {
    match weights {
        FeedForward::Relu { w_in, w_out } => {
            let hidden = relu(linear(x, w_in.view(), threads).view());
            linear(hidden.view(), w_out.view(), threads)
        }
        FeedForward::GatedGelu {
            w_gate,
            w_value,
            w_out,
        } => {
            let mut hidden = gelu_tanh(linear(x, w_gate.view(), threads).view());
            hidden *= &linear(x, w_value.view(), threads);
            linear(hidden.view(), w_out.view(), threads)
        }
    }
}
