//! Errors of grading on a cluster.

use std::io;
use std::path::PathBuf;

use attentive_course::files::FileError;
use thiserror::Error;

/// A reason for which a class is not graded by Slurm.
#[derive(Debug, Error)]
pub(crate) enum SlurmError {
    #[error(
        "expected Slurm's `{0}` on the PATH, found none; call this on a machine from which jobs are submitted, or leave out --slurm"
    )]
    Missing(&'static str),
    #[error("`{program}` cannot be run: {error}")]
    Run {
        program: &'static str,
        error: io::Error,
    },
    #[error("Slurm's `{program}` refuses: {message}")]
    Refused {
        program: &'static str,
        message: String,
    },
    #[error(
        "expected a partition of this cluster ({known}), found {found:?}; choose another with --partition"
    )]
    Partition { found: String, known: String },
    #[error("expected the number of a job from `sbatch`, found {0:?}")]
    NoJob(String),
    #[error(
        "expected --nodes {expected}, as when {path} was begun, found {found}; leave it out, or name a different folder with --out",
        path = path.display()
    )]
    OtherParts {
        path: PathBuf,
        expected: u64,
        found: u64,
    },
    #[error("expected a run that was submitted to Slurm in {path}, found none; call this without --status", path = .0.display())]
    NotSubmitted(PathBuf),
    #[error("{path}: expected a path in UTF-8, because it is written into scripts", path = .0.display())]
    Path(PathBuf),
    #[error(transparent)]
    Written(#[from] FileError),
    #[error("{path}: {error}", path = path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{path}: {error}; it was changed by hand or is damaged, so restore it or name a different folder with --out", path = path.display())]
    Json {
        path: PathBuf,
        error: serde_json::Error,
    },
    #[error(
        "{failed} of {of} parts failed, and what they graded is kept; the same command once more submits these alone:\n{list}"
    )]
    Parts {
        failed: usize,
        of: u64,
        list: String,
    },
    #[error(
        "all parts are graded, and the merge failed; the same command once more submits it again:\n{0}"
    )]
    Merge(String),
    #[error("standard output: {0}")]
    Terminal(io::Error),
}
