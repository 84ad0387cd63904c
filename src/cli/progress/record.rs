//! Verdicts as they are remembered.

use serde::{Deserialize, Serialize};

/// The verdicts on an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The fingerprint of what was graded.
    pub(crate) content: String,
    /// `true` if it compiled. If not, `tasks` are the verdicts from before.
    pub(crate) compiled: bool,
    /// The tasks, in the pack's order.
    pub(crate) tasks: Vec<TaskRecord>,
}

/// The verdict on a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredTask", into = "StoredTask")]
pub(crate) struct TaskRecord {
    pub(crate) name: String,
    pub(crate) outcome: TaskOutcome,
}

/// Outcome of a task, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TaskOutcome {
    Passed,
    NotGraded,
    /// Nothing is said before the exercises pass that it is built on; the summary names them.
    Waiting {
        summary: String,
    },
    Failed {
        /// The id of the verdict on the first failure.
        verdict: String,
        /// The verdict in a line.
        summary: String,
        /// The id of the mistake, if it is one that is known.
        mistake: Option<String>,
    },
}

/// Id of the verdict [`TaskOutcome::NotGraded`] in the file, and its summary.
const NOT_GRADED: (&str, &str) = ("not-run", "not graded yet");
/// Id of the verdict [`TaskOutcome::Waiting`] in the file.
const WAITING: &str = "waits";

/// A task as the file has it.
#[derive(Serialize, Deserialize)]
struct StoredTask {
    name: String,
    /// Nothing if it passed.
    failure: Option<StoredFailure>,
}

#[derive(Serialize, Deserialize)]
struct StoredFailure {
    verdict: String,
    summary: String,
    mistake: Option<String>,
}

impl Record {
    /// Returns the number of tasks that pass.
    pub(crate) fn solved(&self) -> usize {
        let tasks = self.tasks.iter();
        tasks.filter(|task| self.is_solved(task)).count()
    }

    /// Returns `true` if one of its tasks passes.
    pub(crate) fn is_solved(&self, task: &TaskRecord) -> bool {
        self.compiled && task.outcome == TaskOutcome::Passed
    }

    /// Returns `true` if all tasks pass.
    pub(crate) fn passed(&self) -> bool {
        self.solved() == self.tasks.len() && self.compiled
    }

    /// Returns the first task that does not pass. If it did not compile, that is as of when it last did.
    pub(crate) fn first_unsolved(&self) -> Option<&TaskRecord> {
        let mut tasks = self.tasks.iter();
        tasks.find(|task| task.outcome != TaskOutcome::Passed)
    }
}

impl TaskOutcome {
    /// Describes the verdict in a line.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::Passed => "passed".to_owned(),
            Self::NotGraded => NOT_GRADED.1.to_owned(),
            Self::Waiting { summary } => summary.clone(),
            Self::Failed {
                summary,
                mistake: Some(id),
                ..
            } => format!("{summary} (`{id}`)"),
            Self::Failed { summary, .. } => summary.clone(),
        }
    }
}

impl From<StoredTask> for TaskRecord {
    fn from(StoredTask { name, failure }: StoredTask) -> Self {
        let outcome = match failure {
            None => TaskOutcome::Passed,
            Some(failure) if failure.verdict == NOT_GRADED.0 => TaskOutcome::NotGraded,
            Some(StoredFailure {
                verdict, summary, ..
            }) if verdict == WAITING => TaskOutcome::Waiting { summary },
            Some(StoredFailure {
                verdict,
                summary,
                mistake,
            }) => TaskOutcome::Failed {
                verdict,
                summary,
                mistake,
            },
        };
        Self { name, outcome }
    }
}

impl From<TaskRecord> for StoredTask {
    fn from(TaskRecord { name, outcome }: TaskRecord) -> Self {
        let (verdict, summary, mistake) = match outcome {
            TaskOutcome::Passed => {
                return Self {
                    name,
                    failure: None,
                };
            }
            TaskOutcome::NotGraded => (NOT_GRADED.0.to_owned(), NOT_GRADED.1.to_owned(), None),
            TaskOutcome::Waiting { summary } => (WAITING.to_owned(), summary, None),
            TaskOutcome::Failed {
                verdict,
                summary,
                mistake,
            } => (verdict, summary, mistake),
        };
        let failure = StoredFailure {
            verdict,
            summary,
            mistake,
        };
        Self {
            name,
            failure: Some(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The record of an exercise, as the file had it before there was the enum.
    const STORED: &str = r#"{
  "content": "7ac4",
  "compiled": true,
  "tasks": [
    {
      "name": "passed",
      "failure": null
    },
    {
      "name": "not graded",
      "failure": {
        "verdict": "not-run",
        "summary": "not graded yet",
        "mistake": null
      }
    },
    {
      "name": "waiting",
      "failure": {
        "verdict": "waits",
        "summary": "built on your 09-layer-norm",
        "mistake": null
      }
    },
    {
      "name": "failed",
      "failure": {
        "verdict": "wrong-values",
        "summary": "wrong values: `weights` differs in 36 of 36 entries",
        "mistake": "mask-inverted"
      }
    }
  ]
}"#;

    #[test]
    fn the_file_stays_byte_for_byte() {
        let record: Record = serde_json::from_str(STORED).expect("it is a record");
        let outcomes: Vec<_> = record.tasks.iter().map(|task| &task.outcome).collect();
        assert!(matches!(
            outcomes[..],
            [
                TaskOutcome::Passed,
                TaskOutcome::NotGraded,
                TaskOutcome::Waiting { .. },
                TaskOutcome::Failed { .. }
            ]
        ));
        let written = serde_json::to_string_pretty(&record).expect("it can be written");
        assert_eq!(written, STORED);
        assert_eq!((record.solved(), record.passed()), (1, false));
    }
}
