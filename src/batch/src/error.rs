//! The error of a command that could not do its work; exit status 2.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::course::CourseError;
use crate::dependencies::DependencyError;
use crate::intake::IntakeError;
use crate::output::OutputError;
use crate::own_limits::OwnLimitError;
use crate::release::ReleaseError;
use crate::run_header::Difference;
use crate::sandbox::SandboxError;
use crate::slurm::SlurmError;

/// An error of any module, in that module's words.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error(transparent)]
    Intake(#[from] IntakeError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    OwnLimit(#[from] OwnLimitError),
    #[error(
        "{path}: expected a folder in which programs may be run, found one on a disk that is mounted with `noexec`; name \
         another with --cache",
        path = .0.display()
    )]
    NoPrograms(PathBuf),
    #[error(transparent)]
    Dependencies(#[from] DependencyError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Release(#[from] ReleaseError),
    #[error(
        "{path} cannot be written ({error}). What was graded so far is in it: make room and start again, and grading goes on from there",
        path = path.display()
    )]
    Journal { path: PathBuf, error: io::Error },
    #[error("{path}: {error}", path = path.display())]
    Cache { path: PathBuf, error: io::Error },
    #[error(
        "expected $HOME or $XDG_CACHE_HOME to name the folder of compiled dependencies, found neither; name a folder with --cache"
    )]
    NoCache,
    #[error(
        "the course is not in order, so nothing was graded: the stub of {exercise} should compile and understand its \
         cases, but: {message}"
    )]
    BrokenStub { exercise: String, message: String },
    #[error("the outputs do not belong together: {0} is not the same in all of them")]
    DifferentRuns(Difference),
    #[error("the outputs cannot be merged here: {0} is not the same as when they were graded")]
    DifferentCourse(Difference),
    #[error(
        "expected all parts of the class, each finished, and {0}; grade what is missing, or merge without --complete"
    )]
    Incomplete(String),
    #[error(transparent)]
    Slurm(#[from] SlurmError),
    #[error("the JUnit report cannot be written: {0}")]
    Junit(Box<quick_junit::SerializeError>),
    #[error("the table cannot be written: {0}")]
    Table(csv::Error),
    #[error("the table cannot be written: {0}")]
    TableBuffer(io::Error),
    #[error("the results cannot be put into JSON: {0}")]
    Json(serde_json::Error),
    #[error("standard output: {0}")]
    Terminal(io::Error),
}
