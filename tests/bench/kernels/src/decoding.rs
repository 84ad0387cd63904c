//! One decoding step: a GPT-2 reads one token after those in its cache.

use std::hint::black_box;
use std::sync::Arc;

use gpt::{BlockWeights, EPSILON, Gpt, Linear, Norm};
use kv_cache::{Cache, Model, read};
use ndarray::{Array1, Array2, Axis, s};
use tch::Tensor;

use crate::functions::step_by_step;
use crate::numbers::{noise, to_libtorch};
use crate::pair::Pair;

const BLOCKS: usize = 4;
const VOCABULARY: usize = 8192;
const TOKEN: usize = 7;

/// The weights. All blocks have arrays of their own: a model is read from memory, not from the processor's cache.
struct Weights {
    token_embedding: Array2<f32>,
    position_embedding: Array2<f32>,
    blocks: Vec<Block>,
    ones: Array1<f32>,
    zeros: Array1<f32>,
}

/// W_qkv, W_o, W_fc and W_proj, each (in, out), as GPT-2 stores them.
struct Block([Array2<f32>; 4]);

/// The same in libtorch.
struct Tensors {
    token_embedding: Tensor,
    position_embedding: Tensor,
    blocks: Vec<[Tensor; 4]>,
    ones: Tensor,
    zeros: Tensor,
}

/// A step after `past` positions.
pub(crate) fn pair(past: usize, d_model: usize, heads: usize) -> Pair {
    let weights = Arc::new(Weights::new(past, d_model));
    let same_weights = Arc::clone(&weights);
    let tensors = Tensors::copy(&weights);
    let cached = noise((heads, past, d_model / heads));
    let tensor_cache = to_libtorch(cached.view());
    let caches = vec![
        Cache {
            keys: cached.clone(),
            values: cached,
        };
        BLOCKS
    ];
    Pair {
        ours: Box::new(move || {
            let (logits, longer) = read(&[TOKEN], &caches, &Model::new(&weights.gpt(heads)));
            black_box(longer);
            logits.into_dyn()
        }),
        libtorch: Box::new(move || tensors.read(past as i64, &tensor_cache)),
        products: Some(Box::new(move || same_weights.products().into_dyn())),
    }
}

impl Weights {
    fn new(past: usize, d_model: usize) -> Self {
        let matrix =
            |rows: usize, columns: usize| noise((rows, columns)) * (3.0 / rows as f32).sqrt();
        let block = |_| {
            Block([
                matrix(d_model, 3 * d_model),
                matrix(d_model, d_model),
                matrix(d_model, 4 * d_model),
                matrix(4 * d_model, d_model),
            ])
        };
        Self {
            token_embedding: noise((VOCABULARY, d_model)),
            position_embedding: noise((past + 1, d_model)),
            blocks: (0..BLOCKS).map(block).collect(),
            ones: Array1::ones(4 * d_model),
            zeros: Array1::zeros(4 * d_model),
        }
    }

    /// The products of a step with weights alone: one row with each matrix. Returns the last.
    fn products(&self) -> Array2<f32> {
        let row = self.ones.view().insert_axis(Axis(0));
        for Block(matrices) in &self.blocks {
            for matrix in matrices {
                black_box(row.slice(s![.., ..matrix.nrows()]).dot(matrix));
            }
        }
        let d_model = self.token_embedding.ncols();
        row.slice(s![.., ..d_model]).dot(&self.token_embedding.t())
    }

    fn gpt(&self, heads: usize) -> Gpt<'_> {
        Gpt {
            token_embedding: self.token_embedding.view(),
            position_embedding: self.position_embedding.view(),
            blocks: self.blocks.iter().map(|block| self.block(block)).collect(),
            final_norm: self.norm(),
            heads,
        }
    }

    fn block<'a>(&'a self, Block(matrices): &'a Block) -> BlockWeights<'a> {
        let [qkv, attention_output, widen, narrow] = matrices.each_ref().map(|matrix| Linear {
            weight: matrix.view(),
            bias: self.zeros.slice(s![..matrix.ncols()]),
        });
        BlockWeights {
            norm_1: self.norm(),
            qkv,
            attention_output,
            norm_2: self.norm(),
            widen,
            narrow,
        }
    }

    fn norm(&self) -> Norm<'_> {
        let d_model = self.token_embedding.ncols();
        Norm {
            gamma: self.ones.slice(s![..d_model]),
            beta: self.zeros.slice(s![..d_model]),
        }
    }
}

impl Tensors {
    fn copy(weights: &Weights) -> Self {
        let block =
            |Block(matrices): &Block| matrices.each_ref().map(|matrix| to_libtorch(matrix.view()));
        Self {
            token_embedding: to_libtorch(weights.token_embedding.view()),
            position_embedding: to_libtorch(weights.position_embedding.view()),
            blocks: weights.blocks.iter().map(block).collect(),
            ones: to_libtorch(weights.ones.view()),
            zeros: to_libtorch(weights.zeros.view()),
        }
    }

    /// The step, in the same steps as the exercise has it: `cache` has the keys, and the values, of each block.
    fn read(&self, past: i64, cache: &Tensor) -> Tensor {
        let (heads, _, head) = cache.size3().expect("(heads, past, head_dim)");
        let d_model = heads * head;
        let token = self.token_embedding.narrow(0, TOKEN as i64, 1);
        let mut x = token + self.position_embedding.narrow(0, past, 1);
        for [qkv, attention_output, widen, narrow] in &self.blocks {
            let projected = self.layer(&self.norm(&x, d_model), qkv);
            let split = |third: i64| {
                let columns = projected.narrow(1, third * d_model, d_model);
                columns.view([1, heads, head]).transpose(0, 1)
            };
            let keys = Tensor::cat(&[cache, &split(1)], 1);
            let values = Tensor::cat(&[cache, &split(2)], 1);
            let contexts = step_by_step(&split(0), &keys, &values);
            let merged = contexts.transpose(0, 1).reshape([1, d_model]);
            x += self.layer(&merged, attention_output);
            let hidden = self.layer(&self.norm(&x, d_model), widen).gelu("tanh");
            x += self.layer(&hidden, narrow);
        }
        self.norm(&x, d_model)
            .linear(&self.token_embedding, None::<&Tensor>)
    }

    fn norm(&self, x: &Tensor, d_model: i64) -> Tensor {
        let [gamma, beta] = [&self.ones, &self.zeros].map(|vector| vector.narrow(0, 0, d_model));
        x.layer_norm([d_model], Some(gamma), Some(beta), EPSILON.into(), true)
    }

    /// x W + b, with W as (in, out).
    fn layer(&self, x: &Tensor, weight: &Tensor) -> Tensor {
        let bias = self.zeros.narrow(0, 0, weight.size()[1]);
        bias.addmm(x, weight)
    }
}
