//! Intake of submissions: files and folders become, for each student, the sources of each exercise.
//!
//! Nothing that a submission contains is written anywhere under a name of its own choosing, and nothing but
//! `exercises/*/src/**/*.rs` is used; see [`collector`].

mod archive;
mod collector;
mod folder;
mod layout;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::course::Course;
use crate::text::{from_os, plain};
pub(crate) use collector::Collected;
use collector::Collector;

/// A reason for which the arguments are no submissions. Problems inside a submission are in its report instead.
#[derive(Debug, Error)]
pub(crate) enum IntakeError {
    #[error(
        "{path} cannot be read ({error}); expected a submission (a folder, .zip or .tar.gz) or a folder of many",
        path = path.display()
    )]
    Read {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: expected a folder, a .zip or a .tar.gz; found something else", path = .0.display())]
    Kind(PathBuf),
    #[error("{path}: {message}; download the submissions again, or remove the file to go by the folders' names", path = path.display())]
    Metadata { path: PathBuf, message: String },
    #[error("{path} lies in {folder}, among the submissions; name a folder outside with --out", path = .0.display(), folder = .1.display())]
    OutputFolder(PathBuf, PathBuf),
    #[error("there are no submissions in {path}: expected folders or archives that contain `exercises/`", path = .0.display())]
    None(PathBuf),
}

/// A reason for which a submission, or a part of it, cannot be read.
#[derive(Debug, Error)]
pub(crate) enum UnreadableUpload {
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("it is no readable zip archive: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("it has more than {0} files and folders")]
    Entries(usize),
    #[error("it is larger than {} MiB", .0 >> 20)]
    Large(u64),
}

/// A student.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Student {
    /// Their id on the learning platform: a number, an address, a folder's name.
    pub(crate) id: String,
    /// Their name, where it is known.
    pub(crate) name: Option<String>,
}

/// The submission of one student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Submission {
    /// The student.
    pub(crate) student: Student,
    /// The file or folder that it came in, without the folders above.
    pub(crate) origin: String,
    /// The collected sources, by the exercise's folder.
    #[serde(rename = "taken")]
    pub(crate) collected: BTreeMap<String, Collected>,
    /// Other files that were changed or added, each with the reason for which it is not used.
    pub(crate) unused: Vec<String>,
    /// The reason for which nothing could be collected.
    pub(crate) problem: Option<String>,
}

/// All submissions, and notes about them.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// One for each student, by id.
    pub(crate) submissions: Vec<Submission>,
    /// Notes for the instructor.
    pub(crate) notes: Vec<String>,
}

/// A file or folder that holds one submission.
#[derive(Debug)]
struct Upload {
    path: PathBuf,
    student: Student,
    /// Orders the submissions of one student: the larger is the newer.
    stamp: (u64, String),
}

/// Makes sure that the output is not among the submissions, where the next run would take it for one.
pub(crate) fn ensure_output_outside(paths: &[PathBuf], output: &Path) -> Result<(), IntakeError> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match paths
        .iter()
        .find(|path| absolute(output).starts_with(absolute(path)))
    {
        Some(folder) => Err(IntakeError::OutputFolder(output.to_owned(), folder.clone())),
        None => Ok(()),
    }
}

/// Collects all submissions that the arguments name; a single one, of `student`, if that is known.
pub(crate) fn intake(
    paths: &[PathBuf],
    student: Option<&str>,
    course: &Course,
) -> Result<Intake, IntakeError> {
    let mut intake = Intake::default();
    let mut uploads: BTreeMap<String, Upload> = BTreeMap::new();
    for path in paths {
        for upload in uploads_in(path, student, &mut intake.notes)? {
            let id = upload.student.id.clone();
            let Some(other) = uploads.remove(&id) else {
                uploads.insert(id, upload);
                continue;
            };
            let (old, new) = if other.stamp <= upload.stamp {
                (other, upload)
            } else {
                (upload, other)
            };
            intake.notes.push(format!(
                "{} handed in twice: {} counts, {} is older and does not",
                plain(&id),
                plain(&base_name(&new.path)),
                plain(&base_name(&old.path))
            ));
            uploads.insert(id, new);
        }
    }
    intake.submissions = uploads
        .into_values()
        .map(|upload| open(upload, course))
        .collect();
    Ok(intake)
}

fn open(upload: Upload, course: &Course) -> Submission {
    let mut collector = Collector::new(course);
    let read = if upload.path.is_dir() {
        folder::read(&upload.path, &mut collector)
    } else {
        archive::read(&upload.path, &mut collector)
    };
    let (mut collected, unused) = collector.finish();
    if read.is_err() {
        collected.clear(); // half of an archive is not what was handed in
    }
    let problem = read.err().map(|error| plain(&error.to_string()));
    Submission {
        student: upload.student,
        origin: base_name(&upload.path),
        collected,
        unused,
        problem,
    }
}

/// Finds the submissions in a path.
fn uploads_in(
    path: &Path,
    student: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Vec<Upload>, IntakeError> {
    let failed = |error| IntakeError::Read {
        path: path.to_owned(),
        error,
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_dir() && !archive::is_archive(path) {
        return Err(IntakeError::Kind(path.to_owned()));
    }
    // A folder around one folder may be a class of one, and is taken as that, unless it is known to be a student's.
    if student.is_some() || !metadata.is_dir() || path.join("exercises").is_dir() {
        let identity =
            student.map_or_else(|| layout::identify(&base_name(path)), layout::Identity::of);
        return Ok(vec![upload(path, identity)]);
    }
    let known = layout::gradescope(path)?;
    let mut uploads = Vec::new();
    for child in folder::children(path).map_err(failed)? {
        let file = base_name(&child);
        let student = known
            .get(&file)
            .cloned()
            .unwrap_or_else(|| layout::identify(&file));
        if child.is_symlink() {
            notes.push(format!(
                "{} is a symbolic link and was not followed",
                plain(&file)
            ));
        } else if child.is_dir() {
            let archives = if folder::is_course(&child) {
                Vec::new()
            } else {
                folder::archives(&child)
            };
            let several = archives
                .into_iter()
                .map(|archive| upload(&archive, student.clone()));
            let mut several: Vec<Upload> = several.collect();
            if several.is_empty() {
                several.push(upload(&child, student));
            }
            uploads.extend(several);
        } else if archive::is_archive(&child) {
            uploads.push(upload(&child, student));
        } else if file != layout::GRADESCOPE {
            notes.push(format!(
                "{} is no submission: it is neither a folder nor an archive",
                plain(&file)
            ));
        }
    }
    if uploads.is_empty() {
        Err(IntakeError::None(path.to_owned()))
    } else {
        Ok(uploads)
    }
}

fn upload(path: &Path, identity: layout::Identity) -> Upload {
    let changed = || std::fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = |time: std::time::SystemTime| {
        time.duration_since(std::time::UNIX_EPOCH)
            .map(|age| age.as_secs())
    };
    let seconds = || changed().ok().and_then(|time| age(time).ok()).unwrap_or(0);
    let stamp = (identity.order.unwrap_or_else(seconds), base_name(path));
    Upload {
        path: path.to_owned(),
        student: identity.student,
        stamp,
    }
}

/// Returns the last part of a path, as text; for `.`, the folder's own name.
fn base_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = if path.file_name().is_some() {
        path
    } else {
        &whole
    };
    from_os(path.file_name().unwrap_or(path.as_os_str()))
}
