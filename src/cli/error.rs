//! Errors of the command: it could not do its work, and ends with exit status 2.

use std::io;

use attentive_course::files::FileError;
use attentive_course::{CourseError, StubError};
use attentive_grader::{ExerciseTextError, OutdatedError, PackError};
use attentive_quiz::QuizError;
use thiserror::Error;

use crate::cargo::CargoError;
use crate::chain::ChainError;
use crate::progress::ProgressError;
use crate::sync::SyncError;

/// Everything that can go wrong, in the words of the module in which it went wrong.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error(transparent)]
    Outdated(#[from] OutdatedError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    ExerciseText(#[from] ExerciseTextError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Cargo(#[from] CargoError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Progress(#[from] ProgressError),
    #[error(transparent)]
    Stub(#[from] StubError),
    #[error(transparent)]
    Sync(#[from] SyncError),
    #[error(transparent)]
    Quiz(#[from] QuizError),
    #[error("expected a quiz, found `{found}`; {nearest}these are there: {list}")]
    UnknownQuiz {
        found: String,
        nearest: String,
        list: String,
    },
    #[error(
        "{file}: expected answers to quizzes, found something else: {error}; copy all of the text that the book shows or \
         `cargo attentive quiz --export` prints"
    )]
    NoAnswers {
        file: String,
        error: serde_json::Error,
    },
    #[error(
        "this course was released without some of the exercises that models run through, so it has no `pipeline`"
    )]
    NoModels,
    #[error(
        "this course was released without some of the exercises that train a model, so it has no `train`"
    )]
    NoTrainer,
    #[error(
        "expected --own, found none: this course has no solutions, so models run through your own functions alone"
    )]
    OwnAlone,
    #[error("{exercise}: the course is broken here, not your code: {message}")]
    Broken { exercise: String, message: String },
    #[error("no pipe for what your code prints: {0}")]
    Pipe(io::Error),
    #[error("the verdicts cannot be put into JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("standard input or output: {0}")]
    Terminal(#[from] io::Error),
}
