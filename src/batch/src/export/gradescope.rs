//! Gradescope's `results.json`: <https://gradescope-autograders.readthedocs.io/en/latest/specs/>.

use serde::Serialize;
use serde_json::json;

use crate::error::Error;
use crate::export::test_record::{TestRecord, test_records};
use crate::grades::StudentGrades;
use crate::run::Run;

#[derive(Serialize)]
struct Results {
    score: f64,
    execution_time: f64,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
    /// Always `hidden`: the program's own output is for staff, since it may name hidden cases.
    stdout_visibility: &'static str,
    extra_data: serde_json::Value,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    score: f64,
    max_score: f64,
    status: &'static str,
    name: String,
    number: String,
    output: String,
    output_format: &'static str,
    tags: Vec<String>,
    visibility: &'static str,
}

/// Renders one student's results.
pub(super) fn results(run: Run<'_>, graded: &StudentGrades<'_>) -> Result<String, Error> {
    let test = |nth: usize, place: usize, test: TestRecord<'_>| Test {
        score: test.points.into(),
        max_score: test.of.into(),
        status: if test.passed { "passed" } else { "failed" },
        name: format!("{}: {}", test.exercise, test.task),
        number: format!("{}.{}", nth + 1, place + 1),
        output: test.message,
        output_format: "text",
        tags: vec![test.exercise.to_owned()],
        visibility: "visible",
    };
    let of_exercise = |(nth, exercise)| {
        test_records(run, exercise)
            .into_iter()
            .enumerate()
            .map(move |(place, one)| (nth, place, one))
    };
    let all: Vec<_> = graded
        .exercises
        .iter()
        .enumerate()
        .flat_map(of_exercise)
        .collect();
    let output = match graded.problem {
        Some(problem) => format!("Nothing could be taken from the submission: {problem}"),
        None => format!("{} of {} points", graded.points, graded.of),
    };
    let results = Results {
        score: graded.points.into(),
        execution_time: all.iter().map(|(.., test)| test.seconds).sum(),
        output,
        output_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        extra_data: json!({
            "attentive": run.header.version,
            "toolchain": run.header.toolchain,
            "grader": run.header.grader,
            "lock": run.header.lock,
            "packs": run.header.exercises,
        }),
        tests: all
            .into_iter()
            .map(|(nth, place, one)| test(nth, place, one))
            .collect(),
    };
    Ok(serde_json::to_string_pretty(&results)? + "\n")
}
