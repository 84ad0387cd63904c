//! The progress of a run, as its output folder has it for those who wait on a different machine.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::grades::{Grades, StudentGrades};

/// The file's name in an output folder.
pub(crate) const FILE: &str = "progress.json";

/// The progress of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunProgress {
    /// Number of submissions.
    pub(crate) submissions: usize,
    /// Number of submissions without an exercise that waits for its verdict.
    pub(crate) graded: usize,
    /// `true` when all jobs of the run were tried and everything is written.
    pub(crate) finished: bool,
}

impl RunProgress {
    /// Counts the submissions of a run that have their grades.
    pub(crate) fn of(grades: &Grades<'_>, finished: bool) -> Self {
        let students = &grades.students;
        let waiting = students
            .iter()
            .filter(|student| StudentGrades::has_fault(student));
        Self {
            submissions: students.len(),
            graded: students.len() - waiting.count(),
            finished,
        }
    }

    /// Reads the progress from an output folder. A folder that says nothing has none.
    pub(crate) fn read(root: &Path) -> Self {
        let text = std::fs::read(root.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Returns the file's text.
    ///
    /// # Errors
    /// None that this type can cause.
    pub(crate) fn json(self) -> io::Result<String> {
        Ok(serde_json::to_string(&self)? + "\n")
    }
}
