//! The configuration of a model: its kind and its sizes.

mod common;
mod file;
mod generation;
mod images;
mod llama;
mod sizes;
mod source;
mod t5;
mod vit;

use std::path::Path;

use crate::error::ModelError;

pub(crate) use images::{ImageSettings, MAX_PATCHES, Size};
pub use sizes::{
    Config, EncoderConfig, EncoderFamily, GptConfig, LlamaConfig, Rotary, RotaryScaling, T5Config,
    VitConfig,
};

/// The name of the file.
pub(crate) const NAME: &str = "config.json";

impl Config {
    /// Reads the `config.json` of a folder.
    ///
    /// # Errors
    /// When there is none, it is of a kind that is not supported, or its sizes make no model.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        file::read(&source::Source::required(folder, NAME)?, folder)
    }
}
