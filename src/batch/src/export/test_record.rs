//! The tasks of an exercise as every export format has them: tests with a name, points and a message.

use crate::args::Tier;
use crate::course::Exercise;
use crate::feedback::feedback;
use crate::grades::{ExerciseGrade, ExerciseState, StudentGrades, TaskGrade};
use crate::run::Run;
use crate::text::plain;

/// A task as every format has it: a test with a name, points and a message.
#[derive(Debug)]
pub(super) struct TestRecord<'a> {
    pub(super) exercise: &'a str,
    pub(super) task: String,
    pub(super) outcome: TestOutcome,
    pub(super) points: u32,
    pub(super) of: u32,
    pub(super) message: String,
    pub(super) seconds: f64,
}

/// The outcome of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TestOutcome {
    Passed,
    Failed,
    /// Nothing could be run.
    NotRun,
}

impl TestOutcome {
    /// Returns the status as Exercism and GitHub Classroom call it.
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed => "fail",
            Self::NotRun => "error",
        }
    }
}

impl TestRecord<'_> {
    pub(super) fn is_passed(&self) -> bool {
        self.outcome == TestOutcome::Passed
    }

    pub(super) fn ran(&self) -> bool {
        self.outcome != TestOutcome::NotRun
    }
}

/// Makes the tests of all exercises of a student.
pub(super) fn student_records<'a>(
    run: Run<'a>,
    student: &'a StudentGrades<'a>,
) -> Vec<TestRecord<'a>> {
    let mut records = Vec::new();
    for exercise in &student.exercises {
        records.extend(test_records(run, exercise));
    }
    records
}

/// Makes the tests of an exercise: one for each task, all with the same message where none could be run.
pub(super) fn test_records<'a>(run: Run<'a>, grade: &'a ExerciseGrade<'a>) -> Vec<TestRecord<'a>> {
    let Some(exercise) = run.course.exercise(grade.exercise) else {
        return Vec::new();
    };
    let tasks = &exercise.pack.manifest().tasks;
    // A program can take as long as a hidden number says.
    let shown = if exercise.hidden { 0.0 } else { grade.seconds };
    let seconds = shown / tasks.len().max(1) as f64;
    let mut records = Vec::new();
    for task in &grade.tasks {
        records.push(TestRecord {
            exercise: grade.exercise,
            task: task.result.name.clone(),
            outcome: if task.result.is_passed() {
                TestOutcome::Passed
            } else {
                TestOutcome::Failed
            },
            points: task.points,
            of: task.of,
            message: message(run, exercise, grade, task),
            seconds,
        });
    }
    if !records.is_empty() {
        return records;
    }
    let mut paragraphs = vec![grade.words()];
    paragraphs.extend(grade.signatures.iter().cloned());
    paragraphs.extend(grade.message.map(str::to_owned));
    let message = paragraphs.join("\n");
    for task in tasks {
        records.push(TestRecord {
            exercise: grade.exercise,
            task: task.name.clone(),
            outcome: TestOutcome::NotRun,
            points: 0,
            of: match grade.state {
                ExerciseState::Fault => 0,
                _ => exercise.points(&task.name),
            },
            message: plain(message.trim()),
            seconds,
        });
    }
    records
}

/// Joins the feedback on a task, as students may see it.
fn message(
    run: Run<'_>,
    exercise: &Exercise,
    grade: &ExerciseGrade<'_>,
    task: &TaskGrade<'_>,
) -> String {
    let feedback = feedback(run, exercise, grade, task, Tier::Student);
    let mut paragraphs = vec![feedback.verdict];
    paragraphs.extend(feedback.paragraphs);
    paragraphs.extend(feedback.report);
    if let Some(url) = feedback.book_link.and_then(|link| link.url) {
        paragraphs.push(format!("In the book: {url}"));
    }
    if let Some(hint) = feedback.hints.first() {
        paragraphs.push(format!("Hint: {hint}"));
    }
    plain(&paragraphs.join("\n\n"))
}
