//! The folder of a run on a cluster, which all its machines see.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::run_progress;
use crate::slurm::error::SlurmError;
use crate::text::line;

/// Name of the folder in an output.
pub(crate) const FOLDER: &str = "slurm";

/// Name of the job that merges, as its script, its log and its note have it.
pub(crate) const MERGE: &str = "merge";

/// Exit status of a job whose node does not see the folder.
pub(crate) const UNSEEN: i32 = 71;

/// The most bytes at a log's end that are looked at.
const TAIL_BYTES: usize = 16 << 10;

/// The folder of a run on a cluster, in its output.
#[derive(Debug, Clone)]
pub(crate) struct RunFolder(PathBuf);

/// A job's own note of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    /// The exit status.
    pub(crate) status: i32,
    /// The node that it ran on.
    pub(crate) node: String,
    /// The sentence on what the node lacks; empty if it lacks nothing.
    pub(crate) problem: String,
}

impl RunFolder {
    /// The folder in an output, whose path is absolute.
    pub(crate) fn new(output: &Path) -> Self {
        Self(output.join(FOLDER))
    }

    /// Makes the folders that jobs write to.
    pub(crate) fn create(&self) -> Result<(), SlurmError> {
        for folder in [self.0.join("logs"), self.0.join("ends")] {
            fs::create_dir_all(&folder).map_err(failed(&folder))?;
        }
        Ok(())
    }

    /// Path of the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Path of the file that tells this run from others.
    pub(crate) fn id(&self) -> PathBuf {
        self.0.join("id")
    }

    /// Path of the record of submitted jobs.
    pub(crate) fn record(&self) -> PathBuf {
        self.0.join("jobs.json")
    }

    /// Path of a job's script: `shard` or `merge`.
    pub(crate) fn script(&self, job: &str) -> PathBuf {
        self.0.join(format!("{job}.sh"))
    }

    /// Output folder of a part.
    pub(crate) fn part(&self, part: u64) -> PathBuf {
        self.0.join(log_name(part))
    }

    /// Path of a job's log: `shard-K` or `merge`.
    pub(crate) fn log(&self, job: &str) -> PathBuf {
        self.0.join("logs").join(format!("{job}.log"))
    }

    fn end_path(&self, job: &str) -> PathBuf {
        self.0.join("ends").join(job)
    }

    /// Reads a job's note of its end; `None` if it wrote none, because it has not ended or was killed.
    pub(crate) fn end(&self, job: &str) -> Option<End> {
        let text = fs::read_to_string(self.end_path(job)).ok()?;
        let mut lines = text.lines();
        Some(End {
            status: lines.next()?.parse().ok()?,
            node: lines.next()?.to_owned(),
            problem: lines.next().unwrap_or_default().to_owned(),
        })
    }

    /// Removes a job's note of its end, before the job is submitted again.
    pub(crate) fn forget_end(&self, job: &str) -> Result<(), SlurmError> {
        remove(&self.end_path(job))
    }

    /// Removes what a part's output says of its progress, before the part is submitted again.
    pub(crate) fn forget_progress(&self, part: u64) -> Result<(), SlurmError> {
        remove(&self.part(part).join(run_progress::FILE))
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, path: &Path, text: &str) -> Result<(), SlurmError> {
        Ok(attentive_course::files::write(path, text)?)
    }

    /// Returns the last line of a job's log that is an error, or its last line.
    pub(crate) fn last_words(&self, job: &str) -> Option<String> {
        let bytes = fs::read(self.log(job)).ok()?;
        let tail = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let text = String::from_utf8_lossy(tail);
        let mut lines = text.lines().rev().filter(|line| !line.trim().is_empty());
        let last = lines.clone().next()?;
        Some(line(
            lines
                .find(|line| line.starts_with("error:"))
                .unwrap_or(last),
        ))
    }
}

/// Name of a part's output, log and note.
pub(crate) fn log_name(part: u64) -> String {
    format!("shard-{part}")
}

/// Removes a file if it is there.
fn remove(path: &Path) -> Result<(), SlurmError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> SlurmError {
    let path = path.to_owned();
    move |error| SlurmError::File { path, error }
}
