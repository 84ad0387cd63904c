//! Intake of submissions: files and folders become, for each student, the sources of each exercise.
//!
//! Nothing that a submission contains is written anywhere under a name of its own choosing, and nothing but
//! `exercises/*/src/**/*.rs` is used; see [`collector`].

mod archive;
mod collector;
mod error;
mod folder;
mod gradescope;
mod layout;
mod submission;
mod unused;
mod upload;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf, absolute};

use crate::course::Course;
use crate::text::plain;
use collector::Collector;
pub(crate) use error::IntakeError;
pub(crate) use submission::{Collected, Student, Submission};
use upload::{Upload, base_name, uploads_in};

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
    let whole_output = absolute(output).unwrap_or_else(|_| output.to_owned());
    for path in paths {
        let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
        if whole_output.starts_with(whole) {
            return Err(IntakeError::OutputInside(output.to_owned(), path.clone()));
        }
    }
    Ok(())
}

/// Collects all submissions that the arguments name; a single one, of `student`, if that is known.
pub(crate) fn intake(
    paths: &[PathBuf],
    student: Option<&str>,
    course: &Course,
) -> Result<Intake, IntakeError> {
    let mut intake = Intake::default();
    let mut newest: BTreeMap<String, Upload> = BTreeMap::new();
    for path in paths {
        for upload in uploads_in(path, student, &mut intake.notes)? {
            let id = upload.student.id.clone();
            let Some(other) = newest.remove(&id) else {
                newest.insert(id, upload);
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
            newest.insert(id, new);
        }
    }
    for upload in newest.into_values() {
        intake.submissions.push(open(upload, course));
    }
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
    Submission {
        student: upload.student,
        origin: base_name(&upload.path),
        collected,
        unused,
        problem: read.err().map(|error| plain(&error.to_string())),
    }
}

/// A course with one exercise, for tests.
#[cfg(test)]
fn softmax_course() -> &'static Course {
    use std::sync::LazyLock;

    static COURSE: LazyLock<Course> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Course::load(&root, None, &["softmax".to_owned()]).expect("the course is in order")
    });
    &COURSE
}
