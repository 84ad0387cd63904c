//! Finding the uploads in the arguments: files and folders that hold one submission each.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::error::IntakeError;
use super::layout::{Identity, identify};
use super::submission::Student;
use super::{archive, folder, gradescope};
use crate::text::{from_os, plain};

/// A file or folder that holds one submission.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) path: PathBuf,
    pub(super) student: Student,
    /// Orders the submissions of one student: the larger is the newer.
    pub(super) stamp: (u64, String),
}

impl Upload {
    fn new(path: &Path, identity: Identity) -> Self {
        let order = identity.order.unwrap_or_else(|| modified_seconds(path));
        Self {
            path: path.to_owned(),
            student: identity.student,
            stamp: (order, base_name(path)),
        }
    }
}

fn modified_seconds(path: &Path) -> u64 {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    let since_epoch = modified
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since_epoch.map_or(0, |age| age.as_secs())
}

/// Finds the uploads in a path; only one, of `student`, if that is known.
pub(super) fn uploads_in(
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
        let identity = match student {
            Some(id) => Identity::of(id),
            None => identify(&base_name(path)),
        };
        return Ok(vec![Upload::new(path, identity)]);
    }
    let owners = gradescope::owners(path)?;
    let mut uploads = Vec::new();
    for child in folder::children(path).map_err(failed)? {
        let file = base_name(&child);
        let owner = owners
            .get(&file)
            .cloned()
            .unwrap_or_else(|| identify(&file));
        if child.is_symlink() {
            let file = plain(&file);
            notes.push(format!("{file} is a symbolic link and was not followed"));
        } else if child.is_dir() {
            uploads.extend(uploads_in_folder(&child, owner));
        } else if archive::is_archive(&child) {
            uploads.push(Upload::new(&child, owner));
        } else if file != gradescope::FILE {
            notes.push(format!(
                "{} is no submission: it is neither a folder nor an archive",
                plain(&file)
            ));
        }
    }
    if uploads.is_empty() {
        return Err(IntakeError::None(path.to_owned()));
    }
    Ok(uploads)
}

/// Finds the uploads of one student in a folder: the archives in it, or else the folder itself.
fn uploads_in_folder(path: &Path, owner: Identity) -> Vec<Upload> {
    let mut uploads = Vec::new();
    if !folder::is_course(path) {
        for archive in folder::archives(path) {
            uploads.push(Upload::new(&archive, owner.clone()));
        }
    }
    if uploads.is_empty() {
        uploads.push(Upload::new(path, owner));
    }
    uploads
}

/// Returns the last part of a path, as text; for `.`, the folder's own name.
pub(super) fn base_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = if path.file_name().is_some() {
        path
    } else {
        &whole
    };
    from_os(path.file_name().unwrap_or(path.as_os_str()))
}
