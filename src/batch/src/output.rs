//! The folder that a run writes to: the submissions, the journal, and everything that is made from them.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::hash::Hash;
use crate::intake::Submission;
use crate::journal::{self, Journal, JournalContent};
use crate::permissions::forbids_programs;
use crate::run_header::{Difference, RunHeader};
use crate::run_progress::{self, RunProgress};
use crate::slurm;
use crate::text::file_name;

/// A reason for which an output folder cannot be written or read.
#[derive(Debug, Error)]
pub(crate) enum OutputError {
    #[error("{path}: {error}", path = path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{path} has files in it that no run of this program wrote; name an empty or a new folder with --out", path = .0.display())]
    Foreign(PathBuf),
    #[error(
        "{path} is the output of a different run: {difference} is not the same. Its results stay as they are; name a different folder \
         with --out, and compare the two with `attentive regrade {path} NEW`",
        path = path.display()
    )]
    OtherRun {
        path: PathBuf,
        difference: Difference,
    },
    #[error("{path} is being written to by another run; wait until it has ended, or name a different folder with --out", path = .0.display())]
    Busy(PathBuf),
    #[error("{path} is not an output of this program: expected a run.json and a journal in it", path = .0.display())]
    NoRun(PathBuf),
    #[error("{path}: {error}; it was changed by hand or is damaged, so restore it or grade again", path = path.display())]
    Json {
        path: PathBuf,
        error: serde_json::Error,
    },
}

/// An output folder, locked: no other process writes to it.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    root: PathBuf,
    /// Folder for temporary files, programs among them.
    scratch: PathBuf,
    _lock: File,
}

impl OutputFolder {
    /// Opens the folder of a run: a new one, or one to continue. `cache` has room for programs where the folder's disk
    /// forbids them.
    pub(crate) fn open(root: &Path, header: &RunHeader, cache: &Path) -> Result<Self, OutputError> {
        fs::create_dir_all(root).map_err(failed(root))?;
        let path = root.join("run.json");
        if !path.exists() {
            let mut others = root
                .read_dir()
                .map_err(failed(root))?
                .filter_map(Result::ok);
            let own = [".lock", slurm::FOLDER];
            if others.any(|entry| own.iter().all(|name| entry.file_name() != *name)) {
                return Err(OutputError::Foreign(root.to_owned()));
            }
        }
        let lock = root.join(".lock");
        let file = File::create(&lock).map_err(failed(&lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OutputError::Busy(root.to_owned())),
            // Some network file systems know no locks. On a cluster, Slurm runs one job for each folder.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(failed(&lock)(error)),
        }
        let output = Self {
            root: root.to_owned(),
            scratch: scratch_folder(root, cache)?,
            _lock: file,
        };
        if path.exists() {
            let earlier = read_header(root)?;
            let mut differences = earlier.differences(header);
            if earlier.shard != header.shard {
                differences.push(Difference::Shard);
            }
            if let Some(difference) = differences.first() {
                return Err(OutputError::OtherRun {
                    path: root.to_owned(),
                    difference: *difference,
                });
            }
        } else {
            output.write("run.json", &json(header, &path)?)?;
        }
        // An earlier run that was killed may have left temporary files.
        let scratch = output.scratch().to_owned();
        if scratch.exists() {
            fs::remove_dir_all(&scratch).map_err(failed(&scratch))?;
        }
        fs::create_dir_all(&scratch).map_err(failed(&scratch))?;
        Ok(output)
    }

    /// Folder for temporary files.
    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Opens the journal, and returns the results in it.
    pub(crate) fn journal(&self) -> Result<(Journal, JournalContent), OutputError> {
        let path = self.root.join("journal");
        Journal::open(&path).map_err(failed(&path))
    }

    /// Stores a submission.
    pub(crate) fn store_submission(&self, submission: &Submission) -> Result<(), OutputError> {
        let path = PathBuf::from("submissions").join(file_name(&submission.student.id) + ".json");
        let text = json(submission, &path)?;
        self.write(path, &text)
    }

    /// Writes a file of the folder, atomically, and only if its content changes.
    pub(crate) fn write(&self, name: impl AsRef<Path>, text: &str) -> Result<(), OutputError> {
        let path = self.root.join(name);
        if fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        write_whole(&path, text).map_err(failed(&path))
    }

    /// Writes how far the run is.
    pub(crate) fn write_progress(&self, progress: RunProgress) -> Result<(), OutputError> {
        let path = self.root.join(run_progress::FILE);
        let text = progress.json().map_err(failed(&path))?;
        self.write(run_progress::FILE, &text)
    }

    /// Removes the temporary files.
    pub(crate) fn remove_scratch(&self) {
        // If this fails, the next run tries again.
        let _ = fs::remove_dir_all(self.scratch());
    }

    /// Reads all submissions of this run and earlier ones, in the order of students' ids.
    pub(crate) fn submissions(&self) -> Result<Vec<Submission>, OutputError> {
        read_submissions(&self.root)
    }

    /// Path of a file in the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }
}

/// Folder for the temporary files of a run: in its output, so that a run that was killed leaves nothing elsewhere, or in
/// the cache where no program in the output may be run.
pub(crate) fn scratch_folder(root: &Path, cache: &Path) -> Result<PathBuf, OutputError> {
    if !forbids_programs(root) {
        return Ok(root.join(".scratch"));
    }
    let root = root.canonicalize().map_err(failed(root))?;
    let name = Hash::new().part(root.as_os_str().as_encoded_bytes()).text();
    Ok(cache.join("scratch").join(name))
}

/// Path below the output folder of the picture of a task's failure.
pub(crate) fn picture_path(key: &str, task: &str) -> PathBuf {
    PathBuf::from("pictures").join(format!("{key}-{task}.svg"))
}

/// Reads the header of an output folder.
pub(crate) fn read_header(root: &Path) -> Result<RunHeader, OutputError> {
    let path = root.join("run.json");
    let text = fs::read_to_string(&path).map_err(|_| OutputError::NoRun(root.to_owned()))?;
    serde_json::from_str(&text).map_err(|error| OutputError::Json { path, error })
}

/// Reads the submissions of an output folder, in the order of students' ids.
pub(crate) fn read_submissions(root: &Path) -> Result<Vec<Submission>, OutputError> {
    let folder = root.join("submissions");
    let Ok(entries) = folder.read_dir() else {
        return Ok(Vec::new());
    };
    let mut submissions = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed(&folder))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue; // a draft of a run that was killed
        }
        let text = fs::read_to_string(&path).map_err(failed(&path))?;
        let read = serde_json::from_str(&text).map_err(|error| OutputError::Json { path, error });
        submissions.push(read?);
    }
    submissions.sort_by(|a: &Submission, b| a.student.cmp(&b.student));
    Ok(submissions)
}

/// Reads the results of an output folder.
pub(crate) fn read_results(root: &Path) -> Result<JournalContent, OutputError> {
    let path = root.join("journal");
    journal::read(&path).map_err(|_| OutputError::NoRun(root.to_owned()))
}

/// Writes a file under another name and renames it. Unlike the course's own files it is not synced: a class has thousands,
/// and all of them can be made again.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)?;
    fs::write(draft.path(), text)?;
    fs::set_permissions(draft.path(), fs::Permissions::from_mode(0o644))?;
    draft.persist(path)?;
    Ok(())
}

fn json(value: &impl Serialize, path: &Path) -> Result<String, OutputError> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n")
        .map_err(|error| OutputError::Json {
            path: path.to_owned(),
            error,
        })
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> OutputError {
    let path = path.to_owned();
    move |error| OutputError::File { path, error }
}
