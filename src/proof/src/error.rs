//! The one error of this crate.

use std::path::{Path, PathBuf};

use attentive_course::CourseError;
use attentive_course::files::FileError;
use attentive_grader::{ExerciseTextError, PackError};
use thiserror::Error;

/// The reason why nothing could be proved.
#[derive(Debug, Error)]
pub enum ProofError {
    /// A golden pack is broken.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// An `exercise.toml` is broken.
    #[error(transparent)]
    ExerciseText(#[from] ExerciseTextError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The course or an exercise was not found.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// A solution is not Rust, or a file of TOML has other keys than expected.
    #[error("{path}: {message}", path = path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// The expected and the found.
        message: String,
    },
    /// Cargo did not start, or failed.
    #[error("cargo: {0}")]
    Cargo(String),
    /// Cargo could not describe the workspace.
    #[error(transparent)]
    Metadata(#[from] cargo_metadata::Error),
    /// A right answer does not pass among the wrong ones that are made from it.
    #[error(
        "{exercise}: expected {answer} to pass, found it rejected: rejections of changes to it prove nothing; \
         repair it first"
    )]
    Unsound {
        /// Name of the exercise.
        exercise: String,
        /// The right answer, in words.
        answer: String,
    },
}

impl ProofError {
    /// Returns the conversion of anything that is wrong in the text of a file.
    pub(crate) fn text<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> Self {
        move |error| Self::Text {
            path: path.to_owned(),
            message: error.to_string(),
        }
    }
}
