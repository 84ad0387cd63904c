//! Llama with keys and values of what it has read.

use layer_norm::rms_norm;
use masks::causal;
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};
use scaled_dot_product::attention;

use super::product::linear;
use super::rotation::{Angles, Rotation};
use crate::config::LlamaConfig;
use crate::llama::{Block, Llama};
use crate::prefix::kept;

/// A Llama with the keys and values of the tokens that it has read.
#[derive(Debug)]
pub(crate) struct CachedLlama<'a> {
    llama: &'a Llama,
    threads: usize,
    rotation: Rotation,
    /// The tokens whose keys and values are there.
    read: Vec<usize>,
    blocks: Vec<Past>,
}

/// Keys, which are rotated, and values of one block, a row of kv_heads · head_dim numbers for each token that was read. A
/// context can be of a hundred thousand tokens, so they grow with the text.
#[derive(Debug, Default)]
struct Past {
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl<'a> CachedLlama<'a> {
    /// A model that has read nothing. Large products are divided among `threads`.
    pub(crate) fn new(llama: &'a Llama, threads: usize) -> Self {
        Self {
            llama,
            threads,
            rotation: Rotation::new(&llama.config.rotary, llama.config.head_dim),
            read: Vec::new(),
            blocks: llama.blocks.iter().map(|_| Past::default()).collect(),
        }
    }

    /// The scores of every token that could come after a text, which has one token at least. Only the tokens are computed
    /// that come after the longest beginning which this text and the one before share.
    pub(crate) fn next(&mut self, tokens: &[usize]) -> Array1<f32> {
        let past = kept(&self.read, tokens);
        let x = self.read_on(&tokens[past..], past);
        self.read = tokens.to_vec();
        let scores = self.scores(self.normed(x.slice(s![-1.., ..])).view());
        scores.index_axis_move(Axis(0), 0)
    }

    /// Runs all blocks on new tokens, which come after the first `past` of those that were read: (new, width).
    fn read_on(&mut self, new: &[usize], past: usize) -> Array2<f32> {
        let (llama, threads) = (self.llama, self.threads);
        let angles = self.rotation.angles(past, new.len());
        let mut x = llama.token_embedding.select(Axis(0), new);
        for (block, cached) in llama.blocks.iter().zip(&mut self.blocks) {
            let normed = rms_norm(x.view(), block.norm_1.view(), llama.config.epsilon);
            let queries = cached.append(normed.view(), past, block, &angles, threads);
            let context = cached.attend(queries.view(), &llama.config);
            x += &linear(context.view(), block.w_o.view(), threads);
            x += &feed_forward(x.view(), block, llama.config.epsilon, threads);
        }
        x
    }

    /// The last norm of each row.
    fn normed(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let Llama {
            config, final_norm, ..
        } = self.llama;
        rms_norm(x, final_norm.view(), config.epsilon)
    }

    /// The scores of each row, which has gone through the last norm.
    fn scores(&self, normed: ArrayView2<'_, f32>) -> Array2<f32> {
        let Llama {
            head,
            token_embedding,
            ..
        } = self.llama;
        let head = head.as_ref().unwrap_or(token_embedding);
        linear(normed, head.view(), self.threads)
    }
}

impl Past {
    /// Keeps the keys and values of new tokens after the first `past`, and returns the queries: (new, heads · head_dim).
    fn append(
        &mut self,
        normed: ArrayView2<'_, f32>,
        past: usize,
        block: &Block,
        angles: &Angles,
        threads: usize,
    ) -> Array2<f32> {
        let mut queries = linear(normed, block.w_q.view(), threads);
        let mut keys = linear(normed, block.w_k.view(), threads);
        let values = linear(normed, block.w_v.view(), threads);
        angles.rotate(queries.view_mut());
        angles.rotate(keys.view_mut());
        for (kept, new) in [(&mut self.keys, keys), (&mut self.values, values)] {
            kept.truncate(past * new.ncols());
            kept.extend(new);
        }
        queries
    }

    /// Attends from new tokens to all that came before and to themselves: the contexts of all heads, (new, heads ·
    /// head_dim).
    ///
    /// The query heads that share a head of keys are one below the other in one product, so the keys are read once.
    fn attend(&self, queries: ArrayView2<'_, f32>, config: &LlamaConfig) -> Array2<f32> {
        let (new, head_dim) = (queries.nrows(), config.head_dim);
        let group = config.heads / config.kv_heads;
        let (keys, values) = (rows(&self.keys, config), rows(&self.values, config));
        let all = keys.nrows();
        // A single new token is the last, and may see everything.
        let mask = (new > 1).then(|| {
            let causal = causal(new, all);
            concatenate(Axis(0), &vec![causal.view(); group]).expect("masks of one width")
        });
        let mut context = Array2::zeros(queries.raw_dim());
        for kv_head in 0..config.kv_heads {
            let heads = kv_head * group..(kv_head + 1) * group;
            let columns = |head: usize| s![.., head * head_dim..(head + 1) * head_dim];
            let of_group: Vec<_> = heads
                .clone()
                .map(|head| queries.slice(columns(head)))
                .collect();
            let of_group = concatenate(Axis(0), &of_group).expect("heads of one width");
            let (found, _) = attention(
                of_group.view(),
                keys.slice(columns(kv_head)),
                values.slice(columns(kv_head)),
                mask.as_ref().map(|mask| mask.view()),
            );
            for (place, head) in heads.enumerate() {
                let rows = s![place * new..(place + 1) * new, ..];
                context.slice_mut(columns(head)).assign(&found.slice(rows));
            }
        }
        context
    }
}

/// Keys or values as rows, (positions, kv_heads · head_dim).
fn rows<'a>(numbers: &'a [f32], config: &LlamaConfig) -> ArrayView2<'a, f32> {
    let width = config.kv_heads * config.head_dim;
    let shape = (numbers.len() / width, width);
    ArrayView2::from_shape(shape, numbers).expect("whole rows")
}

/// The feed-forward network of a block, with the norm before it.
fn feed_forward(
    x: ArrayView2<'_, f32>,
    block: &Block,
    epsilon: f32,
    threads: usize,
) -> Array2<f32> {
    let normed = rms_norm(x, block.norm_2.view(), epsilon);
    let mut hidden = linear(normed.view(), block.w_gate.view(), threads);
    hidden.mapv_inplace(|gate| gate / (1.0 + (-gate).exp()));
    hidden *= &linear(normed.view(), block.w_up.view(), threads);
    linear(hidden.view(), block.w_down.view(), threads)
}
