//! The status of a run, for people and for programs.

use std::fmt;

use attentive_course::text::count;
use serde::Serialize;

use crate::slurm::controller::JobId;
use crate::slurm::run_folder::{MERGE, RunFolder, log_name};
use crate::slurm::status::{MergeStatus, PartState, PartStatus, Status};

/// A status as JSON. Fields may be added to it.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct StatusJson {
    submissions: usize,
    graded: usize,
    parts: Vec<JobJson>,
    merge: JobJson,
}

/// A job of the run.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct JobJson {
    part: Option<u64>,
    /// The job as Slurm's commands name it.
    job: Option<String>,
    state: StateJson,
    node: Option<String>,
    /// The reason for which it waits or failed.
    reason: Option<String>,
    log: String,
}

/// The state of a job of the run.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum StateJson {
    Missing,
    Pending,
    Running,
    Done,
    /// Done, but for something that could not be graded.
    Faults,
    Failed,
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Some(part) => write!(f, "{}_{part}", self.number),
            None => f.write_str(&self.number),
        }
    }
}

impl StatusJson {
    /// Turns a status into JSON's form. `merge` is the number of the job that merges.
    pub(crate) fn new(status: &Status, merge: Option<&str>, folder: &RunFolder) -> Self {
        let (state, reason) = match &status.merge {
            MergeStatus::Missing => (StateJson::Missing, None),
            MergeStatus::Pending => (StateJson::Pending, None),
            MergeStatus::Running => (StateJson::Running, None),
            MergeStatus::Done { has_faults: false } => (StateJson::Done, None),
            MergeStatus::Done { has_faults: true } => (StateJson::Faults, None),
            MergeStatus::Failed(failure) => (StateJson::Failed, Some(failure.to_string())),
        };
        Self {
            submissions: status.submissions,
            graded: status.graded(),
            parts: status
                .parts
                .iter()
                .map(|part| JobJson::new(part, folder))
                .collect(),
            merge: JobJson {
                part: None,
                job: merge.map(str::to_owned),
                state,
                node: folder.end(MERGE).map(|end| end.node),
                reason,
                log: folder.log(MERGE).display().to_string(),
            },
        }
    }
}

impl JobJson {
    fn new(part: &PartStatus, folder: &RunFolder) -> Self {
        let (state, reason) = match &part.state {
            PartState::Missing => (StateJson::Missing, None),
            PartState::Pending(reason) => (StateJson::Pending, reason.clone()),
            PartState::Running => (StateJson::Running, None),
            PartState::Done => (StateJson::Done, None),
            PartState::Failed(failure) => (StateJson::Failed, Some(failure.to_string())),
        };
        Self {
            part: Some(part.part),
            job: part.job.as_ref().map(JobId::to_string),
            state,
            node: part.node.clone(),
            reason,
            log: folder.log(&log_name(part.part)).display().to_string(),
        }
    }
}

impl fmt::Display for Status {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", count(self.parts.len(), "part"))?;
        let mut separator = " ";
        for (state, number) in self.numbers() {
            if number > 0 {
                write!(f, "{separator}{number} {state}")?;
                separator = ", ";
            }
        }
        let merge = match self.merge {
            MergeStatus::Missing => "not submitted",
            MergeStatus::Pending => "pending",
            MergeStatus::Running => "running",
            MergeStatus::Done { .. } => "done",
            MergeStatus::Failed(_) => "failed",
        };
        write!(
            f,
            "; merge {merge}; {} of {} graded",
            self.graded(),
            count(self.submissions, "submission")
        )
    }
}

impl Status {
    /// Number of parts in each state.
    fn numbers(&self) -> [(&'static str, usize); 5] {
        let number =
            |is: fn(&PartState) -> bool| self.parts.iter().filter(|part| is(&part.state)).count();
        [
            (
                "pending",
                number(|state| matches!(state, PartState::Pending(_))),
            ),
            (
                "running",
                number(|state| matches!(state, PartState::Running)),
            ),
            ("done", number(|state| matches!(state, PartState::Done))),
            (
                "failed",
                number(|state| matches!(state, PartState::Failed(_))),
            ),
            (
                "not submitted",
                number(|state| matches!(state, PartState::Missing)),
            ),
        ]
    }

    /// Lists what failed, each with its reason and its log.
    pub(crate) fn failures(&self, folder: &RunFolder) -> Vec<String> {
        let mut failures = Vec::new();
        for part in &self.parts {
            if let PartState::Failed(failure) = &part.state {
                let log = folder.log(&log_name(part.part));
                let number = part.part;
                failures.push(format!(
                    "  part {number}: {failure}\n    log: {}",
                    log.display()
                ));
            }
        }
        failures
    }
}
