//! Llama: its tensors, and exercise 21's functions on them.

mod exercise;

use attentive_checkpoints::Checkpoint;
use layer_norm::rms_norm;
use llama::{BlockWeights, block, empty_cache, logits, self_attention};
use ndarray::{Array1, Array2, Axis};

use crate::config::LlamaConfig;
use crate::error::ModelError;
use crate::matrix::{Matrix, Weights};
use crate::rotary::Scaled;
use crate::states::States;
use crate::tensors::Tensors;

pub(crate) use exercise::ExerciseLlama;

/// The table of tokens, which any Llama has.
const TOKENS: &str = "embed_tokens.weight";
/// The matrix of the scores, which a tied model need not have.
const HEAD: &str = "lm_head.weight";
/// The frequencies of the rotary embedding, which old checkpoints hold beside the weights.
const BUFFER: &str = ".rotary_emb.inv_freq";

/// A model that writes.
#[derive(Debug)]
pub struct Llama {
    pub(crate) config: LlamaConfig,
    pub(crate) token_embedding: Matrix,
    pub(crate) blocks: Vec<Block>,
    pub(crate) final_norm: Array1<f32>,
    /// The matrix of the scores, if it is not the table of tokens.
    pub(crate) head: Option<Matrix>,
}

/// The weights of a block; the matrices are (out, in).
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) norm_1: Array1<f32>,
    pub(crate) w_q: Matrix,
    pub(crate) w_k: Matrix,
    pub(crate) w_v: Matrix,
    pub(crate) w_o: Matrix,
    pub(crate) norm_2: Array1<f32>,
    pub(crate) w_gate: Matrix,
    pub(crate) w_up: Matrix,
    pub(crate) w_down: Matrix,
}

impl Llama {
    pub(crate) fn read(
        config: LlamaConfig,
        checkpoint: &Checkpoint,
        weights: Weights,
    ) -> Result<Self, ModelError> {
        let mut tensors = Tensors::new(checkpoint, "model.", TOKENS);
        let table = (config.vocabulary, config.width);
        let token_embedding = tensors.matrix_as(weights, &tensors.body(TOKENS), table)?;
        let mut blocks = Vec::new();
        for number in 0..config.layers {
            blocks.push(Block::read(&mut tensors, number, &config, weights)?);
        }
        let final_norm = tensors.vector(&tensors.body("norm.weight"), config.width)?;
        let head = match config.tied {
            true => None,
            false => Some(tensors.matrix_as(weights, HEAD, table)?),
        };
        tensors.finish(|name| name == HEAD || name.ends_with(BUFFER))?;
        Ok(Self {
            config,
            token_embedding,
            blocks,
            final_norm,
            head,
        })
    }

    /// The sizes.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Runs the model on a text: the embeddings and the output of each block, (1, tokens, width), the last one after the
    /// last norm; and the attention weights. `None` if weights are in blocks, for which the exercise has no place.
    pub fn run(&self, tokens: &[usize]) -> Option<States> {
        let model = self.view()?;
        let scaled = Scaled::new(&self.config);
        let epsilon = model.config.epsilon;
        let mut states = States::default();
        let mut x = self.token_embedding.select(tokens);
        for layer in &model.blocks {
            let nothing = empty_cache(layer, &model.config);
            // The exercise's block does not return the weights, so its attention runs once more.
            let normed = rms_norm(x.view(), layer.norm_1, epsilon);
            let (normed, config) = (normed.view(), &model.config);
            let (attention, steps) = match &scaled {
                None => (
                    self_attention(normed, &nothing, layer, config),
                    block(x.view(), &nothing, layer, config),
                ),
                Some(scaled) => (
                    scaled.self_attention(normed, &nothing, layer, config),
                    scaled.block(x.view(), &nothing, layer, config),
                ),
            };
            states.push(x, attention.weights);
            x = steps.output;
        }
        let normed = rms_norm(x.view(), model.final_norm, epsilon);
        states.hidden.push(normed.insert_axis(Axis(0)));
        Some(states)
    }

    /// The scores of every token that could follow each token of a text: (tokens, vocabulary). `None` if weights are in
    /// blocks.
    pub fn logits(&self, tokens: &[usize]) -> Option<Array2<f32>> {
        let model = self.view()?;
        let nothing = model.empty_caches();
        let (scores, _) = match Scaled::new(&self.config) {
            None => logits(tokens, &nothing, &model),
            Some(scaled) => scaled.logits(tokens, &nothing, &model),
        };
        Some(scores)
    }

    /// The bytes of the weights that a new token reads: all matrices of the blocks, and that of the scores.
    pub fn bytes_per_token(&self) -> usize {
        let head = self.head.as_ref().unwrap_or(&self.token_embedding);
        let matrices = self.blocks.iter().flat_map(Block::matrices);
        head.bytes() + matrices.map(Matrix::bytes).sum::<usize>()
    }

    /// The weights as the exercise takes them. Its settings have no place for scaled frequencies. `None` if weights are in
    /// blocks.
    fn view(&self) -> Option<llama::Llama<'_>> {
        Some(llama::Llama {
            token_embedding: self.token_embedding.view()?,
            blocks: self.blocks.iter().map(Block::view).collect::<Option<_>>()?,
            final_norm: self.final_norm.view(),
            head: match &self.head {
                Some(head) => Some(head.view()?),
                None => None,
            },
            config: llama::Config {
                heads: self.config.heads,
                kv_heads: self.config.kv_heads,
                epsilon: self.config.epsilon,
                base: self.config.rotary.base,
            },
        })
    }
}

impl Block {
    fn read(
        tensors: &mut Tensors<'_>,
        number: usize,
        config: &LlamaConfig,
        weights: Weights,
    ) -> Result<Self, ModelError> {
        let (width, inner) = (config.width, config.inner_width);
        let queries = config.heads.saturating_mul(config.head_dim);
        let keys = config.kv_heads.saturating_mul(config.head_dim);
        let name = tensors.body(&format!("layers.{number}"));
        let mut matrix = |part: &str, output, input| {
            tensors.matrix_as(weights, &format!("{name}.{part}.weight"), (output, input))
        };
        let w_q = matrix("self_attn.q_proj", queries, width)?;
        let w_k = matrix("self_attn.k_proj", keys, width)?;
        let w_v = matrix("self_attn.v_proj", keys, width)?;
        let w_o = matrix("self_attn.o_proj", width, queries)?;
        let w_gate = matrix("mlp.gate_proj", inner, width)?;
        let w_up = matrix("mlp.up_proj", inner, width)?;
        let w_down = matrix("mlp.down_proj", width, inner)?;
        let mut norm = |part: &str| tensors.vector(&format!("{name}.{part}.weight"), width);
        Ok(Self {
            norm_1: norm("input_layernorm")?,
            w_q,
            w_k,
            w_v,
            w_o,
            norm_2: norm("post_attention_layernorm")?,
            w_gate,
            w_up,
            w_down,
        })
    }

    /// The weights as the exercise takes them. `None` if they are in blocks.
    fn view(&self) -> Option<BlockWeights<'_>> {
        Some(BlockWeights {
            norm_1: self.norm_1.view(),
            w_q: self.w_q.view()?,
            w_k: self.w_k.view()?,
            w_v: self.w_v.view()?,
            w_o: self.w_o.view()?,
            norm_2: self.norm_2.view(),
            w_gate: self.w_gate.view()?,
            w_up: self.w_up.view()?,
            w_down: self.w_down.view()?,
        })
    }

    fn matrices(&self) -> [&Matrix; 7] {
        [
            &self.w_q,
            &self.w_k,
            &self.w_v,
            &self.w_o,
            &self.w_gate,
            &self.w_up,
            &self.w_down,
        ]
    }
}
