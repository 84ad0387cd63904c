//! `config.json` of a Llama, and the end tokens of its `generation_config.json`.

use std::path::Path;

use serde::Deserialize;

use super::generation::{GenerationFile, OneOrMore};
use super::sizes::{Config, LlamaConfig, Rotary, RotaryScaling};
use super::source::Source;
use crate::error::ModelError;

/// Values that the hub's library assumes where the file has no such field.
const EPSILON: f32 = 1e-6;
const BASE: f32 = 10_000.0;
const CONTEXT: usize = 2048;

#[derive(Debug, Deserialize)]
struct LlamaFile {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: Option<usize>,
    hidden_act: Option<String>,
    rms_norm_eps: Option<f32>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    tie_word_embeddings: Option<bool>,
    eos_token_id: Option<OneOrMore<usize>>,
    /// Version 5 of the hub's library has all about the rotary embedding in one place.
    rope_parameters: Option<RopeFile>,
    /// Version 4 has the base here, and the rest in `rope_scaling`.
    rope_theta: Option<f32>,
    rope_scaling: Option<RopeFile>,
}

#[derive(Debug, Default, Deserialize)]
struct RopeFile {
    rope_type: Option<String>,
    /// The name of `rope_type` before; some files have both.
    #[serde(rename = "type")]
    old_type: Option<String>,
    rope_theta: Option<f32>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
}

/// Reads the configuration of a Llama.
pub(super) fn read(source: &Source, folder: &Path) -> Result<Config, ModelError> {
    let file: LlamaFile = source.parse()?;
    let activation = file.hidden_act.as_deref().unwrap_or("silu");
    // The two names stand for one function.
    if activation != "swish" {
        source.is("hidden_act", "silu", activation)?;
    }
    let has_bias = file.attention_bias.unwrap_or(false);
    source.is("attention_bias", false, has_bias)?;
    source.is("mlp_bias", false, file.mlp_bias.unwrap_or(false))?;
    let epsilon = file.rms_norm_eps.unwrap_or(EPSILON);
    source.holds("rms_norm_eps", epsilon >= 0.0, "0 or more", epsilon)?;
    source.few_layers("num_hidden_layers", file.num_hidden_layers)?;
    let heads = file.num_attention_heads;
    let head_dim = head_dim(source, &file)?;
    let kv_heads = file.num_key_value_heads.unwrap_or(heads);
    let divides = kv_heads > 0 && heads.is_multiple_of(kv_heads);
    let expected = format!("a divisor of the number of heads, {heads}");
    source.holds("num_key_value_heads", divides, &expected, kv_heads)?;
    let context = file.max_position_embeddings.unwrap_or(CONTEXT);
    source.positive([
        ("vocab_size", file.vocab_size),
        ("max_position_embeddings", context),
        ("intermediate_size", file.intermediate_size),
    ])?;
    let generation = GenerationFile::read(folder)?;
    Ok(Config::Llama(LlamaConfig {
        vocabulary: file.vocab_size,
        context,
        width: file.hidden_size,
        layers: file.num_hidden_layers,
        heads,
        kv_heads,
        head_dim,
        inner_width: file.intermediate_size,
        epsilon,
        tied: file.tie_word_embeddings.unwrap_or(false),
        end_tokens: generation.end_tokens(file.eos_token_id, file.vocab_size),
        stop_strings: generation.stop_strings(),
        rotary: rotary(
            source,
            file.rope_parameters,
            file.rope_theta,
            file.rope_scaling,
        )?,
    }))
}

/// The width of a head, whose numbers are rotated in pairs.
fn head_dim(source: &Source, file: &LlamaFile) -> Result<usize, ModelError> {
    let heads = file.num_attention_heads;
    let head_dim = match file.head_dim {
        Some(head_dim) => {
            // Without a width, the matrices have no numbers, and any number of heads would fit into the file.
            source.positive([
                ("hidden_size", file.hidden_size),
                ("num_attention_heads", heads),
            ])?;
            head_dim
        }
        None => {
            source.heads_divide("num_attention_heads", heads, file.hidden_size)?;
            file.hidden_size / heads
        }
    };
    let is_even = head_dim > 0 && head_dim.is_multiple_of(2);
    source.holds("head_dim", is_even, "even, and 2 or more", head_dim)?;
    Ok(head_dim)
}

/// The rotary embedding, in either spelling.
fn rotary(
    source: &Source,
    parameters: Option<RopeFile>,
    base: Option<f32>,
    scaling: Option<RopeFile>,
) -> Result<Rotary, ModelError> {
    let file = parameters.or(scaling).unwrap_or_default();
    let base = file.rope_theta.or(base).unwrap_or(BASE);
    let is_base = base > 0.0 && base.is_finite();
    source.holds("rope_theta", is_base, "a number above 0", base)?;
    let kind = file.rope_type.as_deref().or(file.old_type.as_deref());
    let scaling = match kind.unwrap_or("default") {
        "default" => None,
        "linear" => Some(RotaryScaling::Linear {
            factor: positive(source, "factor", file.factor)?,
        }),
        "llama3" => Some(llama_3(source, &file)?),
        other => {
            let expected = "default, linear or llama3".to_owned();
            return Err(source.field("rope_type", expected, other.to_owned()));
        }
    };
    Ok(Rotary { base, scaling })
}

fn llama_3(source: &Source, file: &RopeFile) -> Result<RotaryScaling, ModelError> {
    let factor = positive(source, "factor", file.factor)?;
    let low_turns = positive(source, "low_freq_factor", file.low_freq_factor)?;
    let high_turns = positive(source, "high_freq_factor", file.high_freq_factor)?;
    let expected = format!("above `low_freq_factor`, {low_turns}");
    let is_higher = high_turns > low_turns;
    source.holds("high_freq_factor", is_higher, &expected, high_turns)?;
    let field = "original_max_position_embeddings";
    Ok(RotaryScaling::Llama3 {
        factor,
        low_turns,
        high_turns,
        original_context: positive(source, field, file.original_max_position_embeddings)?,
    })
}

fn positive(source: &Source, field: &'static str, value: Option<f64>) -> Result<f64, ModelError> {
    match value {
        Some(value) if value > 0.0 && value.is_finite() => Ok(value),
        other => {
            let found = other.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
            Err(source.field(field, "a number above 0".to_owned(), found))
        }
    }
}
