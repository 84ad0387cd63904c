//! A model of any kind.

use std::path::Path;

use attentive_checkpoints::Checkpoint;

use crate::config::{self, Config, LlamaConfig};
use crate::encoder::Encoder;
use crate::error::ModelError;
use crate::gpt2::Gpt;
use crate::language_model::LanguageModel;
use crate::llama::Llama;
use crate::matrix::Weights;
use crate::rotary;
use crate::t5::T5;
use crate::vit::Vit;

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
    /// A model that writes, and that may have been trained to answer.
    Llama(Llama),
    /// A model that reads a source and writes a target.
    T5(T5),
    /// A model that looks at images.
    Vit(Vit),
}

impl Model {
    /// Opens the model of a folder, with all weights as floats. The tokenizer is opened apart.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the tensors are not those of the configuration.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        Self::open_as(folder, Weights::F32)
    }

    /// Opens the model of a folder, with its weights in this form. Other models than a Llama are in floats.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the tensors are not those of the configuration.
    pub fn open_as(folder: &Path, weights: Weights) -> Result<Self, ModelError> {
        let config = Config::open(folder)?;
        let checkpoint = Checkpoint::open(folder)?;
        Ok(match config {
            Config::Encoder(config) => Self::Encoder(Encoder::read(folder, config, &checkpoint)?),
            Config::Gpt(config) => Self::Gpt(Gpt::read(config, &checkpoint)?),
            Config::Llama(config) => {
                ensure_rotated(folder, &config)?;
                Self::Llama(Llama::read(config, &checkpoint, weights)?)
            }
            Config::T5(config) => Self::T5(T5::read(config, &checkpoint)?),
            Config::Vit(config) => Self::Vit(Vit::read(folder, config, &checkpoint)?),
        })
    }

    /// The configuration.
    pub fn config(&self) -> Config {
        match self {
            Self::Encoder(encoder) => Config::Encoder(encoder.config().clone()),
            Self::Gpt(gpt) => Config::Gpt(gpt.config().clone()),
            Self::Llama(llama) => Config::Llama(llama.config().clone()),
            Self::T5(t5) => Config::T5(t5.config().clone()),
            Self::Vit(vit) => Config::Vit(vit.config().clone()),
        }
    }

    /// The model, if it is one that reads.
    pub fn encoder(self) -> Option<Encoder> {
        match self {
            Self::Encoder(encoder) => Some(encoder),
            Self::Gpt(_) | Self::Llama(_) | Self::T5(_) | Self::Vit(_) => None,
        }
    }

    /// The model, if it is one that reads a source and writes a target.
    pub fn t5(self) -> Option<T5> {
        match self {
            Self::T5(t5) => Some(t5),
            Self::Encoder(_) | Self::Gpt(_) | Self::Llama(_) | Self::Vit(_) => None,
        }
    }

    /// The model, if it is one that looks at images.
    pub fn vit(self) -> Option<Vit> {
        match self {
            Self::Vit(vit) => Some(vit),
            Self::Encoder(_) | Self::Gpt(_) | Self::Llama(_) | Self::T5(_) => None,
        }
    }

    /// The model, if it is one that continues texts.
    pub fn language_model(self) -> Option<Box<dyn LanguageModel>> {
        match self {
            Self::Encoder(_) | Self::T5(_) | Self::Vit(_) => None,
            Self::Gpt(gpt) => Some(Box::new(gpt)),
            Self::Llama(llama) => Some(Box::new(llama)),
        }
    }

    /// Returns `true` if rotary frequencies are scaled, for which exercise 21's `self_attention` has no place.
    pub fn is_scaled(&self) -> bool {
        match self {
            Self::Encoder(_) | Self::Gpt(_) | Self::T5(_) | Self::Vit(_) => false,
            Self::Llama(llama) => llama.config().rotary.scaling.is_some(),
        }
    }
}

/// Checks that the rotary embedding of a Llama can be computed here: a released course has the exercise's alone.
fn ensure_rotated(folder: &Path, config: &LlamaConfig) -> Result<(), ModelError> {
    let Some(scaling) = config.rotary.scaling else {
        return Ok(());
    };
    if rotary::RUNS_SCALED {
        return Ok(());
    }
    Err(ModelError::Field {
        path: folder.join(config::NAME),
        field: "rope_type",
        expected: "default".to_owned(),
        found: scaling.name().to_owned(),
    })
}
