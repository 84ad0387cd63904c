//! The errors of finding a course and its exercises.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A reason why a course or an exercise was not found.
#[derive(Debug, Error)]
pub enum CourseError {
    /// The folder is in no checkout.
    #[error(
        "expected to be inside a checkout of Attentive (a folder with Cargo.toml, exercises and book), found {0}; \
         change into the checkout"
    )]
    NotInside(PathBuf),
    /// The folder is not the root of a checkout.
    #[error(
        "expected a checkout of Attentive (a folder with Cargo.toml and exercises), found {0}; name one with --course"
    )]
    NotRoot(PathBuf),
    /// A folder cannot be read.
    #[error("the folder {path} cannot be read ({error}); restore it from the repository", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// A tree has no exercise in it.
    #[error(
        "{0} has no exercise in it (a folder such as 01-softmax); restore it from the repository"
    )]
    Empty(&'static str),
    /// No exercise goes by a name.
    #[error("expected an exercise, found `{found}`; {nearest}these are there:\n{list}")]
    UnknownExercise {
        /// The name.
        found: String,
        /// `did you mean …? `, or nothing.
        nearest: String,
        /// The exercises that there are, a line each.
        list: String,
    },
}
