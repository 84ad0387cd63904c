//! Llama with keys and values of what it has read.

use std::ops::Range;

use layer_norm::rms_norm;
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayViewMut2, ArrayViewMut3, Axis, s};

use crate::config::LlamaConfig;
use crate::llama::{Block, Llama};
use crate::matrix::Matrix;
use crate::prefix::kept;
use crate::products::{
    add_row_product, add_vector_product, causal_softmax, linear, multiply, swiglu,
};
use crate::rotary::{Angles, Rotation};
use crate::states::States;

/// The reason for which the numbers of an array are a slice.
const ONE_PIECE: &str = "a new array is in one piece";

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

/// Keys and values of one block, of each head of keys.
#[derive(Debug)]
struct Past {
    heads: Vec<HeadPast>,
}

/// Keys, which are rotated, and values of one head, a row of head_dim numbers for each token that was read. A context can be
/// of a hundred thousand tokens, so they grow with the text.
#[derive(Debug, Default)]
struct HeadPast {
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
            blocks: llama
                .blocks
                .iter()
                .map(|_| Past::new(llama.config.kv_heads))
                .collect(),
        }
    }

    /// The scores of every token that could come after a text, which has one token at least. Only the tokens are computed
    /// that come after the longest beginning which this text and the one before share.
    pub(crate) fn next(&mut self, tokens: &[usize]) -> Array1<f32> {
        let past = kept(&self.read, tokens);
        let x = self.read_on(&tokens[past..], past, None);
        self.read = tokens.to_vec();
        let scores = self.scores(self.normed(x.slice(s![-1.., ..])).view());
        scores.index_axis_move(Axis(0), 0)
    }

    /// The results of all layers for a text, and the scores after each token: (tokens, vocabulary).
    pub(crate) fn run(mut self, tokens: &[usize]) -> (States, Array2<f32>) {
        let mut states = States::default();
        let x = self.read_on(tokens, 0, Some(&mut states));
        let normed = self.normed(x.view());
        let scores = self.scores(normed.view());
        states.hidden.push(normed.insert_axis(Axis(0)));
        (states, scores)
    }

    /// Runs all blocks on new tokens, which come after the first `past` of those that were read: (new, width).
    fn read_on(
        &mut self,
        new: &[usize],
        past: usize,
        mut states: Option<&mut States>,
    ) -> Array2<f32> {
        let (llama, threads) = (self.llama, self.threads);
        let angles = self.rotation.angles(past, new.len());
        let mut x = llama.token_embedding.select(new);
        for (block, cached) in llama.blocks.iter().zip(&mut self.blocks) {
            let input = states.is_some().then(|| x.clone());
            let normed = rms_norm(x.view(), block.norm_1.view(), llama.config.epsilon);
            let queries = cached.append(normed.view(), past, block, &angles, threads);
            let (context, weights) = cached.attend(queries.view(), &llama.config);
            x += &apply(&block.w_o, context.view(), threads);
            x += &feed_forward(x.view(), block, llama.config.epsilon, threads);
            if let (Some(states), Some(input)) = (&mut states, input) {
                states.push(input, weights);
            }
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
        apply(head, normed, self.threads)
    }
}

impl Past {
    fn new(kv_heads: usize) -> Self {
        Self {
            heads: (0..kv_heads).map(|_| HeadPast::default()).collect(),
        }
    }

    /// Keeps the keys and values of new tokens after the first `past`, and returns the queries: (new, heads · head_dim).
    fn append(
        &mut self,
        normed: ArrayView2<'_, f32>,
        past: usize,
        block: &Block,
        angles: &Angles,
        threads: usize,
    ) -> Array2<f32> {
        let mut queries = apply(&block.w_q, normed, threads);
        let mut keys = apply(&block.w_k, normed, threads);
        let values = apply(&block.w_v, normed, threads);
        angles.rotate(queries.view_mut());
        angles.rotate(keys.view_mut());
        let head_dim = keys.ncols() / self.heads.len();
        for (number, head) in self.heads.iter_mut().enumerate() {
            let columns = columns(number, head_dim);
            for (kept, new) in [(&mut head.keys, &keys), (&mut head.values, &values)] {
                kept.truncate(past * head_dim);
                kept.extend(new.slice(s![.., columns.clone()]));
            }
        }
        queries
    }

    /// Attends from new tokens to all that came before and to themselves: the contexts of all heads, (new, heads ·
    /// head_dim), and the weights, (heads, new, positions).
    fn attend(
        &self,
        queries: ArrayView2<'_, f32>,
        config: &LlamaConfig,
    ) -> (Array2<f32>, Array3<f32>) {
        let (new, head_dim) = (queries.nrows(), config.head_dim);
        let all = self.heads[0].keys.len() / head_dim;
        let mut context = Array2::zeros(queries.raw_dim());
        let mut weights = Array3::zeros((config.heads, new, all));
        let group = config.heads / config.kv_heads;
        let groups = weights.axis_chunks_iter_mut(Axis(0), group);
        for (kv_head, (head, weights)) in self.heads.iter().zip(groups).enumerate() {
            let columns = columns(kv_head, group * head_dim);
            let (queries, context) = (
                queries.slice(s![.., columns.clone()]),
                context.slice_mut(s![.., columns]),
            );
            if new == 1 {
                head.attend_last(queries, context, weights);
            } else {
                head.attend(queries, context, weights);
            }
        }
        (context, weights)
    }
}

impl HeadPast {
    /// Attends from several new tokens by the query heads that share this head of keys: queries and contexts (new, group ·
    /// head_dim), weights (group, new, positions).
    fn attend(
        &self,
        queries: ArrayView2<'_, f32>,
        mut context: ArrayViewMut2<'_, f32>,
        mut weights: ArrayViewMut3<'_, f32>,
    ) {
        let (group, _, all) = weights.dim();
        let head_dim = queries.ncols() / group;
        let (keys, values) = self.rows(head_dim);
        for (head, mut weights) in weights.outer_iter_mut().enumerate() {
            let columns = s![.., columns(head, head_dim)];
            multiply(queries.slice(columns), keys.t(), weights.view_mut());
            let scores = weights.as_slice_mut().expect(ONE_PIECE);
            causal_softmax(scores, all, scale(head_dim));
            multiply(weights.view(), values, context.slice_mut(columns));
        }
    }

    /// Attends from a single new token, which is the last and may see everything: queries and contexts (1, group · head_dim),
    /// weights (group, 1, positions). A product of matrices would copy all keys and values.
    fn attend_last(
        &self,
        queries: ArrayView2<'_, f32>,
        mut context: ArrayViewMut2<'_, f32>,
        mut weights: ArrayViewMut3<'_, f32>,
    ) {
        let (group, _, all) = weights.dim();
        let head_dim = queries.ncols() / group;
        let (keys, values) = self.rows(head_dim);
        for (head, mut weights) in weights.outer_iter_mut().enumerate() {
            let mut weights = weights.row_mut(0);
            let columns = columns(head, head_dim);
            let query = queries.slice(s![.., columns.clone()]);
            add_vector_product(keys, query.row(0), weights.view_mut());
            let scores = weights.as_slice_mut().expect(ONE_PIECE);
            causal_softmax(scores, all, scale(head_dim));
            let mut context = context.slice_mut(s![.., columns]);
            add_row_product(weights.view(), values, context.row_mut(0));
        }
    }

    /// The keys and the values, (positions, head_dim).
    fn rows(&self, head_dim: usize) -> (ArrayView2<'_, f32>, ArrayView2<'_, f32>) {
        let shape = (self.keys.len() / head_dim, head_dim);
        let rows = |numbers| ArrayView2::from_shape(shape, numbers).expect("whole rows");
        (rows(&self.keys), rows(&self.values))
    }
}

/// The factor of all scores.
fn scale(head_dim: usize) -> f32 {
    (head_dim as f32).sqrt().recip()
}

/// The columns of one of several parts of this width.
fn columns(number: usize, width: usize) -> Range<usize> {
    number * width..(number + 1) * width
}

/// The feed-forward network of a block, with the norm before it.
fn feed_forward(
    x: ArrayView2<'_, f32>,
    block: &Block,
    epsilon: f32,
    threads: usize,
) -> Array2<f32> {
    let normed = rms_norm(x, block.norm_2.view(), epsilon);
    let mut hidden = apply(&block.w_gate, normed.view(), threads);
    let up = apply(&block.w_up, normed.view(), threads);
    let gates = hidden.as_slice_mut().expect(ONE_PIECE);
    swiglu(gates, up.as_slice().expect(ONE_PIECE));
    apply(&block.w_down, hidden.view(), threads)
}

/// x Wᵀ, for x (rows, in) and W (out, in).
fn apply(matrix: &Matrix, x: ArrayView2<'_, f32>, threads: usize) -> Array2<f32> {
    match matrix {
        Matrix::Floats(weight) => linear(x, weight.view(), threads),
        Matrix::Blocks(blocks) => blocks.linear(x, threads),
    }
}
