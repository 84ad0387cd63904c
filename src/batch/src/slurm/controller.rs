//! Slurm's commands. Their output is asked for in columns: its JSON has another form in each release.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::slurm::error::SlurmError;
use crate::slurm::job_state::JobState;
use crate::text::line;

/// Columns of `squeue`; the bar after each is what separates them.
const QUEUE_COLUMNS: &str =
    "--Format=ArrayJobID:|,ArrayTaskID:|,State:|,NodeList:|,ReasonList:|,exit_code:|";
/// Columns of `sacct`.
const ACCOUNTING_COLUMNS: &str = "--format=JobID,State,NodeList,ExitCode";

/// A job of Slurm's: a number, and a part if it is an array's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct JobId {
    pub(crate) number: String,
    pub(crate) part: Option<u64>,
}

/// A job as Slurm sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobView {
    pub(crate) state: JobState,
    /// The node it runs or ran on.
    pub(crate) node: Option<String>,
    /// The reason for which it waits, in Slurm's word.
    pub(crate) reason: Option<String>,
    /// The exit status, once it has ended by itself.
    pub(crate) exit: Option<i32>,
}

/// Jobs as Slurm sees them.
pub(crate) type JobViews = BTreeMap<JobId, JobView>;

/// Slurm, by its commands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Controller;

impl Controller {
    /// Submits a script, and returns the job's number.
    pub(crate) fn submit(self, script: &Path, options: &[String]) -> Result<String, SlurmError> {
        let mut sbatch = Command::new("sbatch");
        sbatch.arg("--parsable").args(options).arg(script);
        let text = accepted("sbatch", sbatch)?;
        // A cluster's name may follow the number.
        let number = text.trim().split(';').next().unwrap_or_default();
        match number.parse::<u64>() {
            Ok(_) => Ok(number.to_owned()),
            Err(_) => Err(SlurmError::NoJob(line(&text))),
        }
    }

    /// Cancels a job, if it has not ended.
    pub(crate) fn cancel(self, number: &str) -> Result<(), SlurmError> {
        let mut scancel = Command::new("scancel");
        scancel.arg("--quiet").arg(number);
        run("scancel", scancel).map(|_| ())
    }

    /// Makes sure that partitions exist.
    pub(crate) fn ensure_partitions(self, names: &str) -> Result<(), SlurmError> {
        let mut sinfo = Command::new("sinfo");
        sinfo.args(["--all", "--noheader", "--format=%R"]);
        let text = accepted("sinfo", sinfo)?;
        let known: Vec<&str> = text.split_whitespace().collect();
        match names.split(',').find(|name| !known.contains(name)) {
            Some(name) => Err(SlurmError::Partition {
                found: name.to_owned(),
                known: known.join(", "),
            }),
            None => Ok(()),
        }
    }

    /// Lists the jobs with these numbers that Slurm still knows: all that have not ended, and those that ended not long
    /// ago.
    pub(crate) fn jobs(self, numbers: &[&str]) -> Result<JobViews, SlurmError> {
        let mut squeue = Command::new("squeue");
        squeue
            .args(["--array", "--noheader", "--states=all", QUEUE_COLUMNS])
            .arg(format!("--jobs={}", numbers.join(",")));
        let output = run("squeue", squeue)?;
        if output.status.success() {
            return Ok(parse_queue(&stdout(&output)));
        }
        // It fails as well when none of the jobs is known any more. Then Slurm answers a question without jobs.
        let mut ping = Command::new("squeue");
        ping.args(["--noheader", "--format=%i", "--name=attentive-ping"]);
        accepted("squeue", ping).map(|_| JobViews::new())
    }

    /// Lists jobs that the cluster's accounts have. Clusters without accounts have none.
    pub(crate) fn accounted(self, numbers: &[&str]) -> Result<JobViews, SlurmError> {
        let mut sacct = Command::new("sacct");
        sacct
            .args(["--allocations", "--noheader", "--parsable2"])
            .arg(ACCOUNTING_COLUMNS)
            .arg(format!("--jobs={}", numbers.join(",")));
        match run("sacct", sacct) {
            Ok(output) => Ok(parse_accounts(&stdout(&output))),
            // Nothing depends on it but the words for what has failed.
            Err(SlurmError::Missing(_)) => Ok(JobViews::new()),
            Err(error) => Err(error),
        }
    }
}

fn parse_queue(text: &str) -> JobViews {
    let mut jobs = JobViews::new();
    for row in text.lines() {
        let columns: Vec<&str> = row.split('|').map(str::trim).collect();
        let [number, part, state, node, reason, exit, ..] = columns[..] else {
            continue;
        };
        let id = JobId {
            number: number.to_owned(),
            part: part.parse().ok(),
        };
        let state = state_of(state);
        let view = JobView {
            state,
            node: some(node),
            // A reason in brackets, or the nodes in its place.
            reason: some(reason.trim_matches(['(', ')'])).filter(|_| state == JobState::Pending),
            // As `wait` has it: the exit status is in the second byte.
            exit: exit.parse().ok().map(|status: i32| status >> 8 & 0xff),
        };
        jobs.insert(id, view);
    }
    jobs
}

fn parse_accounts(text: &str) -> JobViews {
    let mut jobs = JobViews::new();
    for row in text.lines() {
        let columns: Vec<&str> = row.split('|').collect();
        let [job, state, node, exit] = columns[..] else {
            continue;
        };
        let (number, part) = job.split_once('_').unwrap_or((job, ""));
        let id = JobId {
            number: number.to_owned(),
            part: part.parse().ok(),
        };
        let state = state_of(state);
        let exit = exit
            .split(':')
            .next()
            .and_then(|status| status.parse().ok());
        let view = JobView {
            state,
            node: some(node),
            reason: None,
            exit,
        };
        jobs.insert(id, view);
    }
    jobs
}

/// Parses a state. A job in a state that is not known here has not ended for all that is known.
fn state_of(text: &str) -> JobState {
    text.parse().unwrap_or(JobState::Running)
}

fn some(text: &str) -> Option<String> {
    let is_empty = text.is_empty() || text == "None" || text == "None assigned";
    (!is_empty).then(|| text.to_owned())
}

/// Runs a command; returns what it printed if it succeeded.
fn accepted(program: &'static str, command: Command) -> Result<String, SlurmError> {
    let output = run(program, command)?;
    if output.status.success() {
        return Ok(stdout(&output));
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message = line(message.trim());
    Err(SlurmError::Refused { program, message })
}

fn run(program: &'static str, mut command: Command) -> Result<Output, SlurmError> {
    command.stdin(Stdio::null());
    command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SlurmError::Missing(program),
        _ => SlurmError::Run { program, error },
    })
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slurm::job_state::JobEnd;

    fn job(number: &str, part: Option<u64>) -> JobId {
        JobId {
            number: number.to_owned(),
            part,
        }
    }

    #[test]
    fn rows_of_squeue_are_jobs() {
        let jobs = parse_queue(
            "7|1|FAILED|n1|n1|768|\n7|2|RUNNING|n2|n2|0|\n8|N/A|PENDING||(Dependency)|0|\n7|3|NEW|||0|\n",
        );
        assert_eq!(jobs[&job("7", Some(3))].state, JobState::Running);
        let failed = &jobs[&job("7", Some(1))];
        assert_eq!(failed.state, JobState::Ended(JobEnd::Failed));
        assert_eq!((failed.exit, failed.node.as_deref()), (Some(3), Some("n1")));
        assert_eq!(jobs[&job("7", Some(2))].reason, None);
        let merge = &jobs[&job("8", None)];
        assert_eq!(merge.reason.as_deref(), Some("Dependency"));
        assert_eq!((merge.state, &merge.node), (JobState::Pending, &None));
    }

    #[test]
    fn rows_of_sacct_are_jobs() {
        let jobs = parse_accounts(
            "7_1|NODE_FAIL|n1|1:0\n7_2|CANCELLED by 0|None assigned|0:15\n8|COMPLETED|n2|0:0\n",
        );
        let lost = &jobs[&job("7", Some(1))];
        assert_eq!(lost.state, JobState::Ended(JobEnd::NodeFail));
        assert_eq!((lost.exit, lost.node.as_deref()), (Some(1), Some("n1")));
        assert_eq!(jobs[&job("7", Some(2))].node, None);
        assert_eq!(jobs[&job("8", None)].exit, Some(0));
    }
}
