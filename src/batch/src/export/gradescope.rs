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
    let (mut tests, mut seconds) = (Vec::new(), 0.0);
    for (exercise, grade) in graded.exercises.iter().enumerate() {
        for (task, record) in test_records(run, grade).into_iter().enumerate() {
            seconds += record.seconds;
            let number = format!("{}.{}", exercise + 1, task + 1);
            tests.push(Test::new(number, record));
        }
    }
    let output = match graded.problem {
        Some(problem) => format!("Nothing of the submission can be used: {problem}"),
        None => format!("{} of {} points", graded.points, graded.of),
    };
    let results = Results {
        score: graded.points.into(),
        execution_time: seconds,
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
        tests,
    };
    Ok(serde_json::to_string_pretty(&results).map_err(Error::Json)? + "\n")
}

impl Test {
    fn new(number: String, record: TestRecord<'_>) -> Self {
        Self {
            score: record.points.into(),
            max_score: record.of.into(),
            status: if record.is_passed() {
                "passed"
            } else {
                "failed"
            },
            name: format!("{}: {}", record.exercise, record.task),
            number,
            output: record.message,
            output_format: "text",
            tags: vec![record.exercise.to_owned()],
            visibility: "visible",
        }
    }
}
