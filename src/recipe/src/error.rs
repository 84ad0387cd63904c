//! Errors of texts and of records.

use std::path::PathBuf;

use attentive_course::files::FileError;
use thiserror::Error;

/// A reason for which there is no text to learn from.
#[derive(Debug, Error)]
pub enum TextError {
    /// A text cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A text has nothing but space.
    #[error("{path}: expected a text to train on, found none", path = .0.display())]
    Empty(PathBuf),
    /// A text for a recipe that reads none.
    #[error(
        "expected no text, because this recipe draws its sequences, found {path}; leave out --text, or take a different \
         --recipe", path = .0.display()
    )]
    NotRead(PathBuf),
    /// A text is too short for windows of which some are held out.
    #[error(
        "expected a text of at least {needed} characters, so that its last tenth has room for {context} and their targets, \
         found {found}; take a longer one"
    )]
    TooShort {
        /// Characters of the text.
        found: usize,
        /// Characters that are needed.
        needed: usize,
        /// Characters that the model reads at once.
        context: usize,
    },
}

/// A reason for which a record of a run cannot be used.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is something else.
    #[error(
        "{path}: expected the record of a run, as `cargo attentive train` writes it, found something else: {error}",
        path = .path.display()
    )]
    Json {
        /// The file.
        path: PathBuf,
        /// The reason, with its line.
        error: serde_json::Error,
    },
}
