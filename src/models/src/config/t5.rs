//! `config.json` of a T5, with the start and the end tokens of its `generation_config.json`.

use std::path::Path;

use serde::Deserialize;

use super::generation::{GenerationFile, OneOrMore};
use super::sizes::{Config, T5Config};
use super::source::Source;
use crate::error::ModelError;

/// The ε of every RMS norm, which exercise 22 fixes.
const EPSILON: f64 = 1e-6;

/// Values that the hub's library assumes where the file has no such field.
const CONTEXT: usize = 512;
const BUCKETS: usize = 32;
const MAX_DISTANCE: usize = 128;
const PADDING: usize = 0;
const END: usize = 1;

/// The feed-forward networks of version 1.0 and of version 1.1.
const PLAIN: &str = "relu";
const GATED: &str = "gated-gelu";

#[derive(Debug, Deserialize)]
struct T5File {
    vocab_size: usize,
    d_model: usize,
    d_kv: usize,
    d_ff: usize,
    num_layers: usize,
    num_decoder_layers: Option<usize>,
    num_heads: usize,
    n_positions: Option<usize>,
    relative_attention_num_buckets: Option<usize>,
    relative_attention_max_distance: Option<usize>,
    feed_forward_proj: Option<String>,
    layer_norm_epsilon: Option<f64>,
    /// Until version 4 of the hub's library, `false` also says that the scores are not scaled.
    tie_word_embeddings: Option<bool>,
    /// Version 5 says it here.
    scale_decoder_outputs: Option<bool>,
    pad_token_id: Option<usize>,
    eos_token_id: Option<OneOrMore<usize>>,
    decoder_start_token_id: Option<usize>,
}

/// Reads the configuration of a T5.
pub(super) fn read(source: &Source, folder: &Path) -> Result<Config, ModelError> {
    let file: T5File = source.parse()?;
    source.is_epsilon("layer_norm_epsilon", EPSILON, file.layer_norm_epsilon)?;
    let decoder_layers = file.num_decoder_layers.unwrap_or(file.num_layers);
    source.few_layers("num_layers", file.num_layers)?;
    source.few_layers("num_decoder_layers", decoder_layers)?;
    // Without a width, the matrices have no numbers, and any number of heads would fit into the file.
    let heads = file.num_heads;
    source.positive([
        ("vocab_size", file.vocab_size),
        ("d_model", file.d_model),
        ("d_kv", file.d_kv),
        ("d_ff", file.d_ff),
        ("num_heads", heads),
    ])?;
    let context = file.n_positions.unwrap_or(CONTEXT);
    source.holds("n_positions", context > 1, "2 or more", context)?;
    let (buckets, max_distance) = distances(source, &file)?;
    let generation = GenerationFile::read(folder)?;
    let end = file.eos_token_id.clone();
    let end = end.unwrap_or(OneOrMore::One(END));
    let tied = file.tie_word_embeddings.unwrap_or(true);
    Ok(Config::T5(T5Config {
        vocabulary: file.vocab_size,
        context,
        width: file.d_model,
        layers: file.num_layers,
        decoder_layers,
        heads,
        head_dim: file.d_kv,
        inner_width: file.d_ff,
        buckets,
        max_distance,
        gated: is_gated(source, &file)?,
        tied,
        scaled: file.scale_decoder_outputs.unwrap_or(tied),
        start_token: start_token(source, &file, &generation)?,
        end_tokens: generation.end_tokens(Some(end), file.vocab_size),
        stop_strings: generation.stop_strings(),
    }))
}

/// The number of buckets, and the distance at which the last one begins, as exercise 22 takes them.
fn distances(source: &Source, file: &T5File) -> Result<(usize, usize), ModelError> {
    let buckets = file.relative_attention_num_buckets.unwrap_or(BUCKETS);
    let are_halved = buckets >= 4 && buckets.is_multiple_of(2);
    let field = "relative_attention_num_buckets";
    source.holds(field, are_halved, "even, and 4 or more", buckets)?;
    let max_distance = file.relative_attention_max_distance;
    let max_distance = max_distance.unwrap_or(MAX_DISTANCE);
    // In the decoder, half of all buckets are for one distance each.
    let expected = format!("more than half of the {buckets} buckets");
    let field = "relative_attention_max_distance";
    source.holds(field, max_distance > buckets / 2, &expected, max_distance)?;
    Ok((buckets, max_distance))
}

/// Returns `true` if the feed-forward networks have gates.
fn is_gated(source: &Source, file: &T5File) -> Result<bool, ModelError> {
    match file.feed_forward_proj.as_deref().unwrap_or(PLAIN) {
        PLAIN => Ok(false),
        GATED => Ok(true),
        other => {
            let expected = format!("{PLAIN} or {GATED}");
            Err(source.field("feed_forward_proj", expected, other.to_owned()))
        }
    }
}

/// The token with which a target begins: T5 has none of its own, and takes the padding.
fn start_token(
    source: &Source,
    file: &T5File,
    generation: &GenerationFile,
) -> Result<usize, ModelError> {
    let of_generation = generation.decoder_start_token_id;
    let of_model = file.decoder_start_token_id.or(file.pad_token_id);
    let start = of_generation.or(of_model).unwrap_or(PADDING);
    let expected = format!("below `vocab_size`, {}", file.vocab_size);
    let is_token = start < file.vocab_size;
    source.holds("decoder_start_token_id", is_token, &expected, start)?;
    Ok(start)
}
