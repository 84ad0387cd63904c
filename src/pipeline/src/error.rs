//! Errors of the pipeline. Each says what was expected, what was found, and what to do.

use std::path::PathBuf;

use attentive_models::ModelError;
use thiserror::Error;

/// A reason for which a pipeline cannot do its work.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The model or its tokenizer cannot be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// No model was named.
    #[error("expected --model FOLDER, found none; name a folder with tokenizer.json or vocab.txt")]
    NoModel,
    /// A file cannot be read or written.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// Standard input cannot be read.
    #[error("standard input cannot be read: {0}; expected text in UTF-8")]
    Input(std::io::Error),
    /// There are no texts.
    #[error(
        "expected a text, found none; type one after the task, or name a file with one text a line: --file FILE"
    )]
    NoText,
    /// A text that should be token ids is something else.
    #[error(
        "expected token ids such as \"101 2023 102\", found `{found}` in text {number}; without --ids it is read as text"
    )]
    NotIds {
        /// Number of the text, from 1.
        number: usize,
        /// The word that is no number.
        found: String,
    },
    /// A token id that the model does not have.
    #[error(
        "expected token ids below {vocabulary}, found {found} in text {number}; the model has no more tokens"
    )]
    IdOutOfVocabulary {
        /// Number of the text, from 1.
        number: usize,
        /// The id.
        found: usize,
        /// Number of tokens that the model has.
        vocabulary: usize,
    },
    /// The output cannot be written.
    #[error("this cannot be printed ({0}); print it to a file")]
    Print(#[from] std::io::Error),
    /// Something cannot be turned into JSON.
    #[error("this cannot be written as JSON ({0}); leave out --json")]
    Json(#[from] serde_json::Error),
}
