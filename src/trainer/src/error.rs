//! Errors of training. Each says what was expected, what was found, and what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

use attentive_course::CourseError;
use attentive_course::files::FileError;
use attentive_recipe::{RecordError, TextError};
use safetensors::SafeTensorError;
use thiserror::Error;
use training::CheckpointError;

/// A reason for which a model cannot be trained.
#[derive(Debug, Error)]
pub enum TrainerError {
    /// The course or the exercise is not found.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// There is no text to learn from.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The record of a run cannot be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The current folder cannot be found.
    #[error("the current folder cannot be found ({0}); change into the course")]
    Here(io::Error),
    /// An exercise whose functions do not train a model.
    #[error("expected an exercise whose functions train a model, found {found}; there is {known}")]
    NothingToTrain {
        /// The exercise.
        found: String,
        /// The exercises after which a model is trained.
        known: &'static str,
    },
    /// An option with a value that means nothing.
    #[error("expected {option} {expected}, found {found}")]
    Option {
        /// The option, as it is typed.
        option: &'static str,
        /// Values that it takes.
        expected: &'static str,
        /// The value.
        found: String,
    },
    /// The folder of the run has other files.
    #[error(
        "{path}: expected a new folder, or one of an earlier run, found other files; name a different one with --out",
        path = .0.display()
    )]
    Occupied(PathBuf),
    /// The folder has a run, which would be lost.
    #[error(
        "{path}: expected a new folder, found {found}; name a different folder with --out, or replace the run with \
         --overwrite", path = .path.display()
    )]
    WouldReplace {
        /// The folder.
        path: PathBuf,
        /// The run that is there.
        found: EarlierRun,
    },
    /// There is nothing to go on with.
    #[error(
        "{path}: expected the checkpoint of a run, found none; leave out --resume, and a run begins",
        path = .0.display()
    )]
    NoCheckpoint(PathBuf),
    /// A file is not a checkpoint of this program.
    #[error(
        "{path}: expected a checkpoint that `cargo attentive train` has written, found {problem}; begin anew with \
         --overwrite instead of --resume", path = .path.display()
    )]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// A description of what it is.
        problem: String,
    },
    /// Exercise 28 cannot resume from a checkpoint.
    #[error("{path}: {error}", path = .path.display())]
    Resume {
        /// The file.
        path: PathBuf,
        /// The exercise's error.
        error: CheckpointError,
    },
    /// A run cannot go on with a text that has changed.
    #[error(
        "{path}: the run began with a different text: expected {expected} as the SHA-256 of {name}, found {found}; restore \
         the text, or begin anew with --overwrite instead of --resume", path = .path.display()
    )]
    OtherText {
        /// The checkpoint.
        path: PathBuf,
        /// The name of the text.
        name: String,
        /// The SHA-256 of the text that the run began with.
        expected: String,
        /// The SHA-256 of the text that is there.
        found: String,
    },
    /// A parameter has no gradient.
    #[error(
        "expected a gradient of the parameter `{name}`, found none; `gradients` of exercise 28 returns one for each parameter"
    )]
    NoGradient {
        /// The parameter.
        name: String,
    },
    /// A gradient has a different shape than its parameter.
    #[error(
        "expected the gradient of `{name}` to have the shape {expected:?} of the parameter, found {found:?}; look at the \
         function that computes it"
    )]
    GradientShape {
        /// The parameter.
        name: String,
        /// Its shape.
        expected: Vec<usize>,
        /// The shape of its gradient.
        found: Vec<usize>,
    },
    /// A number that is none.
    #[error(
        "step {step}: expected finite numbers, found {broken}; the loss was {loss}, and the norm of all gradients {norm}. Try \
         a smaller --rate; with --own, `cargo attentive check --chain 28` says which function is wrong"
    )]
    NotFinite {
        /// The number of the step, from 1.
        step: usize,
        /// The place of the first such number.
        broken: Broken,
        /// The loss that the step has reported.
        loss: f32,
        /// The norm that it has reported.
        norm: f32,
    },
    /// The output cannot be written.
    #[error("this cannot be printed ({0}); print it to a file")]
    Print(io::Error),
    /// Tensors that make no file.
    #[error("the tensors of the model cannot be written: {0}")]
    Tensors(#[from] SafeTensorError),
    /// Something cannot be turned into JSON.
    #[error("this cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// A run that a folder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlierRun {
    /// Some of its steps are left.
    Unfinished {
        /// The number of steps that were taken.
        taken: usize,
        /// The number of all steps.
        steps: usize,
    },
    /// All of its steps were taken.
    Finished {
        /// Their number.
        steps: usize,
    },
    /// Its checkpoint cannot be read.
    Unreadable,
}

impl fmt::Display for EarlierRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished { taken, steps } => {
                write!(
                    f,
                    "a run after step {taken} of {steps}, which --resume continues"
                )
            }
            Self::Finished { steps } => write!(f, "a finished run of {steps} steps"),
            Self::Unreadable => f.write_str("a run whose checkpoint cannot be read"),
        }
    }
}

/// The first place with NaN or an infinite number, in the order in which a step computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// A parameter, before the step.
    Parameter(String),
    /// The gradient of a parameter.
    Gradient(String),
    /// The loss alone.
    Loss,
    /// The norm alone.
    Norm,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(
                f,
                "NaN or an infinite number in the parameter `{name}`, which the step before it has computed"
            ),
            Self::Gradient(name) => write!(
                f,
                "NaN or an infinite number in the gradient of `{name}`, the first on the way back from the logits"
            ),
            Self::Loss => f.write_str("a loss that is not finite, although all gradients are"),
            Self::Norm => f.write_str("a norm that is not finite, although all gradients are"),
        }
    }
}

impl TrainerError {
    /// Returns `true` if the functions of the exercises are the reason, and not what they were given.
    pub(crate) fn is_of_functions(&self) -> bool {
        matches!(
            self,
            Self::NoGradient { .. }
                | Self::GradientShape { .. }
                | Self::NotFinite { .. }
                | Self::Resume { .. }
        )
    }
}
