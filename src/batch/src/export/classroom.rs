//! GitHub Classroom's result, as its autograding reporter reads it:
//! <https://github.com/classroom-resources/autograding-grading-reporter>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::error::Error;
use crate::export::test_record::{TestRecord, test_records};
use crate::grades::StudentGrades;
use crate::run::Run;

#[derive(Serialize)]
struct AutogradingResult {
    version: u32,
    status: &'static str,
    max_score: u32,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    status: &'static str,
    score: u32,
    message: String,
    test_code: String,
    filename: String,
    line_no: u32,
    duration: f64,
}

/// Renders one student's result: as JSON, and in base64 as a step's output has it.
pub(super) fn result(run: Run<'_>, graded: &StudentGrades<'_>) -> Result<(String, String), Error> {
    let all: Vec<_> = graded
        .exercises
        .iter()
        .flat_map(|exercise| test_records(run, exercise))
        .collect();
    let status = if all.iter().all(|test| test.passed) {
        "pass"
    } else if all.iter().any(|test| test.ran) {
        "fail"
    } else {
        "error"
    };
    let test = |test: TestRecord<'_>| Test {
        status: match (test.passed, test.ran) {
            (true, _) => "pass",
            (false, true) => "fail",
            (false, false) => "error",
        },
        score: test.points,
        test_code: format!("{} ({} points)", test.task, test.of),
        filename: format!("exercises/{}/src/lib.rs", test.exercise),
        line_no: 0,
        duration: test.seconds,
        name: format!("{}: {}", test.exercise, test.task),
        message: test.message,
    };
    let result = AutogradingResult {
        version: 1,
        status,
        max_score: graded.of,
        tests: all.into_iter().map(test).collect(),
    };
    let json = serde_json::to_string(&result)?;
    let encoded = STANDARD.encode(&json);
    Ok((json + "\n", encoded + "\n"))
}
