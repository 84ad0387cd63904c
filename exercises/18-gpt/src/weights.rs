//! The weights of a GPT-2. Everything in this file is given.
//!
//! Names in parentheses are those in a checkpoint of GPT-2: `h.0.ln_1` belongs to the first block.

use encoder_block::Norm;
use ndarray::{ArrayView1, ArrayView2, ArrayView3, Axis};

/// A linear layer as GPT-2 stores it: y = x W + b. `transformers` calls it `Conv1D`.
#[derive(Debug, Clone, Copy)]
pub struct Linear<'a> {
    /// W (in, out); the matrices of the earlier exercises are (out, in).
    pub weight: ArrayView2<'a, f32>,
    /// b (out).
    pub bias: ArrayView1<'a, f32>,
}

/// The weights of one block.
#[derive(Debug, Clone, Copy)]
pub struct BlockWeights<'a> {
    /// The layer norm before attention (`ln_1`).
    pub norm_1: Norm<'a>,
    /// Queries, keys and values, in this order (`attn.c_attn`): the weight is (d_model, 3 · d_model).
    pub qkv: Linear<'a>,
    /// The last layer of attention (`attn.c_proj`): (d_model, d_model).
    pub attention_output: Linear<'a>,
    /// The layer norm before the feed-forward network (`ln_2`).
    pub norm_2: Norm<'a>,
    /// The first layer of the feed-forward network (`mlp.c_fc`): (d_model, d_ff).
    pub widen: Linear<'a>,
    /// The second layer of the feed-forward network (`mlp.c_proj`): (d_ff, d_model).
    pub narrow: Linear<'a>,
}

/// The weights of a whole model.
#[derive(Debug, Clone)]
pub struct Gpt<'a> {
    /// E (vocabulary, d_model), for the tokens and, transposed, for the logits (`wte`).
    pub token_embedding: ArrayView2<'a, f32>,
    /// P (context, d_model), a row for each position (`wpe`).
    pub position_embedding: ArrayView2<'a, f32>,
    /// The blocks, in the order in which the tokens go through them (`h`).
    pub blocks: Vec<BlockWeights<'a>>,
    /// The layer norm after the last block (`ln_f`).
    pub final_norm: Norm<'a>,
    /// The number of heads of every attention.
    pub heads: usize,
}

impl<'a> BlockWeights<'a> {
    /// The weights that go by the names `gamma_1`, `beta_1`, `w_qkv`, `b_qkv`, `w_o`, `b_o`, `gamma_2`, `beta_2`,
    /// `w_fc`, `b_fc`, `w_proj` and `b_proj`: `matrix` finds those that begin with `w_`, and `vector` the others.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        let linear = |name: &str| {
            Ok(Linear {
                weight: matrix(&format!("w_{name}"))?,
                bias: vector(&format!("b_{name}"))?,
            })
        };
        Ok(Self {
            norm_1: Norm::named(&vector, 1)?,
            qkv: linear("qkv")?,
            attention_output: linear("o")?,
            norm_2: Norm::named(&vector, 2)?,
            widen: linear("fc")?,
            narrow: linear("proj")?,
        })
    }
}

impl<'a> Gpt<'a> {
    /// A model whose blocks' weights are stacked: under each name of [`BlockWeights::named`] is one tensor, with the
    /// blocks on its first axis. Besides there are `token_embedding`, `position_embedding`, `gamma_f` and `beta_f`.
    /// Each closure finds the tensors with one number of axes.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn stacked<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        stack: impl Fn(&str) -> Result<ArrayView3<'a, f32>, E>,
        heads: usize,
    ) -> Result<Self, E> {
        let mut blocks = Vec::new();
        for block in 0..stack("w_qkv")?.len_of(Axis(0)) {
            blocks.push(BlockWeights::named(
                |name| Ok(matrix(name)?.index_axis_move(Axis(0), block)),
                |name| Ok(stack(name)?.index_axis_move(Axis(0), block)),
            )?);
        }
        Ok(Self {
            token_embedding: matrix("token_embedding")?,
            position_embedding: matrix("position_embedding")?,
            blocks,
            final_norm: Norm {
                gamma: vector("gamma_f")?,
                beta: vector("beta_f")?,
            },
            heads,
        })
    }
}
