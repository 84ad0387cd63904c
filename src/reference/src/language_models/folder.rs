//! A trained model as a folder of the hub's layout, with a record of its training.

use std::fs;
use std::path::Path;

use attentive_checkpoints::Unfinished;
use attentive_course::files;
use attentive_recipe::Text;
use serde::{Deserialize, Serialize};
use tch::{Kind as Numbers, Tensor};

use super::error::TrainingError;
use super::run::Trained;

/// The file that says how a model was trained.
const RECORD: &str = "training.json";

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

/// The four decimals of a loss that are worth keeping.
fn rounded(loss: f64) -> f64 {
    (loss * 1e4).round() / 1e4
}

/// The record of a folder, if it has one.
///
/// # Errors
/// When the record cannot be read.
pub fn recorded(folder: &Path) -> Result<Option<Record>, TrainingError> {
    let path = folder.join(RECORD);
    if !path.is_file() {
        return Ok(None);
    }
    let record = serde_json::from_slice(&files::read(&path)?);
    record
        .map(Some)
        .map_err(|error| TrainingError::Record { path, error })
}

/// Checks that a folder may be written: it is new or empty, or has a model that was trained here.
///
/// # Errors
/// When it has other files.
pub fn check_target(folder: &Path) -> Result<(), TrainingError> {
    let is_empty = match folder.read_dir() {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    if is_empty || folder.join(RECORD).is_file() {
        return Ok(());
    }
    Err(TrainingError::Occupied(folder.to_owned()))
}

/// Writes a model's folder, whole or not at all: it is filled next to its place and then renamed.
///
/// # Errors
/// When the folder has other files, or cannot be written.
pub fn write(trained: &Trained, text: &Text, folder: &Path) -> Result<(), TrainingError> {
    check_target(folder)?;
    let folder = std::path::absolute(folder).map_err(failed(folder))?;
    let parent = folder.parent().unwrap_or(&folder);
    fs::create_dir_all(parent).map_err(failed(parent))?;
    let unfinished = Unfinished::new_in(parent).map_err(failed(parent))?;
    let model = unfinished.path().join("new");
    fs::create_dir(&model).map_err(failed(&model))?;
    fill(trained, text, &model)?;
    // What was there goes away with the unfinished folder, and comes back if the new one cannot take its place.
    let old = unfinished.path().join("old");
    let replaces = folder.exists();
    if replaces {
        fs::rename(&folder, &old).map_err(failed(&folder))?;
    }
    let renamed = fs::rename(&model, &folder);
    if renamed.is_err() && replaces {
        fs::rename(&old, &folder).map_err(failed(&folder))?;
    }
    renamed.map_err(failed(&folder))
}

fn fill(trained: &Trained, text: &Text, folder: &Path) -> Result<(), TrainingError> {
    let mut weights: Vec<(String, Tensor)> = trained
        .store
        .variables()
        .into_iter()
        .map(|(name, tensor)| (name, tensor.detach().to_kind(Numbers::Half)))
        .collect();
    weights.sort_by(|(one, _), (other, _)| one.cmp(other));
    Tensor::write_safetensors(&weights, folder.join("model.safetensors"))?;
    let record = Record::new(trained, text);
    let (vocabulary, lines) = trained.vocabulary.file()?;
    for (name, text) in [
        ("config.json", json(&trained.network.config())),
        (RECORD, json(&record)),
        (vocabulary, lines),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(())
}

fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.expect("names and numbers are JSON") + "\n"
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> TrainingError {
    let path = path.to_owned();
    move |error| TrainingError::Folder { path, error }
}
