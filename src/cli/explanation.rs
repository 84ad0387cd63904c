//! The text that a learner reads about a graded exercise.

use std::path::{Path, PathBuf};

use attentive_course::Exercise;
use attentive_course::text::{agree, count, enumerate};
use attentive_grader::{Finding, Grade, Report, TaskGrade, columns, heat, plot};

use crate::grading::{ExerciseOutcome, GradedExercise};
use crate::prints::last_lines;
use crate::root::{reader, shown};
use crate::signatures;
use crate::style::{bad, command, good, heading, headline, labelled, marks, report};

/// The compiler's errors that are shown, and the lines of each.
const ERRORS: usize = 2;
const ERROR_LINES: usize = 30;

/// One line for what passed, and the whole report on the first failure.
pub(crate) fn explain(graded: &GradedExercise, heat_map: bool) -> String {
    let GradedExercise {
        exercise, outcome, ..
    } = graded;
    let name = heading(&format!("{} {}", exercise.number, exercise.name));
    match outcome {
        ExerciseOutcome::DidNotCompile { errors, signatures } => {
            let hints: String = signatures.iter().map(signatures::describe).collect();
            let first = headline(&format!("{name}  {}", bad("did not compile")));
            format!("{first}\n\n{hints}{}", compiler(errors, exercise))
        }
        ExerciseOutcome::Waits { on } => {
            let first = headline(&format!("{name}  {}", bad("waits")));
            let on = labelled("built on", &describe_waiting(on));
            format!("{first}\n\n{on}\n")
        }
        ExerciseOutcome::Ran { tasks } => {
            let marks = marks(tasks.iter().map(TaskGrade::passed));
            let Some((task, grade)) = graded.first_failure() else {
                let passed = describe_pass(graded, tasks);
                return headline(&format!("{name}  {marks}  {passed}")) + "\n";
            };
            let solved = tasks.iter().filter(|task| task.passed()).count();
            let of = format!("{solved} of {}", count(tasks.len(), "task"));
            let first = headline(&format!("{name}  {marks}  {of}"));
            format!("{first}\n\n{}", failure(graded, task, grade, heat_map))
        }
    }
}

/// Counts what has passed.
fn describe_pass(graded: &GradedExercise, tasks: &[TaskGrade]) -> String {
    let checks = tasks.iter().map(|task| task.grades.len()).sum();
    let (tasks, checks) = (count(tasks.len(), "task"), count(checks, "check"));
    let own = if graded.prerequisites.is_empty() {
        String::new()
    } else {
        format!(", built on {}", name_prerequisites(&graded.prerequisites))
    };
    format!("{}: {tasks}, {checks}{own}", good("passed"))
}

/// Describes the exercises that one waits for, and what to do about them.
pub(crate) fn describe_waiting(on: &[Exercise]) -> String {
    let names = enumerate(on.iter().map(Exercise::folder).collect());
    let which = agree(
        on.len(),
        "which does not pass yet: repair that first",
        "which do not pass yet: repair those first",
    );
    format!("your {names}, {which}")
}

/// Describes the passing exercises that a failing one is built on, and where to look first.
fn describe_passing(prerequisites: &[Exercise]) -> String {
    let which = agree(
        prerequisites.len(),
        "which passes: look here first, and then at what it does that its own checks do not ask for",
        "which pass: look here first, and then at what they do that their own checks do not ask for",
    );
    format!("{}, {which}", name_prerequisites(prerequisites))
}

/// Names the learner's own exercises that one is built on.
fn name_prerequisites(prerequisites: &[Exercise]) -> String {
    let numbers = prerequisites.iter().map(|need| need.number.clone());
    format!("your {}", enumerate(numbers.collect()))
}

/// The compiler's first errors, with the paths of the exercise as they are called where the command was typed.
fn compiler(errors: &[String], exercise: &Exercise) -> String {
    let folder = exercise.directory();
    let from = format!("{}/", folder.display());
    let mut to = shown(&folder);
    if !to.is_empty() {
        to.push('/');
    }
    let mut text = String::new();
    for error in errors.iter().take(ERRORS) {
        let lines: Vec<&str> = error.trim_end().lines().collect();
        for line in lines.iter().take(ERROR_LINES) {
            text += &format!("{}\n", line.replace(&from, &to));
        }
        if lines.len() > ERROR_LINES {
            text += "  …\n";
        }
        text.push('\n');
    }
    if errors.len() > ERRORS {
        let more = count(errors.len() - ERRORS, "more error");
        let test = command(&format!("cargo test -p {}", exercise.package()));
        text += &format!("{}\n", labelled("and", &format!("{more}: {test}")));
    }
    text
}

fn failure(graded: &GradedExercise, task: &TaskGrade, grade: &Grade, heat_map: bool) -> String {
    let GradedExercise { exercise, info, .. } = graded;
    let drawn = grade
        .verdict
        .finding()
        .filter(|finding| finding.kind.is_drawn())
        .map(|finding| draw_finding(graded, task, grade, finding));
    let (picture, trouble) = match drawn {
        Some(Ok(path)) => (Some(path), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let (name, source) = (&exercise.name, &exercise.source());
    let words = Report {
        exercise: name,
        text: info,
        root: Some(Path::new(".")),
        reader: reader(),
        source,
        task,
        grade,
        picture: picture.as_deref(),
    };
    let mut text = report(&format!("{words:width$}", width = columns()));
    if !graded.prerequisites.is_empty() {
        let own = describe_passing(&graded.prerequisites);
        text += &format!("{}\n", labelled("built on", &own));
    }
    if let Some(error) = trouble {
        text += &format!("{}\n", labelled("picture", &format!("none: {error}")));
    }
    for (nth, line) in last_lines(&grade.printed).iter().enumerate() {
        // Not wrapped: it is as the learner printed it.
        text += &report(&format!(
            "{:<9} {line}",
            if nth == 0 { "printed" } else { "" }
        ));
    }
    if let (true, Some(finding)) = (heat_map, grade.verdict.finding()) {
        text += &format!("\n{}", heat::maps(finding, columns()));
    }
    text
}

/// Draws a failing output, and returns where; or why there is no picture.
pub(crate) fn draw_finding(
    graded: &GradedExercise,
    task: &TaskGrade,
    grade: &Grade,
    finding: &Finding,
) -> Result<PathBuf, String> {
    let path = plot::path(&graded.exercise.name, &task.task, &grade.name);
    plot::draw(finding, &path)
        .map(|()| path)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use attentive_course::Tree;

    use super::*;

    #[test]
    fn one_exercise_passes_and_several_pass() {
        let exercises: Vec<Exercise> = ["07-multi-head-attention", "09-layer-norm"]
            .iter()
            .filter_map(|folder| Exercise::from_folder(folder, Tree::Exercises))
            .collect();
        insta::assert_snapshot!(describe_waiting(&exercises[1..]), @"your 09-layer-norm, which does not pass yet: repair that first");
        insta::assert_snapshot!(describe_waiting(&exercises), @"your 07-multi-head-attention and 09-layer-norm, which do not pass yet: repair those first");
        insta::assert_snapshot!(describe_passing(&exercises[1..]), @"your 09, which passes: look here first, and then at what it does that its own checks do not ask for");
        insta::assert_snapshot!(describe_passing(&exercises), @"your 07 and 09, which pass: look here first, and then at what they do that their own checks do not ask for");
    }
}
