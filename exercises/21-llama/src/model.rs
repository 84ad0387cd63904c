//! The weights of a Llama, and the cut into heads. Everything in this file is given.
//!
//! Names in parentheses are those in a checkpoint: `layers.0.input_layernorm` belongs to the first block.

use multi_head_attention as multi_head;
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis};

pub use kv_cache::Cache;

/// The settings of a model, which its weights do not show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// The number of query heads (`num_attention_heads`).
    pub heads: usize,
    /// The number of key heads, and of value heads (`num_key_value_heads`). It divides `heads`.
    pub kv_heads: usize,
    /// The ε of every RMS norm (`rms_norm_eps`).
    pub epsilon: f32,
    /// The base of the rotary embedding's frequencies (`rope_theta`).
    pub base: f32,
}

/// The weights of one block. Every matrix is (out, in), and there are no biases.
#[derive(Debug, Clone, Copy)]
pub struct BlockWeights<'a> {
    /// γ (d_model) of the RMS norm before attention (`input_layernorm`).
    pub norm_1: ArrayView1<'a, f32>,
    /// W_q (heads · head_dim, d_model) (`self_attn.q_proj`).
    pub w_q: ArrayView2<'a, f32>,
    /// W_k (kv_heads · head_dim, d_model) (`self_attn.k_proj`).
    pub w_k: ArrayView2<'a, f32>,
    /// W_v (kv_heads · head_dim, d_model) (`self_attn.v_proj`).
    pub w_v: ArrayView2<'a, f32>,
    /// W_o (d_model, heads · head_dim) (`self_attn.o_proj`).
    pub w_o: ArrayView2<'a, f32>,
    /// γ (d_model) of the RMS norm before the feed-forward network (`post_attention_layernorm`).
    pub norm_2: ArrayView1<'a, f32>,
    /// W_gate (d_ff, d_model), whose product goes through SiLU (`mlp.gate_proj`).
    pub w_gate: ArrayView2<'a, f32>,
    /// W_up (d_ff, d_model) (`mlp.up_proj`).
    pub w_up: ArrayView2<'a, f32>,
    /// W_down (d_model, d_ff) (`mlp.down_proj`).
    pub w_down: ArrayView2<'a, f32>,
}

/// The weights and the settings of a whole model.
#[derive(Debug, Clone)]
pub struct Llama<'a> {
    /// E (vocabulary, d_model), a row for each token (`embed_tokens`).
    pub token_embedding: ArrayView2<'a, f32>,
    /// The blocks, in the order in which the tokens go through them (`layers`).
    pub blocks: Vec<BlockWeights<'a>>,
    /// γ (d_model) of the RMS norm after the last block (`norm`).
    pub final_norm: ArrayView1<'a, f32>,
    /// The matrix (vocabulary, d_model) of the head (`lm_head`). A model without one uses E: its weights are tied.
    pub head: Option<ArrayView2<'a, f32>>,
    /// The settings of all blocks.
    pub config: Config,
}

impl<'a> BlockWeights<'a> {
    /// The weights that go by the names `gamma_1`, `w_q`, `w_k`, `w_v`, `w_o`, `gamma_2`, `w_gate`, `w_up` and
    /// `w_down`: `matrix` finds those that begin with `w_`, and `vector` the others.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            norm_1: vector("gamma_1")?,
            w_q: matrix("w_q")?,
            w_k: matrix("w_k")?,
            w_v: matrix("w_v")?,
            w_o: matrix("w_o")?,
            norm_2: vector("gamma_2")?,
            w_gate: matrix("w_gate")?,
            w_up: matrix("w_up")?,
            w_down: matrix("w_down")?,
        })
    }

    /// The blocks of a stack, which is on the first axis of the tensor under each name of [`named`](Self::named).
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn stacked<E>(
        vectors: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        matrices: impl Fn(&str) -> Result<ArrayView3<'a, f32>, E>,
    ) -> Result<Vec<Self>, E> {
        let count = vectors("gamma_1")?.len_of(Axis(0));
        let of_block = |block| {
            Self::named(
                |name| Ok(vectors(name)?.index_axis_move(Axis(0), block)),
                |name| Ok(matrices(name)?.index_axis_move(Axis(0), block)),
            )
        };
        (0..count).map(of_block).collect()
    }
}

impl Llama<'_> {
    /// A cache without positions for each block.
    pub fn empty_caches(&self) -> Vec<Cache> {
        self.blocks
            .iter()
            .map(|block| empty_cache(block, &self.config))
            .collect()
    }
}

/// The cache of a block that has read nothing.
pub fn empty_cache(weights: &BlockWeights<'_>, config: &Config) -> Cache {
    let head_dim = weights.w_k.nrows() / config.kv_heads;
    let none = Array3::zeros((config.kv_heads, 0, head_dim));
    Cache {
        keys: none.clone(),
        values: none,
    }
}

/// Gives each head its features: (positions, heads · head_dim) becomes (heads, positions, head_dim). This is
/// `split_heads` of exercise 07 for one sequence.
pub fn split_heads(x: ArrayView2<'_, f32>, heads: usize) -> Array3<f32> {
    multi_head::split_heads(x.insert_axis(Axis(0)), heads).index_axis_move(Axis(0), 0)
}

/// Puts the heads side by side again: (heads, positions, head_dim) becomes (positions, heads · head_dim). This is
/// `merge_heads` of exercise 07 for one sequence.
pub fn merge_heads(x: ArrayView3<'_, f32>) -> Array2<f32> {
    multi_head::merge_heads(x.insert_axis(Axis(0))).index_axis_move(Axis(0), 0)
}
