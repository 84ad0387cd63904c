//! Exercism's `results.json`, version 3: <https://exercism.org/docs/building/tooling/test-runners/interface>.

use serde::Serialize;

use crate::error::Error;
use crate::export::test_record::{TestRecord, test_records};
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
    let all = test_records(run, grade);
    let ran = all.iter().all(|test| test.ran);
    let status = match grade.state {
        ExerciseState::Passed => "pass",
        _ if ran => "fail",
        _ => "error",
    };
    let message = (!ran).then(|| truncated(all.first().map_or("", |test| &test.message), MESSAGE));
    let name = grade
        .exercise
        .split_once('-')
        .map_or(grade.exercise, |(_, name)| name);
    let test = |(nth, test): (usize, TestRecord<'_>)| Test {
        test_code: format!("cargo test -p {name} -- {}/", test.task),
        name: test.task,
        status: if test.passed { "pass" } else { "fail" },
        message: (!test.passed).then(|| truncated(&test.message, MESSAGE)),
        task_id: nth + 1,
    };
    // Where nothing ran, there are no tests.
    let tests = if ran {
        all.into_iter().enumerate().map(test).collect()
    } else {
        Vec::new()
    };
    Ok(serde_json::to_string_pretty(&Results {
        version: 3,
        status,
        message,
        tests,
    })? + "\n")
}

/// Returns the first characters of a text.
fn truncated(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
