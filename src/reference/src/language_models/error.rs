//! Reasons for which a language model cannot be trained.

use attentive_course::files::FileError;
use thiserror::Error;

use crate::model_folder::FolderError;

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
    /// The folder of the model cannot be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The crate `tokenizers` cannot learn or cut.
    #[error("the tokenizer cannot be trained on this text: {0}")]
    Tokenizer(#[from] tokenizers::Error),
    /// libtorch cannot do its work.
    #[error("libtorch: {0}")]
    Libtorch(#[from] tch::TchError),
}
