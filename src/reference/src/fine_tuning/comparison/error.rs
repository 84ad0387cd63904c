//! Reasons for which the ways of fine-tuning cannot be compared.

use std::path::PathBuf;

use attentive_course::files::FileError;
use attentive_models::ModelError;
use thiserror::Error;

/// A reason for which the ways of fine-tuning cannot be compared.
#[derive(Debug, Error)]
pub enum ComparisonError {
    /// The model or the sentences were not fetched, or the model or its tokenizer cannot be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model is not a BERT.
    #[error("{path}: expected a BERT, found a different model; take minilm", path = .0.display())]
    NotBert(PathBuf),
    /// The checkpoint lacks a tensor.
    #[error("{path}: expected a tensor `{name}`, found none", path = .path.display())]
    MissingTensor {
        /// The checkpoint.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The sentences cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is not a sentence with its score.
    #[error(
        "{path}:{line}: expected a number, a score and a sentence with tabs between them, found {found}",
        path = .path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// A description of the line.
        found: String,
    },
    /// There are fewer sentences than are asked for.
    #[error(
        "expected {examples} sentences to learn from and {held_out} to hold out, found {found} in all; ask for fewer with \
         --examples or --held-out"
    )]
    TooFew {
        /// The sentences to learn from.
        examples: usize,
        /// The sentences to hold out.
        held_out: usize,
        /// The sentences that there are.
        found: usize,
    },
    /// libtorch cannot do its work.
    #[error("libtorch: {0}")]
    Libtorch(#[from] tch::TchError),
    /// A temporary file for what was learned cannot be written, so its size is not known.
    #[error(
        "expected room for a temporary file, found this problem: {0}; make room, and try again"
    )]
    Temporary(#[from] std::io::Error),
}
