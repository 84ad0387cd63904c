//! `config.json` as the hub's library writes it.

use std::path::Path;

use serde::Deserialize;

use super::common::Common;
use super::llama;
use super::sizes::{Config, EncoderConfig, EncoderFamily, GptConfig};
use super::source::Source;
use super::{t5, vit};
use crate::error::ModelError;

/// The `model_type`s that are read.
const SUPPORTED_TYPES: [&str; 7] = ["bert", "distilbert", "albert", "gpt2", "llama", "t5", "vit"];

/// The ε of BERT's layer norms, unless the file has a different one. DistilBERT's has none.
const ENCODER_EPSILON: f32 = 1e-12;
/// The ε of GPT-2's layer norms.
const GPT_EPSILON: f64 = 1e-5;
/// A feed-forward network of GPT-2 is so many times as wide as the layer, unless the file says otherwise.
const INNER_FACTOR: usize = 4;

#[derive(Debug, Deserialize)]
struct Kind {
    model_type: Option<String>,
}

/// BERT and ALBERT.
#[derive(Debug, Deserialize)]
struct BertFile {
    vocab_size: usize,
    embedding_size: Option<usize>,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_hidden_groups: Option<usize>,
    inner_group_num: Option<usize>,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    hidden_act: Option<String>,
    layer_norm_eps: Option<f32>,
    position_embedding_type: Option<String>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Debug, Deserialize)]
struct DistilBertFile {
    vocab_size: usize,
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    max_position_embeddings: usize,
    activation: Option<String>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Debug, Deserialize)]
struct GptFile {
    vocab_size: usize,
    n_positions: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    n_inner: Option<usize>,
    activation_function: Option<String>,
    layer_norm_epsilon: Option<f64>,
    scale_attn_weights: Option<bool>,
    scale_attn_by_inverse_layer_idx: Option<bool>,
    eos_token_id: Option<usize>,
    #[serde(flatten)]
    common: Common,
}

fn two() -> usize {
    2
}

/// Reads the file of a folder.
pub(super) fn read(source: &Source, folder: &Path) -> Result<Config, ModelError> {
    let kind = source.parse::<Kind>()?.model_type;
    match kind.as_deref() {
        Some("bert") => source.bert(EncoderFamily::Bert),
        Some("albert") => source.bert(EncoderFamily::Albert),
        Some("distilbert") => source.distil_bert(),
        Some("gpt2") => source.gpt(),
        Some("llama") => llama::read(source, folder),
        Some("t5") => t5::read(source, folder),
        Some("vit") => vit::read(source),
        other => Err(ModelError::UnsupportedType {
            path: source.path().to_owned(),
            found: other.unwrap_or("nothing").to_owned(),
            supported: &SUPPORTED_TYPES,
        }),
    }
}

impl Source {
    fn bert(&self, family: EncoderFamily) -> Result<Config, ModelError> {
        let file: BertFile = self.parse()?;
        let activation = match family {
            EncoderFamily::Albert => "gelu_new",
            _ => "gelu",
        };
        self.is(
            "hidden_act",
            "gelu",
            file.hidden_act.as_deref().unwrap_or(activation),
        )?;
        let epsilon = file.layer_norm_eps.unwrap_or(ENCODER_EPSILON);
        self.holds("layer_norm_eps", epsilon >= 0.0, "0 or more", epsilon)?;
        let positions = file.position_embedding_type.as_deref();
        self.is(
            "position_embedding_type",
            "absolute",
            positions.unwrap_or("absolute"),
        )?;
        self.is("num_hidden_groups", 1, file.num_hidden_groups.unwrap_or(1))?;
        self.is("inner_group_num", 1, file.inner_group_num.unwrap_or(1))?;
        self.few_layers("num_hidden_layers", file.num_hidden_layers)?;
        self.heads_divide(
            "num_attention_heads",
            file.num_attention_heads,
            file.hidden_size,
        )?;
        let embedding_width = match family {
            EncoderFamily::Albert => file.embedding_size.unwrap_or(128),
            _ => file.hidden_size,
        };
        self.positive([
            ("vocab_size", file.vocab_size),
            ("max_position_embeddings", file.max_position_embeddings),
            ("type_vocab_size", file.type_vocab_size),
            ("embedding_size", embedding_width),
            ("intermediate_size", file.intermediate_size),
        ])?;
        Ok(Config::Encoder(EncoderConfig {
            family,
            vocabulary: file.vocab_size,
            context: file.max_position_embeddings,
            token_types: file.type_vocab_size,
            embedding_width,
            width: file.hidden_size,
            layers: file.num_hidden_layers,
            heads: file.num_attention_heads,
            inner_width: file.intermediate_size,
            epsilon,
            tied: file.common.tied(),
            labels_tokens: file.common.labels_tokens(),
            labels: self.labels(&file.common)?,
        }))
    }

    fn distil_bert(&self) -> Result<Config, ModelError> {
        let file: DistilBertFile = self.parse()?;
        self.is(
            "activation",
            "gelu",
            file.activation.as_deref().unwrap_or("gelu"),
        )?;
        self.few_layers("n_layers", file.n_layers)?;
        self.heads_divide("n_heads", file.n_heads, file.dim)?;
        self.positive([
            ("vocab_size", file.vocab_size),
            ("max_position_embeddings", file.max_position_embeddings),
            ("hidden_dim", file.hidden_dim),
        ])?;
        Ok(Config::Encoder(EncoderConfig {
            family: EncoderFamily::DistilBert,
            vocabulary: file.vocab_size,
            context: file.max_position_embeddings,
            token_types: 0,
            embedding_width: file.dim,
            width: file.dim,
            layers: file.n_layers,
            heads: file.n_heads,
            inner_width: file.hidden_dim,
            epsilon: ENCODER_EPSILON,
            tied: file.common.tied(),
            labels_tokens: file.common.labels_tokens(),
            labels: self.labels(&file.common)?,
        }))
    }

    fn gpt(&self) -> Result<Config, ModelError> {
        let file: GptFile = self.parse()?;
        let activation = file.activation_function.as_deref().unwrap_or("gelu_new");
        // The two names stand for one function.
        if activation != "gelu_pytorch_tanh" {
            self.is("activation_function", "gelu_new", activation)?;
        }
        self.is_epsilon("layer_norm_epsilon", GPT_EPSILON, file.layer_norm_epsilon)?;
        self.is(
            "scale_attn_weights",
            true,
            file.scale_attn_weights.unwrap_or(true),
        )?;
        let by_layer = file.scale_attn_by_inverse_layer_idx;
        self.is(
            "scale_attn_by_inverse_layer_idx",
            false,
            by_layer.unwrap_or(false),
        )?;
        self.few_layers("n_layer", file.n_layer)?;
        self.heads_divide("n_head", file.n_head, file.n_embd)?;
        let inner_width = file.n_inner;
        let inner_width = inner_width.unwrap_or(file.n_embd.saturating_mul(INNER_FACTOR));
        self.positive([
            ("vocab_size", file.vocab_size),
            ("n_positions", file.n_positions),
            ("n_inner", inner_width),
        ])?;
        Ok(Config::Gpt(GptConfig {
            vocabulary: file.vocab_size,
            context: file.n_positions,
            width: file.n_embd,
            layers: file.n_layer,
            heads: file.n_head,
            inner_width,
            tied: file.common.tied(),
            end_token: file.eos_token_id.filter(|&token| token < file.vocab_size),
        }))
    }
}
