//! Results of grading, in the form in which the journal stores them. Reports and exports are made from these.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::{Add, Not};
use std::time::Duration;

use attentive_grader::{Failure, Grade, Task, TaskGrade, Verdict};
use serde::{Deserialize, Serialize};

use crate::array_form::array_form;
use crate::limits::LimitHit;
use crate::text::plain;

/// The result of one exercise's sources, the same for everybody who handed them in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExerciseResult {
    /// The key of the sources, the cases, the toolchain and the grader.
    pub(crate) key: String,
    /// The exercise's folder.
    pub(crate) exercise: String,
    /// The outcome.
    pub(crate) outcome: ExerciseOutcome,
    /// The time that it took.
    pub(crate) seconds: Seconds,
    /// `true` if a first attempt had another outcome: this is the outcome of the second, made alone.
    pub(crate) unsteady: bool,
    /// `true` if the time of the whole submission was over before its end.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub(crate) over_budget: bool,
}

/// Seconds of wall time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Seconds {
    pub(crate) compiling: f64,
    pub(crate) running: f64,
}
array_form!(Seconds { compiling, running });

impl Seconds {
    /// Returns all of the time.
    pub(crate) fn total(self) -> Duration {
        Duration::try_from_secs_f64(self.compiling + self.running).unwrap_or_default()
    }
}

impl Add for Seconds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            compiling: self.compiling + other.compiling,
            running: self.running + other.running,
        }
    }
}

/// The outcome of grading one exercise's sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExerciseOutcome {
    /// They did not compile, or a limit was reached.
    NotCompiled {
        /// The compiler's message.
        message: String,
        /// The limit that was reached, in words.
        limit: Option<String>,
    },
    /// They ran.
    Ran {
        /// Task by task.
        tasks: Vec<TaskResult>,
    },
    /// The grader is at fault. This costs the student nothing, and the next run tries again.
    Fault {
        /// The problem.
        message: String,
    },
}

/// The result of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TaskResult {
    /// The task.
    pub(crate) name: String,
    /// The verdict: that of the first failure, if there is one.
    pub(crate) verdict: TaskVerdict,
    /// The cases and properties that passed.
    pub(crate) passed: Tally,
    /// The limit that was reached, in words.
    pub(crate) limit: Option<String>,
    /// The first failure.
    pub(crate) failure: Option<FailureRecord>,
}

/// A number of cases and properties, and the number of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) of: usize,
}
array_form!(Tally { passed, of });

/// The verdict on a task. Its text is a few words, without a number of any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TaskVerdict {
    Passed,
    /// A limit was reached, whatever the grader's verdict is.
    Limit,
    NotImplemented,
    WrongShape,
    NotANumber,
    WrongValues,
    Panicked,
    TimedOut,
    Crashed,
    BrokenCourse,
    NotRun,
}

impl From<&Verdict> for TaskVerdict {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::WrongShape(_) | Verdict::TooLarge { .. } => Self::WrongShape,
            Verdict::NotANumber(_) => Self::NotANumber,
            Verdict::WrongValues(_) => Self::WrongValues,
            Verdict::NoReply(failure) => match failure {
                Failure::NotImplemented { .. } => Self::NotImplemented,
                Failure::Panicked { .. } => Self::Panicked,
                Failure::TimedOut { .. } => Self::TimedOut,
                Failure::Crashed(_) => Self::Crashed,
                Failure::Broken { .. } => Self::BrokenCourse,
            },
            Verdict::NotRun { .. } => Self::NotRun,
        }
    }
}

impl fmt::Display for TaskVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Limit => "limit",
            Self::NotImplemented => "not implemented",
            Self::WrongShape => "wrong shape",
            Self::NotANumber => "not a number",
            Self::WrongValues => "wrong values",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed out",
            Self::Crashed => "crashed",
            Self::BrokenCourse => "broken course",
            Self::NotRun => "not run",
        })
    }
}

/// The first failure of a task. Only readers who may see a case's numbers may see all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FailureRecord {
    /// The case or property.
    pub(crate) case: String,
    /// Its purpose.
    pub(crate) purpose: String,
    /// The verdict in a line. Shows numbers, or text that the student's code chose.
    pub(crate) summary: String,
    /// The line in the student's file. Shows a number that the student's code could have chosen.
    #[serde(rename = "place")]
    pub(crate) location: Option<SourceLine>,
    /// The mistake that explains the numbers.
    pub(crate) mistake: Option<NamedMistake>,
    /// The whole report. Shows numbers.
    pub(crate) report: String,
    /// `true` if a picture was drawn. It shows numbers.
    pub(crate) picture: bool,
}

/// A line of a student's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceLine {
    pub(crate) file: String,
    pub(crate) line: u32,
}
array_form!(SourceLine { file, line });

/// A mistake that the grader named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedMistake {
    pub(crate) id: String,
    /// The number of cases whose numbers it explains.
    pub(crate) agrees: usize,
    /// The number of cases that fail, or would fail by it.
    pub(crate) of: usize,
}
array_form!(NamedMistake { id, agrees, of });

impl TaskResult {
    /// Makes the result of a graded task; `report` is the text on its first failure.
    pub(crate) fn new(
        graded: &TaskGrade,
        limit: Option<LimitHit>,
        report: String,
        picture: bool,
    ) -> Self {
        let first = graded.first_failure();
        let verdict = match first {
            _ if limit.is_some() => TaskVerdict::Limit,
            Some(first) => TaskVerdict::from(&first.verdict),
            None => TaskVerdict::Passed,
        };
        let passed = graded.grades.iter().filter(|grade| grade.verdict.passed());
        Self {
            name: graded.task.clone(),
            verdict,
            passed: Tally {
                passed: passed.count(),
                of: graded.grades.len(),
            },
            limit: limit.map(|limit| limit.to_string()),
            failure: first.map(|first| FailureRecord::new(first, report, picture)),
        }
    }

    /// Makes the result of a task for which no time was left.
    pub(crate) fn over_budget(task: &Task, submission: Duration) -> Self {
        Self {
            name: task.name.clone(),
            verdict: TaskVerdict::Limit,
            passed: Tally {
                passed: 0,
                of: task.cases.len() + task.properties.len(),
            },
            limit: Some(LimitHit::SubmissionTime(submission).to_string()),
            failure: None,
        }
    }

    /// Returns `true` if the task was solved.
    pub(crate) fn is_passed(&self) -> bool {
        self.verdict == TaskVerdict::Passed
    }

    /// Describes the verdict in words that show no number of a case.
    pub(crate) fn words(&self) -> String {
        match &self.limit {
            Some(limit) => format!("limit reached: {limit}"),
            None => self.verdict.to_string(),
        }
    }
}

impl FailureRecord {
    fn new(first: &Grade, report: String, picture: bool) -> Self {
        let location = first.verdict.failure().and_then(Failure::location);
        Self {
            case: first.name.clone(),
            purpose: first.purpose.clone(),
            summary: plain(&first.verdict.to_string()),
            location: location.map(|location| SourceLine {
                file: plain(&location.file),
                line: location.line,
            }),
            mistake: first.mistake.as_ref().map(|named| NamedMistake {
                id: named.id.clone(),
                agrees: named.agrees,
                of: named.of,
            }),
            report: plain(&report),
            picture,
        }
    }
}

impl ExerciseOutcome {
    /// Returns `true` if two attempts at the same sources had the same verdicts. A fault of the grader agrees with
    /// everything, because it shows nothing about the sources.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fault { .. }, _) | (_, Self::Fault { .. }) => true,
            (Self::NotCompiled { .. }, Self::NotCompiled { .. }) => true,
            (Self::Ran { tasks: one }, Self::Ran { tasks: other }) => {
                let one = one.iter().map(|task| task.verdict);
                one.eq(other.iter().map(|task| task.verdict))
            }
            _ => false,
        }
    }
}
