//! JUnit XML, as Jenkins reads it: a suite for each student, a test case for each task.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::error::Error;
use crate::export::test_record::{TestOutcome, student_records};
use crate::run::Run;
use crate::text::line;

/// Renders the class as one file.
pub(super) fn report(run: Run<'_>) -> Result<String, Error> {
    let mut report = Report::new("attentive");
    for graded in &run.grades.students {
        let mut suite = TestSuite::new(line(&graded.student.id));
        for record in student_records(run, graded) {
            let mut status = match record.outcome {
                TestOutcome::Passed => TestCaseStatus::success(),
                TestOutcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
                TestOutcome::NotRun => TestCaseStatus::non_success(NonSuccessKind::Error),
            };
            if !record.is_passed() {
                status.set_message(line(record.message.lines().next().unwrap_or_default()));
                status.set_description(record.message);
            }
            let mut case = TestCase::new(record.task, status);
            case.set_classname(record.exercise)
                .set_time(Duration::from_secs_f64(record.seconds));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map_err(|error| Error::Junit(Box::new(error)))
}
