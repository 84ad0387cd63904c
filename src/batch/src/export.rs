//! Grades in the formats of other programs. Students may see all of it: it is made for their tier.

mod classroom;
mod exercism;
mod gradescope;
mod junit;
mod table;
mod test_record;

use std::path::{Path, PathBuf};

use crate::args::{Format, ReportArguments};
use crate::error::Error;
use crate::grades::StudentGrades;
use crate::run::Run;
use crate::text::file_name;

/// Writes an export.
pub(crate) fn write(
    run: Run<'_>,
    format: Format,
    arguments: &ReportArguments,
) -> Result<(), Error> {
    let folder = Path::new("exports");
    let write =
        |path: PathBuf, text: &str| Ok::<(), Error>(run.output.write(folder.join(path), text)?);
    match format {
        Format::Canvas => {
            let title = arguments
                .canvas_assignment
                .as_deref()
                .unwrap_or("Attentive");
            write("canvas.csv".into(), &table::canvas(run.grades, title)?)
        }
        Format::Moodle => write("moodle.csv".into(), &table::moodle(run)?),
        Format::Junit => write("junit.xml".into(), &junit::report(run)?),
        Format::Gradescope => each(run, |graded, name| {
            write(
                Path::new("gradescope").join(name + ".json"),
                &gradescope::results(run, graded)?,
            )
        }),
        Format::Exercism => each(run, |graded, name| {
            let folder = Path::new("exercism").join(name);
            graded.exercises.iter().try_for_each(|exercise| {
                let file = folder.join(exercise.exercise.to_owned() + ".json");
                write(file, &exercism::results(run, exercise)?)
            })
        }),
        Format::Github => each(run, |graded, name| {
            let (json, encoded) = classroom::result(run, graded)?;
            write(Path::new("github").join(name.clone() + ".json"), &json)?;
            write(Path::new("github").join(name + ".base64"), &encoded)
        }),
    }
}

fn each(
    run: Run<'_>,
    mut write: impl FnMut(&StudentGrades<'_>, String) -> Result<(), Error>,
) -> Result<(), Error> {
    run.grades
        .students
        .iter()
        .try_for_each(|graded| write(graded, file_name(&graded.student.id)))
}
