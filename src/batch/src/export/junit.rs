//! JUnit XML, as Jenkins reads it: a suite for each student, a test case for each task.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::error::Error;
use crate::export::test_record::test_records;
use crate::run::Run;
use crate::text::line;

/// Renders the class as one file.
pub(super) fn report(run: Run<'_>) -> Result<String, Error> {
    let mut report = Report::new("attentive");
    for graded in &run.grades.students {
        let mut suite = TestSuite::new(line(&graded.student.id));
        for exercise in &graded.exercises {
            for test in test_records(run, exercise) {
                let status = if test.passed {
                    TestCaseStatus::success()
                } else {
                    // A failure is the student's, an error is that nothing could be run.
                    let kind = if test.ran {
                        NonSuccessKind::Failure
                    } else {
                        NonSuccessKind::Error
                    };
                    let mut status = TestCaseStatus::non_success(kind);
                    status.set_message(line(test.message.lines().next().unwrap_or_default()));
                    status.set_description(test.message);
                    status
                };
                let mut case = TestCase::new(test.task, status);
                case.set_classname(test.exercise)
                    .set_time(Duration::from_secs_f64(test.seconds));
                suite.add_test_case(case);
            }
        }
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map_err(|error| Error::Junit(Box::new(error)))
}
