//! Places of sources in an upload, found in their paths.

use std::fmt;

use super::{MAX_PARTS, MAX_PATH_BYTES};
use crate::course::Course;

/// Folders of a course that may have a folder for each exercise, too, and are not handed in.
const OTHER_FOLDERS: [&str; 3] = ["exercises", "solutions", "src"];

/// The folder that exercises are in. The first of an upload is the one that counts: `exercises/` before exercises without
/// it, and then the one with the fewest folders around it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Root {
    kind: RootKind,
    depth: usize,
    /// The folders around it.
    around: String,
}

/// The kind of a folder that exercises are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum RootKind {
    /// `exercises/`, as in the course.
    #[default]
    Exercises,
    /// Any folder: the exercise's own was handed in alone.
    Alone,
}

/// The place of a source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SourceLocation {
    pub(super) root: Root,
    /// The exercise's folder.
    pub(super) exercise: String,
    /// The path below `src`.
    pub(super) file: String,
}

impl Root {
    fn new(kind: RootKind, around: &[&str]) -> Self {
        Self {
            kind,
            depth: around.len(),
            around: around.join("/"),
        }
    }

    /// Returns the path of the folder that the course is in, with a slash at its end if it is not empty.
    pub(super) fn prefix(&self) -> String {
        match &*self.around {
            "" => String::new(),
            around => format!("{around}/"),
        }
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RootKind::Exercises => write!(f, "{}exercises", self.prefix()),
            RootKind::Alone if self.around.is_empty() => f.write_str("the exercises next to it"),
            RootKind::Alone => f.write_str(&self.around),
        }
    }
}

/// Finds the exercise in the path of a source of an exercise that is graded.
pub(super) fn of(course: &Course, parts: &[&str]) -> Option<SourceLocation> {
    if parts.len() > MAX_PARTS || parts.contains(&"..") {
        return None;
    }
    for (at, pair) in parts.windows(2).enumerate() {
        if let ["exercises", folder] = pair
            && let Some(file) = source_file(course, folder, &parts[at + 2..])
        {
            let root = Root::new(RootKind::Exercises, &parts[..at]);
            return Some(located(root, folder, file));
        }
    }
    for (at, folder) in parts.iter().enumerate() {
        let is_elsewhere = at > 0 && OTHER_FOLDERS.contains(&parts[at - 1]);
        if !is_elsewhere && let Some(file) = source_file(course, folder, &parts[at + 1..]) {
            let root = Root::new(RootKind::Alone, &parts[..at]);
            return Some(located(root, folder, file));
        }
    }
    None
}

fn located(root: Root, exercise: &str, file: String) -> SourceLocation {
    SourceLocation {
        root,
        exercise: exercise.to_owned(),
        file,
    }
}

/// Returns the path below `src` of a source of this exercise.
fn source_file(course: &Course, folder: &str, below: &[&str]) -> Option<String> {
    let ["src", file @ ..] = below else {
        return None;
    };
    course.exercise(folder)?;
    let is_usable = file.iter().all(is_sane);
    let file = file.join("/");
    (is_usable && file.ends_with(".rs") && file.len() <= MAX_PATH_BYTES).then_some(file)
}

/// Returns `true` if a part of a path can be one of a course. An escaped byte is none.
pub(super) fn is_sane(part: &&str) -> bool {
    *part != ".." && !part.contains('\\') && !part.chars().any(char::is_control)
}
