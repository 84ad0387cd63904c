//! Grades in the forms that other programs read. All of it may be shown to students: it follows their tier.

mod classroom;
mod exercism;
mod gradescope;
mod junit;
mod table;

use std::path::{Path, PathBuf};

use crate::args::{Format, ReportArguments, Tier};
use crate::course::Exercise;
use crate::error::Error;
use crate::grades::{ExerciseGrade, Graded, TaskGrade};
use crate::report::{Run, feedback};
use crate::text::{file_name, plain};

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
    mut write: impl FnMut(&Graded<'_>, String) -> Result<(), Error>,
) -> Result<(), Error> {
    run.grades
        .students
        .iter()
        .try_for_each(|graded| write(graded, file_name(&graded.student.id)))
}

/// A task as all formats have it: a test with a name, points and what is said about it.
#[derive(Debug)]
struct Test<'a> {
    exercise: &'a str,
    task: String,
    passed: bool,
    points: u32,
    of: u32,
    said: String,
    /// Whether it ran at all.
    ran: bool,
    seconds: f64,
}

/// The tests of an exercise; its tasks, each with the same message, where none could be run.
fn tests<'a>(run: Run<'a>, grade: &'a ExerciseGrade<'a>) -> Vec<Test<'a>> {
    let Some(exercise) = run.course.exercise(grade.exercise) else {
        return Vec::new();
    };
    // A program can take as long as a hidden number says.
    let shown = if exercise.hidden { 0.0 } else { grade.seconds };
    let seconds = shown / exercise.pack.manifest().tasks.len().max(1) as f64;
    if !grade.tasks.is_empty() {
        return grade
            .tasks
            .iter()
            .map(|task| test(run, exercise, grade, task, seconds))
            .collect();
    }
    let said = format!("{}\n{}", grade.words(), grade.message.unwrap_or_default());
    let names = exercise
        .pack
        .manifest()
        .tasks
        .iter()
        .map(|task| task.name.clone());
    let test = |task: String| Test {
        exercise: grade.exercise,
        of: if grade.state == "fault" {
            0
        } else {
            exercise.points(&task)
        },
        task,
        passed: false,
        points: 0,
        said: plain(said.trim()),
        ran: false,
        seconds,
    };
    names.map(test).collect()
}

fn test<'a>(
    run: Run<'_>,
    exercise: &Exercise,
    grade: &ExerciseGrade<'a>,
    task: &TaskGrade<'_>,
    seconds: f64,
) -> Test<'a> {
    let feedback = feedback(run, exercise, grade, task, Tier::Student);
    let mut said = vec![feedback.verdict];
    said.extend(feedback.said);
    said.extend(feedback.report);
    let address = feedback.read.and_then(|read| read.address);
    said.extend(address.map(|address| format!("In the book: {address}")));
    said.extend(feedback.hints.first().map(|hint| format!("Hint: {hint}")));
    Test {
        exercise: grade.exercise,
        task: task.result.name.clone(),
        passed: task.result.is_passed(),
        points: task.points,
        of: task.of,
        said: plain(&said.join("\n\n")),
        ran: true,
        seconds,
    }
}

/// The first characters of a text.
fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
