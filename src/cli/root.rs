//! The course's root, which is made the current directory. Paths are relative to it, and are shown as they are called in the
//! folder in which the command was typed.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use attentive_course::{Course, CourseError};
use attentive_digest::Digests;
use attentive_grader::{OutdatedError, book, ensure_up_to_date, relative};

/// The folder in which the command was typed, from the course's root.
static READER: OnceLock<PathBuf> = OnceLock::new();

/// Makes the course's root the current directory. Returns the folder that was the current one.
pub(crate) fn cd_to_root() -> Result<PathBuf, CourseError> {
    let here = std::env::current_dir().unwrap_or_default();
    let course = Course::containing(&here)?;
    let reader = here.strip_prefix(course.root()).unwrap_or(Path::new(""));
    READER.get_or_init(|| reader.to_owned());
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

/// The folder in which the command was typed, from the course's root.
pub(crate) fn reader() -> &'static Path {
    READER.get().map_or(Path::new(""), PathBuf::as_path)
}

/// Shows a path from the root as it is called in the folder in which the command was typed.
pub(crate) fn shown(path: &Path) -> String {
    relative(path, reader()).display().to_string()
}

/// Shows the file of a page of the book.
pub(crate) fn page(page: &str) -> String {
    book::page(Path::new("."), reader(), page)
}

/// Makes the paths of the course's files in a text relative to its root.
pub(crate) fn relative_to_root(text: &str) -> String {
    let root = std::env::current_dir().unwrap_or_default().join("");
    match root.to_str() {
        Some(root) if !root.is_empty() => text.replace(root, ""),
        _ => text.to_owned(),
    }
}
