//! Exercism's `results.json`, version 3: <https://exercism.org/docs/building/tooling/test-runners/interface>.

use serde::Serialize;

use crate::error::Error;
use crate::export::test_record::{TestOutcome, test_records};
use crate::grades::{ExerciseGrade, ExerciseState};
use crate::run::Run;

/// The longest message, in characters.
const MESSAGE: usize = 65_535;

#[derive(Serialize)]
struct Results {
    version: u32,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    test_code: String,
    task_id: usize,
}

/// Renders the results of one exercise.
pub(super) fn results(run: Run<'_>, grade: &ExerciseGrade<'_>) -> Result<String, Error> {
    let records = test_records(run, grade);
    let exercise = run.course.exercise(grade.exercise);
    let package = exercise.map_or(grade.exercise, |exercise| &exercise.name);
    // Where nothing ran, there are no tests, and one message for all.
    let not_run = records.iter().find(|record| !record.ran());
    let status = match (grade.state, not_run) {
        (ExerciseState::Passed, _) => TestOutcome::Passed,
        (_, None) => TestOutcome::Failed,
        (_, Some(_)) => TestOutcome::NotRun,
    };
    let mut tests = Vec::new();
    if not_run.is_none() {
        for (nth, record) in records.iter().enumerate() {
            tests.push(Test {
                name: record.task.clone(),
                status: record.outcome.status(),
                message: (!record.is_passed()).then(|| truncated(&record.message, MESSAGE)),
                test_code: format!("cargo test -p {package} -- {}/", record.task),
                task_id: nth + 1,
            });
        }
    }
    let results = Results {
        version: 3,
        status: status.status(),
        message: not_run.map(|record| truncated(&record.message, MESSAGE)),
        tests,
    };
    Ok(serde_json::to_string_pretty(&results).map_err(Error::Json)? + "\n")
}

/// Returns the first characters of a text.
fn truncated(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
