//! The folder of a trained model: it is written whole or not at all, and has a record of the training.

use std::fs;
use std::path::{Path, PathBuf};

use attentive_checkpoints::Unfinished;
use attentive_course::files::{self, FileError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// The file that says how a model was trained.
pub(crate) const RECORD: &str = "training.json";
/// The file with the sizes of a model.
pub(crate) const CONFIG: &str = "config.json";
/// The file with the weights of a model.
pub(crate) const WEIGHTS: &str = "model.safetensors";

/// A reason for which the folder of a model cannot be read or written.
#[derive(Debug, Error)]
pub enum FolderError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder to write has files that are not a trained model's.
    #[error(
        "{path}: expected a new folder, or one with a model that was trained before (training.json), found other files; \
         name a different one with --out", path = .0.display()
    )]
    Occupied(PathBuf),
    /// A folder cannot be written.
    #[error("{path} cannot be written: {error}", path = .path.display())]
    Unwritable {
        /// The folder or the file.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// libtorch cannot write the weights.
    #[error("libtorch: {0}")]
    Libtorch(#[from] tch::TchError),
    /// A record of a training run is not what it should be.
    #[error("{path}: {error}", path = .path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// The reason, with its line.
        error: serde_json::Error,
    },
}

/// The record of a folder, if it has one.
///
/// # Errors
/// When the record cannot be read.
pub(crate) fn recorded<R: DeserializeOwned>(folder: &Path) -> Result<Option<R>, FolderError> {
    let path = folder.join(RECORD);
    if !path.is_file() {
        return Ok(None);
    }
    let record = serde_json::from_slice(&files::read(&path)?);
    record
        .map(Some)
        .map_err(|error| FolderError::Record { path, error })
}

/// Checks that a folder may be written: it is new or empty, or has a model that was trained here.
///
/// # Errors
/// When it has other files.
pub fn check_target(folder: &Path) -> Result<(), FolderError> {
    let is_empty = match folder.read_dir() {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    if is_empty || folder.join(RECORD).is_file() {
        return Ok(());
    }
    Err(FolderError::Occupied(folder.to_owned()))
}

/// Writes a model's folder, whole or not at all: it is filled next to its place and then renamed.
///
/// # Errors
/// When the folder has other files, or cannot be written.
pub(crate) fn write<E: From<FolderError>>(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    check_target(folder)?;
    let folder = std::path::absolute(folder).map_err(failed(folder))?;
    let parent = folder.parent().unwrap_or(&folder);
    fs::create_dir_all(parent).map_err(failed(parent))?;
    let unfinished = Unfinished::new_in(parent).map_err(failed(parent))?;
    let model = unfinished.path().join("new");
    fs::create_dir(&model).map_err(failed(&model))?;
    fill(&model)?;
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
    Ok(renamed.map_err(failed(&folder))?)
}

/// Writes a file of the folder.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_file(folder: &Path, name: &str, text: &str) -> Result<(), FolderError> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(failed(&path))
}

/// A value as the text of a file.
pub(crate) fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.expect("names and numbers are JSON") + "\n"
}

/// The four decimals of a loss or a share that are worth keeping.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> FolderError {
    let path = path.to_owned();
    move |error| FolderError::Unwritable { path, error }
}
