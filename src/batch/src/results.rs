//! What is remembered of grading: everything that reports and exports are made of, in a form that can be stored.

use attentive_grader::{Grade, TaskGrade, Verdict};
use serde::{Deserialize, Serialize};

use crate::text::plain;

/// The result of one exercise's sources, whoever handed them in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExerciseResult {
    /// The key of the sources, the cases, the toolchain and the grader.
    pub(crate) key: String,
    /// The exercise's folder.
    pub(crate) exercise: String,
    /// What came of it.
    pub(crate) outcome: ExerciseOutcome,
    /// The seconds that compiling and running took.
    pub(crate) seconds: (f64, f64),
    /// Whether a first attempt went otherwise: the verdict is that of the second, made alone.
    pub(crate) unsteady: bool,
}

/// What came of grading one exercise's sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExerciseOutcome {
    /// They did not compile, or a limit was reached.
    NotCompiled {
        /// What the compiler said.
        message: String,
        /// The limit that was reached.
        limit: Option<String>,
    },
    /// They ran.
    Ran {
        /// Task by task.
        tasks: Vec<TaskResult>,
    },
    /// The grader is at fault. This costs the student nothing, and the next run tries again.
    Fault {
        /// What went wrong.
        message: String,
    },
}

/// The result of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TaskResult {
    /// The task.
    pub(crate) name: String,
    /// The verdict's name for programs: that of the first failure, or `passed`.
    pub(crate) verdict: String,
    /// The cases and properties that passed, and all of them.
    pub(crate) passed: (usize, usize),
    /// The limit that was reached.
    pub(crate) limit: Option<String>,
    /// The first failure.
    pub(crate) failure: Option<FailureRecord>,
}

/// The first failure of a task. What here may show a case's numbers is for those only who may see them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FailureRecord {
    /// The case or property.
    pub(crate) case: String,
    /// What it is for.
    pub(crate) purpose: String,
    /// The verdict in a line. Shows numbers, or what the student's code chose to say.
    pub(crate) summary: String,
    /// The line in the student's file. Shows a number that the student's code could have chosen.
    pub(crate) place: Option<(String, u32)>,
    /// The mistake that explains the numbers, in how many cases, and of how many that show it.
    pub(crate) mistake: Option<(String, usize, usize)>,
    /// The whole report. Shows numbers.
    pub(crate) report: String,
    /// Whether a picture was drawn. Shows numbers.
    pub(crate) picture: bool,
}

impl TaskResult {
    /// Whether the task was solved.
    pub(crate) fn is_passed(&self) -> bool {
        self.verdict == "passed"
    }

    /// What is remembered of a graded task; `report` is the text on its first failure.
    pub(crate) fn new(
        graded: &TaskGrade,
        limit: Option<String>,
        report: String,
        picture: bool,
    ) -> Self {
        let first = graded.first_failure();
        let failure = first.map(|first| failure_record(first, report, picture));
        let verdict = first.map_or(Verdict::Passed.id(), |first| first.verdict.id());
        Self {
            name: graded.task.clone(),
            verdict: if limit.is_some() {
                "limit".to_owned()
            } else {
                verdict.to_owned()
            },
            passed: (
                graded
                    .grades
                    .iter()
                    .filter(|grade| grade.verdict.passed())
                    .count(),
                graded.grades.len(),
            ),
            limit,
            failure,
        }
    }
}

fn failure_record(first: &Grade, report: String, picture: bool) -> FailureRecord {
    FailureRecord {
        case: first.name.clone(),
        purpose: first.purpose.clone(),
        summary: plain(&first.verdict.to_string()),
        place: first
            .verdict
            .failure()
            .and_then(attentive_grader::Failure::location)
            .map(|location| (plain(&location.file), location.line)),
        mistake: first
            .mistake
            .as_ref()
            .map(|named| (named.id.clone(), named.agrees, named.of)),
        report: plain(&report),
        picture,
    }
}

impl ExerciseResult {
    /// Whether the machine's load may have had a part in it: then it is tried again, alone, before it counts.
    pub(crate) fn is_doubtful(&self) -> bool {
        let is_doubtful = |task: &TaskResult| {
            let killed = task
                .failure
                .as_ref()
                .is_some_and(|failure| failure.summary.contains("signal 9"));
            task.verdict == "timed-out" || task.limit.is_some() || killed
        };
        match &self.outcome {
            ExerciseOutcome::NotCompiled { limit, .. } => limit.is_some(),
            ExerciseOutcome::Ran { tasks } => tasks.iter().any(is_doubtful),
            ExerciseOutcome::Fault { .. } => true,
        }
    }

    /// Whether two attempts came to the same, as far as the student can be asked: a fault of the grader's own says
    /// nothing of the sources.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        if [self, other]
            .iter()
            .any(|result| matches!(result.outcome, ExerciseOutcome::Fault { .. }))
        {
            return true;
        }
        let verdicts = |result: &Self| match &result.outcome {
            ExerciseOutcome::NotCompiled { .. } => vec!["not-compiled".to_owned()],
            ExerciseOutcome::Ran { tasks } => {
                tasks.iter().map(|task| task.verdict.clone()).collect()
            }
            ExerciseOutcome::Fault { .. } => Vec::new(),
        };
        verdicts(self) == verdicts(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(outcome: ExerciseOutcome) -> ExerciseResult {
        ExerciseResult {
            key: "k".into(),
            exercise: "05-x".into(),
            outcome,
            seconds: (0.0, 0.0),
            unsteady: false,
        }
    }

    fn ran(verdict: &str, limit: Option<&str>, summary: &str) -> ExerciseResult {
        let failure = (verdict != "passed").then(|| FailureRecord {
            case: "c".into(),
            purpose: String::new(),
            summary: summary.into(),
            place: None,
            mistake: None,
            report: String::new(),
            picture: false,
        });
        let limit = limit.map(str::to_owned);
        let task = TaskResult {
            name: "t".into(),
            verdict: verdict.into(),
            passed: (0, 1),
            limit,
            failure,
        };
        result(ExerciseOutcome::Ran { tasks: vec![task] })
    }

    #[test]
    fn what_the_machines_load_may_have_caused_is_tried_again_and_nothing_else() {
        let fault = || {
            result(ExerciseOutcome::Fault {
                message: "the disk is full".into(),
            })
        };
        let slow = || ran("limit", Some("1 s for one call"), "timed out");
        let killed = ran(
            "crashed",
            None,
            "crashed: its process was ended by signal 9",
        );
        assert!(fault().is_doubtful() && slow().is_doubtful() && killed.is_doubtful());
        let certain = [
            ran("passed", None, ""),
            ran("wrong-values", None, "wrong"),
            ran("crashed", None, "signal 6"),
        ];
        assert!(!certain.iter().any(ExerciseResult::is_doubtful));
        assert!(!slow().agrees(&certain[0]) && slow().agrees(&slow()));
        // A full disk says nothing of whether a program is steady.
        assert!(fault().agrees(&certain[0]) && certain[0].agrees(&fault()));
    }
}
