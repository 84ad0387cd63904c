//! Reasons why the tests of an exercise cannot be run.

use std::io;

use attentive_grader::{ExerciseTextError, OutdatedError, PackError};
use thiserror::Error;

/// A reason why the tests cannot be run.
#[derive(Debug, Error)]
pub(crate) enum HarnessError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    ExerciseText(#[from] ExerciseTextError),
    #[error(transparent)]
    Outdated(#[from] OutdatedError),
    #[error("expected the test program to ask in JSON, found something else: {0}")]
    Request(#[from] serde_json::Error),
    #[error("the test program cannot find itself: {0}")]
    Itself(io::Error),
    #[error("{variable}: expected a number of seconds above 0, found `{text}`")]
    Limit {
        variable: &'static str,
        text: String,
    },
}
