//! T5: its tensors, and exercise 22's functions on them.

pub(crate) mod block;
mod exercise;

use attentive_checkpoints::Checkpoint;
use ndarray::{Array1, Array2, Array3, Array4, ArrayView2, ArrayView3, Axis, aview1};
use t5::{
    EPSILON, Head, RmsNorm, attention, decoder_block, embed, encoder_block, logits, position_bias,
};

use crate::config::T5Config;
use crate::error::ModelError;
use crate::states::States;
use crate::tensors::Tensors;

use block::{DecoderBlock, EncoderBlock};

pub(crate) use exercise::ExerciseT5;

/// The table of tokens, for sources and targets.
const TOKENS: &str = "shared.weight";
/// The matrix of the scores, which a tied model need not have.
const HEAD: &str = "lm_head.weight";
/// Tensors that old checkpoints have and no T5 reads: the table of tokens once more, and one for cross-attention.
const UNUSED: [&str; 3] = [
    "encoder.embed_tokens.weight",
    "decoder.embed_tokens.weight",
    "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",
];

/// A model that reads a source and writes a target.
#[derive(Debug)]
pub struct T5 {
    pub(crate) config: T5Config,
    pub(crate) token_embedding: Array2<f32>,
    encoder_bias: Array2<f32>,
    encoder: Vec<EncoderBlock>,
    encoder_norm: Array1<f32>,
    pub(crate) decoder_bias: Array2<f32>,
    pub(crate) decoder: Vec<DecoderBlock>,
    pub(crate) decoder_norm: Array1<f32>,
    /// The matrix of the scores, if it is not the table of tokens.
    head: Option<Array2<f32>>,
}

/// All that a model computes for a source and a target.
#[derive(Debug)]
pub struct T5States {
    /// The states of the encoder; the last ones are what the decoder reads.
    pub encoder: States,
    /// The states of the decoder, with the weights of its self-attention.
    pub decoder: States,
    /// The weights of each cross-attention: (1, heads, target, source).
    pub cross_attentions: Vec<Array4<f32>>,
    /// The scores after each token of the target: (target, vocabulary).
    pub logits: Array2<f32>,
}

impl T5 {
    pub(crate) fn read(config: T5Config, checkpoint: &Checkpoint) -> Result<Self, ModelError> {
        let mut tensors = Tensors::new(checkpoint, "", TOKENS);
        let table = (config.vocabulary, config.width);
        let token_embedding = tensors.matrix(TOKENS, table)?;
        let mut encoder = Vec::new();
        for number in 0..config.layers {
            encoder.push(EncoderBlock::read(&mut tensors, number, &config)?);
        }
        let mut decoder = Vec::new();
        for number in 0..config.decoder_layers {
            decoder.push(DecoderBlock::read(&mut tensors, number, &config)?);
        }
        let mut bias = |stack: &str| {
            let name = "block.0.layer.0.SelfAttention.relative_attention_bias.weight";
            tensors.matrix(&format!("{stack}.{name}"), (config.buckets, config.heads))
        };
        let (encoder_bias, decoder_bias) = (bias("encoder")?, bias("decoder")?);
        let mut norm =
            |stack: &str| tensors.vector(&format!("{stack}.final_layer_norm.weight"), config.width);
        let (encoder_norm, decoder_norm) = (norm("encoder")?, norm("decoder")?);
        let has_head = !config.tied || tensors.contains(HEAD);
        let head = match has_head {
            true => Some(tensors.matrix(HEAD, table)?),
            false => None,
        };
        tensors.finish(|name| UNUSED.contains(&name))?;
        Ok(Self {
            config,
            token_embedding,
            encoder_bias,
            encoder,
            encoder_norm,
            decoder_bias,
            decoder,
            decoder_norm,
            head,
        })
    }

    /// The sizes.
    pub fn config(&self) -> &T5Config {
        &self.config
    }

    /// Runs the encoder on a source: the embeddings and the output of each block, (1, tokens, width), the last one after
    /// the last norm; and the attention weights.
    pub fn encode(&self, source: &[usize]) -> States {
        let model = self.view();
        let length = source.len();
        let bias = position_bias(model.encoder_bias, length, length, true, model.max_distance);
        let bias = bias.view();
        let mut states = States::default();
        let mut x = embed(one_text(source), model.embedding);
        for weights in &model.encoder {
            // The exercise's block does not return the weights, so its attention runs once more.
            let normed = weights.norm_1.apply(x.view(), EPSILON);
            let normed = normed.view();
            let own = &weights.attention;
            let (_, attended) = attention(normed, normed, own, model.heads, Some(bias), None);
            let output = encoder_block(x.view(), weights, model.heads, bias, None);
            states.attentions.push(attended);
            states.hidden.push(x);
            x = output;
        }
        let normed = model.encoder_norm.apply(x.view(), EPSILON);
        states.hidden.push(normed);
        states
    }

    /// Runs the model on a source and a target, which begins with the start token.
    pub fn run(&self, source: &[usize], target: &[usize]) -> T5States {
        let model = self.view();
        let encoder = self.encode(source);
        let memory = encoder.hidden[encoder.hidden.len() - 1].view();
        let mut decoder = States::default();
        let mut cross_attentions = Vec::new();
        let x = through_decoder(&model, memory, target, |input, own, cross| {
            decoder.hidden.push(input);
            decoder.attentions.push(own);
            cross_attentions.push(cross);
        });
        let scores = logits(x.view(), &model.decoder_norm, &model.head);
        let normed = model.decoder_norm.apply(x.view(), EPSILON);
        decoder.hidden.push(normed);
        T5States {
            encoder,
            decoder,
            cross_attentions,
            logits: scores.index_axis_move(Axis(0), 0),
        }
    }

    /// The encoder's output for a source, which the decoder reads, by the exercise: (1, tokens, width).
    pub(crate) fn memory(&self, source: &[usize]) -> Array3<f32> {
        t5::encode(one_text(source), &self.view(), None)
    }

    /// The matrix of the scores, (vocabulary, width).
    pub(crate) fn head(&self) -> ArrayView2<'_, f32> {
        self.head.as_ref().unwrap_or(&self.token_embedding).view()
    }

    /// The weights as the exercise takes them. It is the kind of the head that says whether the scores are scaled.
    pub(crate) fn view(&self) -> t5::T5<'_> {
        let head = self.head();
        t5::T5 {
            embedding: self.token_embedding.view(),
            encoder_bias: self.encoder_bias.view(),
            encoder: self.encoder.iter().map(EncoderBlock::view).collect(),
            encoder_norm: norm(&self.encoder_norm),
            decoder_bias: self.decoder_bias.view(),
            decoder: self.decoder.iter().map(DecoderBlock::view).collect(),
            decoder_norm: norm(&self.decoder_norm),
            head: match self.config.scaled {
                true => Head::Tied(head),
                false => Head::Untied(head),
            },
            heads: self.config.heads,
            max_distance: self.config.max_distance,
        }
    }
}

/// Runs the decoder's blocks on a target, by the exercise: the output of the last one, (1, target, width). Each block's input and
/// the weights of its two attentions are kept by `keep`, or dropped.
fn through_decoder(
    model: &t5::T5<'_>,
    memory: ArrayView3<'_, f32>,
    target: &[usize],
    mut keep: impl FnMut(Array3<f32>, Array4<f32>, Array4<f32>),
) -> Array3<f32> {
    let (table, all) = (model.decoder_bias, target.len());
    let bias = position_bias(table, all, all, false, model.max_distance);
    let mut input = embed(one_text(target), model.embedding);
    for block in &model.decoder {
        let steps = decoder_block(input.view(), memory, block, model.heads, bias.view(), None);
        keep(input, steps.self_weights, steps.cross_weights);
        input = steps.output;
    }
    input
}

/// A batch of one text.
fn one_text(tokens: &[usize]) -> ArrayView2<'_, usize> {
    aview1(tokens).insert_axis(Axis(0))
}

/// An RMS norm as the exercise takes it.
fn norm(gamma: &Array1<f32>) -> RmsNorm<'_> {
    RmsNorm {
        gamma: gamma.view(),
    }
}
