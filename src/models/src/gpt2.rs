//! GPT-2: its tensors, and exercise 18's functions on them.

mod exercise;

use attentive_checkpoints::Checkpoint;
use gpt::{BlockWeights, EPSILON, block, embed, logits};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis, s};

use crate::config::GptConfig;
use crate::error::ModelError;
use crate::states::States;
use crate::tensors::{Layout, Tensors};
use crate::weights::{LinearWeights, NormWeights};

pub(crate) use exercise::ExerciseGpt;

/// The table of tokens, which any GPT-2 has.
const TOKENS: &str = "wte.weight";
/// The matrix of the scores, which a tied model need not have.
const HEAD: &str = "lm_head.weight";
/// Masks that old checkpoints hold beside the weights.
const BUFFERS: [&str; 2] = [".attn.bias", ".attn.masked_bias"];

/// A model that writes.
#[derive(Debug)]
pub struct Gpt {
    pub(crate) config: GptConfig,
    pub(crate) token_embedding: Array2<f32>,
    pub(crate) position_embedding: Array2<f32>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) final_norm: NormWeights,
    /// The matrix of the scores, if it is not the table of tokens.
    head: Option<Array2<f32>>,
}

/// The weights of a block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) norm_1: NormWeights,
    pub(crate) qkv: LinearWeights,
    pub(crate) attention_output: LinearWeights,
    pub(crate) norm_2: NormWeights,
    pub(crate) widen: LinearWeights,
    pub(crate) narrow: LinearWeights,
}

impl Gpt {
    pub(crate) fn read(config: GptConfig, checkpoint: &Checkpoint) -> Result<Self, ModelError> {
        let mut tensors = Tensors::new(checkpoint, "transformer.", TOKENS);
        let GptConfig {
            vocabulary,
            context,
            width,
            ..
        } = config;
        let token_embedding = tensors.matrix(&tensors.body(TOKENS), (vocabulary, width))?;
        let position_embedding = tensors.matrix(&tensors.body("wpe.weight"), (context, width))?;
        let mut blocks = Vec::new();
        for number in 0..config.layers {
            blocks.push(Block::read(&mut tensors, number, &config)?);
        }
        let final_norm = tensors.norm(&tensors.body("ln_f"), width)?;
        let head = match config.tied {
            true => None,
            false => Some(tensors.matrix(HEAD, (vocabulary, width))?),
        };
        tensors
            .finish(|name| name == HEAD || BUFFERS.iter().any(|buffer| name.ends_with(buffer)))?;
        Ok(Self {
            config,
            token_embedding,
            position_embedding,
            blocks,
            final_norm,
            head,
        })
    }

    /// The sizes.
    pub fn config(&self) -> &GptConfig {
        &self.config
    }

    /// Runs the model on texts of one length. `ids` is (batch, tokens), at most [`GptConfig::context`] of them.
    pub fn run(&self, ids: ArrayView2<'_, usize>) -> States {
        let mut x = self.embed(ids);
        let mut hidden = Vec::new();
        let mut attentions = Vec::new();
        for weights in &self.blocks {
            let steps = block(x.view(), &weights.view(), self.config.heads);
            hidden.push(x);
            attentions.push(steps.attention_weights);
            x = steps.output;
        }
        hidden.push(self.final_norm.of_gpt().apply(x.view(), EPSILON));
        States { hidden, attentions }
    }

    /// The scores of every token that could follow each token of `ids`: (batch, tokens, vocabulary).
    pub fn all_logits(&self, ids: ArrayView2<'_, usize>) -> Array3<f32> {
        self.logits(self.through_blocks(ids).view())
    }

    /// The scores of every token that could come after a text, which has one token at least.
    pub fn next(&self, tokens: &[usize]) -> Array1<f32> {
        let ids = ArrayView2::from_shape((1, tokens.len()), tokens).expect("as many tokens");
        let x = self.through_blocks(ids);
        // The scores are half of the work in a small model, and all but the last are not read.
        let last = x.slice(s![.., tokens.len() - 1.., ..]);
        let logits = self.logits(last);
        logits
            .index_axis_move(Axis(0), 0)
            .index_axis_move(Axis(0), 0)
    }

    fn through_blocks(&self, ids: ArrayView2<'_, usize>) -> Array3<f32> {
        let mut x = self.embed(ids);
        for weights in &self.blocks {
            x = block(x.view(), &weights.view(), self.config.heads).output;
        }
        x
    }

    fn embed(&self, ids: ArrayView2<'_, usize>) -> Array3<f32> {
        let positions = self.position_embedding.view();
        embed(ids, 0, self.token_embedding.view(), positions)
    }

    fn logits(&self, x: ArrayView3<'_, f32>) -> Array3<f32> {
        logits(x, &self.final_norm.of_gpt(), self.head())
    }

    /// The weights as exercises take them. A matrix of the scores that is not the table of tokens has no place there.
    fn view(&self) -> gpt::Gpt<'_> {
        gpt::Gpt {
            token_embedding: self.token_embedding.view(),
            position_embedding: self.position_embedding.view(),
            blocks: self.blocks.iter().map(Block::view).collect(),
            final_norm: self.final_norm.of_gpt(),
            heads: self.config.heads,
        }
    }

    /// The matrix of the scores, (vocabulary, width).
    pub(crate) fn head(&self) -> ArrayView2<'_, f32> {
        self.head.as_ref().unwrap_or(&self.token_embedding).view()
    }
}

impl Block {
    fn read(
        tensors: &mut Tensors<'_>,
        number: usize,
        config: &GptConfig,
    ) -> Result<Self, ModelError> {
        let (width, inner) = (config.width, config.inner_width);
        let fused = width.saturating_mul(3);
        let name = tensors.body(&format!("h.{number}"));
        let mut linear = |part: &str, input, output| {
            tensors.linear(&format!("{name}.{part}"), input, output, Layout::InOut)
        };
        let qkv = linear("attn.c_attn", width, fused)?;
        let attention_output = linear("attn.c_proj", width, width)?;
        let widen = linear("mlp.c_fc", width, inner)?;
        let narrow = linear("mlp.c_proj", inner, width)?;
        Ok(Self {
            norm_1: tensors.norm(&format!("{name}.ln_1"), width)?,
            qkv,
            attention_output,
            norm_2: tensors.norm(&format!("{name}.ln_2"), width)?,
            widen,
            narrow,
        })
    }

    fn view(&self) -> BlockWeights<'_> {
        BlockWeights {
            norm_1: self.norm_1.of_gpt(),
            qkv: self.qkv.of_gpt(),
            attention_output: self.attention_output.of_gpt(),
            norm_2: self.norm_2.of_gpt(),
            widen: self.widen.of_gpt(),
            narrow: self.narrow.of_gpt(),
        }
    }
}
