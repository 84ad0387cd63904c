//! GitHub Classroom's result, as its autograding reporter reads it:
//! <https://github.com/classroom-resources/autograding-grading-reporter>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::error::Error;
use crate::export::test_record::{TestOutcome, TestRecord, student_records};
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
    let records = student_records(run, graded);
    let status = if records.iter().all(TestRecord::is_passed) {
        TestOutcome::Passed
    } else if records.iter().any(TestRecord::ran) {
        TestOutcome::Failed
    } else {
        TestOutcome::NotRun
    };
    let result = AutogradingResult {
        version: 1,
        status: status.status(),
        max_score: graded.of,
        tests: records.into_iter().map(Test::from).collect(),
    };
    let json = serde_json::to_string(&result).map_err(Error::Json)?;
    let encoded = STANDARD.encode(&json);
    Ok((json + "\n", encoded + "\n"))
}

impl From<TestRecord<'_>> for Test {
    fn from(record: TestRecord<'_>) -> Self {
        Self {
            name: format!("{}: {}", record.exercise, record.task),
            status: record.outcome.status(),
            score: record.points,
            message: record.message,
            test_code: format!("{} ({} points)", record.task, record.of),
            filename: format!("exercises/{}/src/lib.rs", record.exercise),
            line_no: 0,
            duration: record.seconds,
        }
    }
}
