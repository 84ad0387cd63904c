//! The status of a run: what Slurm, the jobs' notes and the parts' outputs say, put together.

mod failure;
mod text;

pub(crate) use failure::Failure;
pub(crate) use text::StatusJson;

use crate::run_progress::RunProgress;
use crate::slurm::controller::{Controller, JobId, JobView, JobViews};
use crate::slurm::error::SlurmError;
use crate::slurm::job_state::{JobEnd, JobState};
use crate::slurm::record::Record;
use crate::slurm::run_folder::{MERGE, RunFolder, log_name};

/// The status of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Number of submissions of the whole class.
    pub(crate) submissions: usize,
    /// In the order of their numbers.
    pub(crate) parts: Vec<PartStatus>,
    pub(crate) merge: MergeStatus,
}

/// The status of a part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PartStatus {
    pub(crate) part: u64,
    /// The job that was submitted for it last.
    pub(crate) job: Option<JobId>,
    pub(crate) state: PartState,
    /// The node it runs or ran on.
    pub(crate) node: Option<String>,
    /// Number of its submissions that are graded.
    pub(crate) graded: usize,
}

/// The state of a part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PartState {
    /// It was not submitted.
    Missing,
    /// It waits, for a reason that Slurm gives.
    Pending(Option<String>),
    Running,
    Done,
    Failed(Failure),
}

/// The state of the merge.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MergeStatus {
    /// It was not submitted.
    Missing,
    /// It waits for the parts, or for a node.
    Pending,
    Running,
    /// Everything is merged.
    Done {
        /// `true` if something could not be graded, which the next run tries again.
        has_faults: bool,
    },
    Failed(Failure),
}

impl Status {
    /// Looks at a run.
    pub(crate) fn look(
        controller: Controller,
        record: &Record,
        folder: &RunFolder,
    ) -> Result<Self, SlurmError> {
        let numbers = record.numbers();
        if numbers.is_empty() {
            return Ok(Self::new(record, folder, &JobViews::new()));
        }
        let mut jobs = controller.jobs(&numbers)?;
        let status = Self::new(record, folder, &jobs);
        if !status.has_lost() {
            return Ok(status);
        }
        // Slurm itself forgets ended jobs after minutes. The cluster's accounts, if it has some, keep them.
        for (id, view) in controller.accounted(&numbers)? {
            jobs.entry(id).or_insert(view);
        }
        Ok(Self::new(record, folder, &jobs))
    }

    fn new(record: &Record, folder: &RunFolder, jobs: &JobViews) -> Self {
        let parts = (1..=record.parts).map(|part| {
            let job = record.arrays.get(&part).map(|number| JobId {
                number: number.clone(),
                part: Some(part),
            });
            PartStatus::new(part, job, folder, jobs)
        });
        let merge = record
            .merge
            .clone()
            .map(|number| JobId { number, part: None });
        Self {
            submissions: record.submissions,
            parts: parts.collect(),
            merge: merge.map_or(MergeStatus::Missing, |id| {
                MergeStatus::new(folder, jobs.get(&id))
            }),
        }
    }

    fn has_lost(&self) -> bool {
        let is_lost = |part: &PartStatus| part.state == PartState::Failed(Failure::Lost);
        self.merge == MergeStatus::Failed(Failure::Lost) || self.parts.iter().any(is_lost)
    }

    /// Returns `true` while a job waits or runs.
    pub(crate) fn is_active(&self) -> bool {
        let is_merging = matches!(self.merge, MergeStatus::Pending | MergeStatus::Running);
        is_merging || self.parts.iter().any(PartStatus::is_active)
    }

    /// Lists the parts that are neither done nor on their way.
    pub(crate) fn missing(&self) -> Vec<u64> {
        let parts = self
            .parts
            .iter()
            .filter(|part| matches!(part.state, PartState::Missing | PartState::Failed(_)));
        parts.map(|part| part.part).collect()
    }

    /// Number of submissions that are graded.
    pub(crate) fn graded(&self) -> usize {
        self.parts.iter().map(|part| part.graded).sum()
    }
}

impl PartStatus {
    fn new(part: u64, job: Option<JobId>, folder: &RunFolder, jobs: &JobViews) -> Self {
        let progress = RunProgress::read(&folder.part(part));
        let name = log_name(part);
        let view = job.as_ref().and_then(|id| jobs.get(id));
        let state = match (&job, view.map(|view| view.state)) {
            (None, _) => PartState::Missing,
            (_, Some(JobState::Pending)) => {
                PartState::Pending(view.and_then(|view| view.reason.clone()))
            }
            (_, Some(JobState::Running)) => PartState::Running,
            // Its exit status is known here before a shared folder shows what it has written.
            (_, Some(JobState::Ended(JobEnd::Completed))) => PartState::Done,
            _ if progress.finished => PartState::Done,
            _ => PartState::Failed(Failure::find(folder, &name, view)),
        };
        let noted = || folder.end(&name).map(|end| end.node);
        Self {
            part,
            job,
            state,
            node: view.and_then(|view| view.node.clone()).or_else(noted),
            graded: progress.graded,
        }
    }

    /// Returns `true` while its job waits or runs.
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.state, PartState::Pending(_) | PartState::Running)
    }
}

impl MergeStatus {
    fn new(folder: &RunFolder, view: Option<&JobView>) -> Self {
        match view.map(|view| view.state) {
            Some(JobState::Pending) => return Self::Pending,
            Some(JobState::Running) => return Self::Running,
            _ => {}
        }
        let noted = folder.end(MERGE).map(|end| end.status);
        let ended = view.and_then(|view| view.exit);
        match noted.or(ended) {
            Some(0) => Self::Done { has_faults: false },
            Some(1) if noted.is_some() => Self::Done { has_faults: true },
            _ => Self::Failed(Failure::find(folder, MERGE, view)),
        }
    }
}

#[cfg(test)]
mod tests;
