//! The tasks of an exercise as every export format has them: tests with a name, points and a message.

use crate::args::Tier;
use crate::course::Exercise;
use crate::feedback::feedback;
use crate::grades::{ExerciseGrade, ExerciseState, TaskGrade};
use crate::run::Run;
use crate::text::plain;

/// A task as every format has it: a test with a name, points and a message.
#[derive(Debug)]
pub(super) struct TestRecord<'a> {
    pub(super) exercise: &'a str,
    pub(super) task: String,
    pub(super) passed: bool,
    pub(super) points: u32,
    pub(super) of: u32,
    pub(super) message: String,
    /// `true` if it ran.
    pub(super) ran: bool,
    pub(super) seconds: f64,
}

/// Makes the tests of an exercise: one for each task, all with the same message where none could be run.
pub(super) fn test_records<'a>(run: Run<'a>, grade: &'a ExerciseGrade<'a>) -> Vec<TestRecord<'a>> {
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
    let test = |task: String| TestRecord {
        exercise: grade.exercise,
        of: if grade.state == ExerciseState::Fault {
            0
        } else {
            exercise.points(&task)
        },
        task,
        passed: false,
        points: 0,
        message: plain(said.trim()),
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
) -> TestRecord<'a> {
    let feedback = feedback(run, exercise, grade, task, Tier::Student);
    let mut said = vec![feedback.verdict];
    said.extend(feedback.said);
    said.extend(feedback.report);
    let address = feedback.read.and_then(|read| read.address);
    said.extend(address.map(|address| format!("In the book: {address}")));
    said.extend(feedback.hints.first().map(|hint| format!("Hint: {hint}")));
    TestRecord {
        exercise: grade.exercise,
        task: task.result.name.clone(),
        passed: task.result.is_passed(),
        points: task.points,
        of: task.of,
        message: plain(&said.join("\n\n")),
        ran: true,
        seconds,
    }
}
