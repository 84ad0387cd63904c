//! `config.json` of a Vision Transformer.

use serde::Deserialize;

use super::common::Common;
use super::sizes::{Config, VitConfig};
use super::source::Source;
use crate::error::ModelError;

/// Values that the hub's library assumes where the file has no such field.
const EPSILON: f32 = 1e-12;
const CHANNELS: usize = 3;

/// The most pixels along a side of the images: sizes are multiplied with each other.
const MAX_SIDE: usize = 4096;

#[derive(Debug, Deserialize)]
struct VitFile {
    image_size: usize,
    patch_size: usize,
    num_channels: Option<usize>,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: Option<String>,
    layer_norm_eps: Option<f32>,
    qkv_bias: Option<bool>,
    #[serde(flatten)]
    common: Common,
}

/// Reads the configuration of a Vision Transformer.
pub(super) fn read(source: &Source) -> Result<Config, ModelError> {
    let file: VitFile = source.parse()?;
    let activation = file.hidden_act.as_deref();
    source.is("hidden_act", "gelu", activation.unwrap_or("gelu"))?;
    source.is("qkv_bias", true, file.qkv_bias.unwrap_or(true))?;
    let epsilon = file.layer_norm_eps.unwrap_or(EPSILON);
    source.holds("layer_norm_eps", epsilon >= 0.0, "0 or more", epsilon)?;
    source.few_layers("num_hidden_layers", file.num_hidden_layers)?;
    source.heads_divide(
        "num_attention_heads",
        file.num_attention_heads,
        file.hidden_size,
    )?;
    source.positive([("intermediate_size", file.intermediate_size)])?;
    let channels = file.num_channels.unwrap_or(CHANNELS);
    let is_image = matches!(channels, 1 | 3);
    let expected = "1 (grey) or 3 (red, green and blue)";
    source.holds("num_channels", is_image, expected, channels)?;
    let image = file.image_size;
    let expected = format!("from 1 to {MAX_SIDE}");
    source.holds(
        "image_size",
        (1..=MAX_SIDE).contains(&image),
        &expected,
        image,
    )?;
    let fits = (1..=image).contains(&file.patch_size);
    let expected = format!("from 1 to `image_size`, {image}");
    source.holds("patch_size", fits, &expected, file.patch_size)?;
    Ok(Config::Vit(VitConfig {
        image_size: image,
        patch_size: file.patch_size,
        channels,
        width: file.hidden_size,
        layers: file.num_hidden_layers,
        heads: file.num_attention_heads,
        inner_width: file.intermediate_size,
        epsilon,
        labels: source.labels(&file.common)?,
    }))
}
