//! The course's root, which is made the current directory: paths are relative to it, and shown so.

use std::path::{Path, PathBuf};

use attentive_course::{Course, CourseError};
use attentive_digest::Digests;
use attentive_grader::{OutdatedError, ensure_up_to_date};

/// Makes the course's root the current directory. Returns the folder that was the current one.
pub(crate) fn cd_to_root() -> Result<PathBuf, CourseError> {
    let here = std::env::current_dir().unwrap_or_default();
    let course = Course::containing(&here)?;
    std::env::set_current_dir(course.root()).map_err(|error| CourseError::Folder {
        path: course.root().to_owned(),
        error,
    })?;
    Ok(here)
}

/// Checks that this program was compiled from the sources of the course in the current directory, or where that has none,
/// from those of the course that it was compiled in.
pub(crate) fn ensure_own_sources() -> Result<(), OutdatedError> {
    let here = std::env::current_dir().unwrap_or_default();
    let digests = Digests::parse(env!("ATTENTIVE_DIGESTS"));
    for root in [here.as_path(), Path::new(env!("CARGO_MANIFEST_DIR"))] {
        if root.join("src/cli").is_dir() {
            return ensure_up_to_date(&digests, root);
        }
    }
    Ok(())
}

/// The course in the current directory.
pub(crate) fn course() -> Course {
    Course::at("")
}

/// Makes the paths of the course's files in a text relative to its root.
pub(crate) fn relative_to_root(text: &str) -> String {
    let root = std::env::current_dir().unwrap_or_default().join("");
    match root.to_str() {
        Some(root) if !root.is_empty() => text.replace(root, ""),
        _ => text.to_owned(),
    }
}
