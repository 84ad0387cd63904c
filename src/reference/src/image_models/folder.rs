//! A trained model as a folder of the hub's layout, with a record of its training.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::NAME;
use super::run::Trained;
use super::vit::Vit;
use crate::model_folder::{self, CONFIG, FolderError, RECORD, WEIGHTS, json, rounded, write_file};

/// The file of the image processor.
const PROCESSOR: &str = "preprocessor_config.json";

/// A record of how a model was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The name of the model.
    pub model: String,
    /// The name of the data in the catalogue.
    pub data: String,
    /// The images that were learned from.
    pub learned: i64,
    /// The images that were held out.
    pub held_out: i64,
    /// The number of trained numbers.
    pub parameters: usize,
    /// The seed.
    pub seed: u64,
    /// The number of batches.
    pub steps: usize,
    /// The share of right answers on images that it learned from.
    pub train_accuracy: f64,
    /// The share of right answers on images that were held out.
    pub held_out_accuracy: f64,
    /// The version of libtorch.
    pub libtorch: String,
}

impl Record {
    /// The record of a run.
    pub fn new(trained: &Trained) -> Self {
        Self {
            model: NAME.to_owned(),
            data: "digits".to_owned(),
            learned: trained.learned,
            held_out: trained.held_out,
            parameters: trained.parameters,
            seed: trained.options.seed,
            steps: trained.options.steps,
            train_accuracy: rounded(trained.train_accuracy),
            held_out_accuracy: rounded(trained.held_out_accuracy),
            libtorch: env!("LIBTORCH_VERSION").to_owned(),
        }
    }
}

/// The record of a folder, if it has one.
///
/// # Errors
/// When the record cannot be read.
pub fn recorded(folder: &Path) -> Result<Option<Record>, FolderError> {
    model_folder::recorded(folder)
}

/// Writes a model's folder, whole or not at all.
///
/// # Errors
/// When the folder has other files, or cannot be written.
pub fn write(trained: &Trained, folder: &Path) -> Result<(), FolderError> {
    model_folder::write(folder, |folder| fill(trained, folder))
}

fn fill(trained: &Trained, folder: &Path) -> Result<(), FolderError> {
    let mut weights: Vec<(String, Tensor)> = trained
        .store
        .variables()
        .into_iter()
        .map(|(name, tensor)| (name, tensor.detach()))
        .collect();
    weights.sort_by(|(one, _), (other, _)| one.cmp(other));
    Tensor::write_safetensors(&weights, folder.join(WEIGHTS))?;
    for (name, text) in [
        (CONFIG, json(&Vit::config())),
        (PROCESSOR, json(&Vit::processor())),
        (RECORD, json(&Record::new(trained))),
    ] {
        write_file(folder, name, &text)?;
    }
    Ok(())
}
