//! Reasons for which a language model cannot be trained.

use std::path::PathBuf;

use attentive_course::files::FileError;
use thiserror::Error;

/// A reason for which a language model cannot be trained.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A text is too short to hold a part of it out.
    #[error(
        "expected a text of at least {needed} tokens, two windows of {window}, found {found}; take a longer one"
    )]
    TooShort {
        /// Tokens of the text.
        found: usize,
        /// Tokens of a window.
        window: usize,
        /// Tokens that are needed.
        needed: usize,
    },
    /// The folder to write has files that are not a trained model's.
    #[error(
        "{path}: expected a new folder, or one with a model that was trained before (training.json), found other files; \
         name a different one with --out", path = .0.display()
    )]
    Occupied(PathBuf),
    /// A folder cannot be written.
    #[error("{path} cannot be written: {error}", path = .path.display())]
    Folder {
        /// The folder or the file.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// The crate `tokenizers` cannot learn or cut.
    #[error("the tokenizer cannot be trained on this text: {0}")]
    Tokenizer(#[from] tokenizers::Error),
    /// libtorch cannot do its work.
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
