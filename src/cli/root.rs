//! The course's root, which is made the current directory: paths are relative to it, and shown so.

use std::path::PathBuf;

use attentive_course::{Course, CourseError};

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
