//! A model of either kind.

use std::path::Path;

use attentive_checkpoints::Checkpoint;

use crate::config::Config;
use crate::encoder::Encoder;
use crate::error::ModelError;
use crate::gpt2::Gpt;

/// A model that can be run.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a program has one model, and moves it once"
)]
pub enum Model {
    /// A model that reads.
    Encoder(Encoder),
    /// A model that writes.
    Gpt(Gpt),
}

impl Model {
    /// Opens the model of a folder. The tokenizer is opened apart.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the tensors are not those of the configuration.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let config = Config::open(folder)?;
        let checkpoint = Checkpoint::open(folder)?;
        Ok(match config {
            Config::Encoder(config) => Self::Encoder(Encoder::read(folder, config, &checkpoint)?),
            Config::Gpt(config) => Self::Gpt(Gpt::read(config, &checkpoint)?),
        })
    }

    /// The configuration.
    pub fn config(&self) -> Config {
        match self {
            Self::Encoder(encoder) => Config::Encoder(encoder.config().clone()),
            Self::Gpt(gpt) => Config::Gpt(gpt.config().clone()),
        }
    }
}
