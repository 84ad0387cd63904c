//! The configuration of a model: its kind and its sizes.

mod file;
mod sizes;

use std::path::Path;

use crate::error::ModelError;

pub use sizes::{Config, EncoderConfig, EncoderFamily, GptConfig};

impl Config {
    /// Reads the `config.json` of a folder.
    ///
    /// # Errors
    /// When there is none, it is of a kind that is not supported, or its sizes make no model.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        file::read(folder)
    }
}
