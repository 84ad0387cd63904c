//! The lines by which the rest of the course learns of a new exercise.

use std::path::PathBuf;

use attentive_course::files::{self, FileError};
use attentive_course::{Course, CourseError, Exercise, Tree};
use attentive_grader::{ExerciseText, ExerciseTextError};
use thiserror::Error;

use super::templates::title;
use crate::part::{REFERENCES, declaration};

/// The book's table of contents.
const SUMMARY: &str = "book/src/SUMMARY.md";

/// An exercise that cannot be registered.
#[derive(Debug, Error)]
pub enum RegistrationError {
    /// The exercises before it cannot be listed.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The words of an exercise before it cannot be read.
    #[error(transparent)]
    Words(#[from] ExerciseTextError),
    /// A file does not have what the new line is to follow.
    #[error("{path}: expected {expected}, found none; restore the file from the repository", path = path.display())]
    NoPlace {
        /// The file.
        path: PathBuf,
        /// The text that was looked for.
        expected: &'static str,
    },
}

/// Texts of the files that get a line for the new exercise, by their paths from the course's root.
pub(super) fn changes(
    course: &Course,
    exercise: &Exercise,
) -> Result<Vec<(PathBuf, String)>, RegistrationError> {
    Ok(vec![
        summary(course, exercise)?,
        reference(course, exercise)?,
    ])
}

/// Declares the reference's module, which registers it, among the others in the order of the alphabet.
fn reference(course: &Course, exercise: &Exercise) -> Result<(PathBuf, String), RegistrationError> {
    let path = PathBuf::from(REFERENCES);
    let text = files::read_text(&course.path(&path))?;
    match insert_sorted(&text, "pub mod ", &declaration(exercise)) {
        Some(text) => Ok((path, text)),
        None => {
            let expected = "a line that begins with `pub mod`";
            Err(RegistrationError::NoPlace { path, expected })
        }
    }
}

/// Adds the lesson to the table of contents, behind that of the last exercise before it.
fn summary(course: &Course, exercise: &Exercise) -> Result<(PathBuf, String), RegistrationError> {
    let path = PathBuf::from(SUMMARY);
    let text = files::read_text(&course.path(&path))?;
    let line = format!("- [{}]({}.md)", title(&exercise.name), exercise.name);
    let mut earlier = course.exercises(Tree::Exercises)?;
    earlier.retain(|other| other.number < exercise.number);
    for other in earlier.iter().rev() {
        let words = ExerciseText::load(&course.path(other.data_directory()))?;
        let link = format!("]({}.md)", words.chapter);
        if let Some(text) = insert_after(&text, &link, &line) {
            return Ok((path, text));
        }
    }
    let expected = "the lesson of an exercise with a lower number";
    Err(RegistrationError::NoPlace { path, expected })
}

/// Inserts a line behind the first one that contains `wanted`; `None` if there is none.
fn insert_after(text: &str, wanted: &str, line: &str) -> Option<String> {
    let mut inserted = String::with_capacity(text.len() + line.len() + 1);
    let mut found = false;
    for old in text.split_inclusive('\n') {
        inserted += old;
        if !found && old.contains(wanted) {
            found = true;
            if !old.ends_with('\n') {
                inserted.push('\n');
            }
            inserted += line;
            inserted.push('\n');
        }
    }
    found.then_some(inserted)
}

/// Inserts a line among those that begin with `start`, in the order of the alphabet; `None` if there are none.
fn insert_sorted(text: &str, start: &str, line: &str) -> Option<String> {
    let others = || text.lines().filter(|other| other.starts_with(start));
    match others().take_while(|other| *other < line).last() {
        Some(before) => insert_after(text, before, line),
        None => others()
            .next()
            .map(|first| text.replacen(first, &format!("{line}\n{first}"), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_behind_the_one_that_is_wanted() {
        assert_eq!(
            insert_after("a\nb\n", "a", "x").as_deref(),
            Some("a\nx\nb\n")
        );
        assert_eq!(insert_after("a\nb", "b", "x").as_deref(), Some("a\nb\nx\n"));
        assert_eq!(insert_after("a\n", "c", "x"), None);
    }

    #[test]
    fn a_line_comes_among_its_likes_in_order() {
        let text = "use a;\npub mod b;\npub mod d;\n";
        for (line, expected) in [
            ("pub mod a;", "use a;\npub mod a;\npub mod b;\npub mod d;\n"),
            ("pub mod c;", "use a;\npub mod b;\npub mod c;\npub mod d;\n"),
            ("pub mod e;", "use a;\npub mod b;\npub mod d;\npub mod e;\n"),
        ] {
            assert_eq!(
                insert_sorted(text, "pub mod ", line).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(insert_sorted("use a;\n", "pub mod ", "pub mod a;"), None);
    }
}
