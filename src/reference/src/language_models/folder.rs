//! A trained model as a folder of the hub's layout, with a record of its training.

use std::path::Path;

use attentive_recipe::Text;
use serde::{Deserialize, Serialize};
use tch::{Kind as Numbers, Tensor};

use super::error::TrainingError;
use super::run::Trained;
use crate::model_folder::{self, CONFIG, RECORD, WEIGHTS, json, rounded, write_file};

/// A record of how a model was trained. The text may change afterwards; the digest says which one it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The name of the model.
    pub model: String,
    /// The name of the text.
    pub text: String,
    /// The SHA-256 of what was read of the text.
    pub text_sha256: String,
    /// The characters that were read of the text.
    pub text_characters: usize,
    /// The tokens that were learned from.
    pub tokens: usize,
    /// The number of trained numbers.
    pub parameters: usize,
    /// The seed.
    pub seed: u64,
    /// The number of batches.
    pub steps: usize,
    /// The final loss on text that it has learned from, in nats per token.
    pub train_loss: f64,
    /// The final loss on text that was held out.
    pub held_out_loss: f64,
    /// The loss on that text of knowing nothing but the frequencies of tokens.
    pub frequency_loss: f64,
    /// The version of libtorch.
    pub libtorch: String,
}

impl Record {
    /// The record of a run.
    pub fn new(trained: &Trained, text: &Text) -> Self {
        Self {
            model: trained.options.kind.name().to_owned(),
            text: text.name.clone(),
            text_sha256: text.digest(),
            text_characters: text.characters(),
            tokens: trained.tokens,
            parameters: trained.parameters,
            seed: trained.options.seed,
            steps: trained.options.steps,
            train_loss: rounded(trained.train_loss),
            held_out_loss: rounded(trained.held_out_loss),
            frequency_loss: rounded(trained.frequency_loss),
            libtorch: env!("LIBTORCH_VERSION").to_owned(),
        }
    }
}

/// The record of a folder, if it has one.
///
/// # Errors
/// When the record cannot be read.
pub fn recorded(folder: &Path) -> Result<Option<Record>, TrainingError> {
    Ok(model_folder::recorded(folder)?)
}

/// Writes a model's folder, whole or not at all.
///
/// # Errors
/// When the folder has other files, or cannot be written.
pub fn write(trained: &Trained, text: &Text, folder: &Path) -> Result<(), TrainingError> {
    model_folder::write(folder, |folder| fill(trained, text, folder))
}

fn fill(trained: &Trained, text: &Text, folder: &Path) -> Result<(), TrainingError> {
    let mut weights: Vec<(String, Tensor)> = trained
        .store
        .variables()
        .into_iter()
        .map(|(name, tensor)| (name, tensor.detach().to_kind(Numbers::Half)))
        .collect();
    weights.sort_by(|(one, _), (other, _)| one.cmp(other));
    Tensor::write_safetensors(&weights, folder.join(WEIGHTS))?;
    let record = Record::new(trained, text);
    let (vocabulary, lines) = trained.vocabulary.file()?;
    for (name, text) in [
        (CONFIG, json(&trained.network.config())),
        (RECORD, json(&record)),
        (vocabulary, lines),
    ] {
        write_file(folder, name, &text)?;
    }
    Ok(())
}
