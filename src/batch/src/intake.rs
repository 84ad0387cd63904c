//! Intake of submissions: files and folders become, for each student, the sources of each exercise.
//!
//! Whose an upload is comes from what the learning platform wrote, and from nothing that a student can choose; see
//! [`layout`]. Nothing that a submission contains is written anywhere under a name of its own choosing, and nothing but
//! `exercises/*/src/**/*.rs` is used; see [`collector`].

mod archive;
mod archive_format;
mod collector;
mod error;
mod folder;
mod gradescope;
mod hand_in;
mod layout;
mod submission;
mod unused;
mod upload;

use std::path::{Component, Path, PathBuf, absolute};

use crate::course::Course;
pub(crate) use error::IntakeError;
pub(crate) use submission::{Collected, Student, StudentKind, Submission};
pub(crate) use upload::OwnerOptions;
use upload::uploads;

/// All submissions, and notes about them.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// One for each student, by id.
    pub(crate) submissions: Vec<Submission>,
    /// Notes for the instructor.
    pub(crate) notes: Vec<String>,
}

/// Makes sure that the output is not among the submissions, where the next run would take it for one.
pub(crate) fn ensure_output_outside(paths: &[PathBuf], output: &Path) -> Result<(), IntakeError> {
    let whole_output = resolve(output);
    for path in paths {
        if whole_output.starts_with(resolve(path)) {
            return Err(IntakeError::OutputInside(output.to_owned(), path.clone()));
        }
    }
    Ok(())
}

/// Resolves the links and `..` of a path, of which the last parts may not exist yet.
fn resolve(path: &Path) -> PathBuf {
    let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut resolved = PathBuf::new();
    for part in whole.components() {
        match part {
            // Behind a link, this is not what is in front of it: so each part is resolved before the next.
            Component::ParentDir => {
                resolved.pop();
            }
            part => resolved.push(part),
        }
        if let Ok(real) = resolved.canonicalize() {
            resolved = real;
        }
    }
    resolved
}

/// Collects all submissions that the arguments name.
pub(crate) fn intake(
    paths: &[PathBuf],
    options: OwnerOptions<'_>,
    course: &Course,
) -> Result<Intake, IntakeError> {
    let mut intake = Intake::default();
    let uploads = uploads(paths, options, &mut intake.notes)?;
    for hand_in in hand_in::by_student(uploads) {
        let submission = hand_in.open(course, &mut intake.notes);
        intake.submissions.push(submission);
    }
    Ok(intake)
}

/// A course with one exercise, for tests.
#[cfg(test)]
pub(crate) fn softmax_course() -> &'static Course {
    use std::sync::LazyLock;

    static COURSE: LazyLock<Course> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Course::load(&root, None, &["softmax".to_owned()]).expect("the course is in order")
    });
    &COURSE
}

#[cfg(test)]
mod tests;
