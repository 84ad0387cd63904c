//! States of jobs, by the names that Slurm has for them.

use std::fmt;
use std::str::FromStr;

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobState {
    /// It waits for a node or for another job.
    Pending,
    /// It runs.
    Running,
    /// It has ended.
    Ended(JobEnd),
}

/// The way in which a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobEnd {
    /// With exit status 0.
    Completed,
    /// With another exit status.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
    /// Its time was over.
    Timeout,
    /// Its node failed, or could not start it.
    NodeFail,
    /// Its node ran out of memory.
    OutOfMemory,
    /// A more important job took its place.
    Preempted,
}

impl FromStr for JobState {
    type Err = UnknownState;

    /// Parses a state's name as `squeue` and `sacct` print it, with whatever follows it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `CANCELLED by 1000` is one state of sacct's.
        let name = text.split_whitespace().next().unwrap_or_default();
        Ok(match name.trim_end_matches('+') {
            "PENDING" | "CONFIGURING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED"
            | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => Self::Pending,
            "RUNNING" | "COMPLETING" | "SUSPENDED" | "STOPPED" | "SIGNALING" | "STAGE_OUT"
            | "RESIZING" => Self::Running,
            "COMPLETED" => Self::Ended(JobEnd::Completed),
            "FAILED" => Self::Ended(JobEnd::Failed),
            "CANCELLED" | "REVOKED" => Self::Ended(JobEnd::Cancelled),
            "TIMEOUT" | "DEADLINE" => Self::Ended(JobEnd::Timeout),
            "NODE_FAIL" | "BOOT_FAIL" | "LAUNCH_FAILED" | "RECONFIG_FAIL" => {
                Self::Ended(JobEnd::NodeFail)
            }
            "OUT_OF_MEMORY" => Self::Ended(JobEnd::OutOfMemory),
            "PREEMPTED" => Self::Ended(JobEnd::Preempted),
            _ => return Err(UnknownState),
        })
    }
}

/// A name that is no state's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownState;

impl fmt::Display for JobEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completed => "ended without a note of its own",
            Self::Failed => "was killed",
            Self::Cancelled => "was cancelled",
            Self::Timeout => "reached its time limit (--time)",
            Self::NodeFail => "was lost with its node",
            Self::OutOfMemory => "ran out of memory (fewer --jobs, or --slurm-arg=--mem=…)",
            Self::Preempted => "was preempted by another job",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_squeue_and_of_sacct_are_states() {
        let state = |text: &str| text.parse::<JobState>();
        assert_eq!(state("PENDING"), Ok(JobState::Pending));
        assert_eq!(state("COMPLETING"), Ok(JobState::Running));
        let cancelled = Ok(JobState::Ended(JobEnd::Cancelled));
        assert_eq!(state("CANCELLED by 1000"), cancelled);
        assert_eq!(state("CANCELLED+"), cancelled);
        assert_eq!(state(""), Err(UnknownState));
    }
}
