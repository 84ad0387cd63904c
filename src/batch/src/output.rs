//! The folder that a run writes to: the submissions, the journal, and everything that is made from them.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::args::Shard;
use crate::course::Course;
use crate::dependencies::Dependencies;
use crate::intake::Submission;
use crate::journal::{self, Journal, JournalContent};
use crate::limits::Limits;
use crate::text::file_name;

/// The version of the folder's layout.
const FORMAT: u32 = 1;

/// A reason for which an output folder cannot be written or read.
#[derive(Debug, Error)]
pub(crate) enum OutputError {
    #[error("{path}: {error}", path = path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{path} has files in it that no run of this program wrote; name an empty or a new folder with --out", path = .0.display())]
    Foreign(PathBuf),
    #[error(
        "{path} is the output of another run: {what} is not the same. Its results stay as they are; name another folder \
         with --out, and compare the two with `attentive regrade {path} NEW`",
        path = path.display()
    )]
    OtherRun { path: PathBuf, what: &'static str },
    #[error("{path} is being written to by another run; wait until it has ended, or name another folder with --out", path = .0.display())]
    Busy(PathBuf),
    #[error("{path} is no output of this program: expected a run.json and a journal in it", path = .0.display())]
    NoRun(PathBuf),
    #[error("{path}: {error}; it was changed by hand or is damaged, so restore it or grade again", path = path.display())]
    Json {
        path: PathBuf,
        error: serde_json::Error,
    },
}

/// Everything that the results of a run depend on; `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunHeader {
    /// The version of the folder's layout.
    pub(crate) format: u32,
    /// The version of this program.
    pub(crate) version: String,
    /// The compiler.
    pub(crate) toolchain: String,
    /// The hash of the lock file.
    pub(crate) lock: String,
    /// The hash of the grader's sources.
    pub(crate) grader: String,
    /// The exercises with their packs.
    pub(crate) exercises: Vec<PackUsed>,
    /// Limits on each submission.
    pub(crate) limits: Limits,
    /// `true` if programs ran in a sandbox.
    pub(crate) sandbox: bool,
    /// The part of the class that was graded, if not all of it.
    pub(crate) shard: Option<Shard>,
}

/// A pack that results depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PackUsed {
    /// The exercise's folder.
    pub(crate) exercise: String,
    /// The hash of its pack.
    pub(crate) pack: String,
    /// `true` if learners have another pack.
    pub(crate) hidden: bool,
}

impl RunHeader {
    /// Returns the header of a run of the whole class in a sandbox.
    pub(crate) fn new(course: &Course, dependencies: &Dependencies, limits: &Limits) -> Self {
        let used = course.exercises.iter().map(|exercise| PackUsed {
            exercise: exercise.folder.clone(),
            pack: exercise.pack_hash.clone(),
            hidden: exercise.hidden,
        });
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            toolchain: dependencies.toolchain.version.clone(),
            lock: dependencies.lock.clone(),
            grader: dependencies.grader.clone(),
            exercises: used.collect(),
            limits: limits.clone(),
            sandbox: true,
            shard: None,
        }
    }

    /// Names the parts that differ, most telling first.
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let checks = [
            (self.format == other.format, "the layout of the folder"),
            (
                self.exercises == other.exercises,
                "the exercises or their packs",
            ),
            (self.toolchain == other.toolchain, "the toolchain"),
            (self.lock == other.lock, "the lock file"),
            (
                self.grader == other.grader && self.version == other.version,
                "the grader",
            ),
            (self.limits == other.limits, "the limits"),
            (self.sandbox == other.sandbox, "the sandbox"),
        ];
        checks
            .into_iter()
            .filter(|(same, _)| !same)
            .map(|(_, what)| what)
            .collect()
    }
}

/// An output folder, locked: no other process writes to it.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    root: PathBuf,
    _lock: File,
}

impl OutputFolder {
    /// Opens the folder of a run: a new one, or one to continue.
    pub(crate) fn open(root: &Path, header: &RunHeader) -> Result<Self, OutputError> {
        fs::create_dir_all(root).map_err(failed(root))?;
        let path = root.join("run.json");
        if !path.exists() {
            let mut others = root
                .read_dir()
                .map_err(failed(root))?
                .filter_map(Result::ok);
            if others.any(|entry| entry.file_name() != ".lock") {
                return Err(OutputError::Foreign(root.to_owned()));
            }
        }
        let lock = root.join(".lock");
        let file = File::create(&lock).map_err(failed(&lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OutputError::Busy(root.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(&lock)(error)),
        }
        let output = Self {
            root: root.to_owned(),
            _lock: file,
        };
        if path.exists() {
            let earlier = read_header(root)?;
            let what = earlier.differences(header).first().copied();
            let what = what.or((earlier.shard != header.shard).then_some("the shard"));
            if let Some(what) = what {
                return Err(OutputError::OtherRun {
                    path: root.to_owned(),
                    what,
                });
            }
        } else {
            output.write("run.json", &json(header, &path)?)?;
        }
        // An earlier run that was killed may have left temporary files.
        let scratch = output.scratch();
        if scratch.exists() {
            fs::remove_dir_all(&scratch).map_err(failed(&scratch))?;
        }
        fs::create_dir(&scratch).map_err(failed(&scratch))?;
        Ok(output)
    }

    /// Folder for temporary files.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join(".scratch")
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
        let folder = path.parent().unwrap_or(&self.root);
        let write = || {
            fs::create_dir_all(folder)?;
            let draft = tempfile::Builder::new()
                .prefix(".new-")
                .tempfile_in(folder)?;
            fs::write(draft.path(), text)?;
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            fs::set_permissions(draft.path(), mode)?;
            draft
                .persist(&path)
                .map(|_| ())
                .map_err(|error| error.error)
        };
        write().map_err(failed(&path))
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
