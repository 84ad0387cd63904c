//! What people read.

use std::io::Write;
use std::path::PathBuf;

use crate::args::ReportArguments;
use crate::course::Course;
use crate::error::Error;
use crate::grades::Grades;
use crate::intake::Submission;
use crate::output::{Header, Output};
use crate::text::line;

/// Where the picture of a task's failure is.
pub(crate) fn picture(key: &str, task: &str) -> PathBuf {
    PathBuf::from("pictures").join(format!("{key}-{task}.svg"))
}

/// Writes everything.
pub(crate) fn write_all(
    output: &Output,
    _course: &Course,
    _header: &Header,
    _submissions: &[Submission],
    grades: &Grades<'_>,
    _arguments: &ReportArguments,
) -> Result<(), Error> {
    output.write("grades.json", &(serde_json::to_string_pretty(grades)? + "\n"))?;
    Ok(())
}

/// Prints the grades.
pub(crate) fn print(grades: &Grades<'_>, header: &Header, json: bool) -> Result<(), Error> {
    let mut to = std::io::stdout().lock();
    if json {
        writeln!(to, "{}", serde_json::to_string_pretty(grades)?)?;
        return Ok(());
    }
    if !header.sandbox {
        writeln!(to, "GRADED WITHOUT A SANDBOX: THE STUDENTS' PROGRAMS COULD READ AND CHANGE EVERYTHING.")?;
    }
    for student in &grades.students {
        writeln!(to, "{:<24} {:>3} of {}", line(&student.student.id), student.points, student.of)?;
        for exercise in &student.exercises {
            writeln!(to, "    {:<28} {}", exercise.exercise, line(&exercise.words()))?;
        }
    }
    Ok(())
}
