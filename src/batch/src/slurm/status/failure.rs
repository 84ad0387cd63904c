//! Reasons for which a job failed.

use std::fmt;

use crate::slurm::controller::JobView;
use crate::slurm::job_state::{JobEnd, JobState};
use crate::slurm::run_folder::{End, RunFolder};

/// A reason for which a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A node has not what grading needs.
    Node { node: String, problem: String },
    /// A node does not see the run's folder.
    Unseen { node: Option<String> },
    /// The grader ended with an error.
    Grader {
        node: String,
        status: i32,
        last_words: Option<String>,
    },
    /// Slurm ended it, or it was killed.
    Ended { node: Option<String>, end: JobEnd },
    /// Nobody knows.
    Lost,
}

impl Failure {
    /// Finds the reason for which a job failed: its own note, or what Slurm says.
    pub(super) fn find(folder: &RunFolder, job: &str, view: Option<&JobView>) -> Self {
        let ended = view.and_then(|view| match view.state {
            JobState::Ended(end) => Some((end, view)),
            JobState::Pending | JobState::Running => None,
        });
        let node = ended.and_then(|(_, view)| view.node.clone());
        // A grader that Slurm has ended may still have noted its exit status.
        if let Some((end, _)) = ended
            && !matches!(end, JobEnd::Completed | JobEnd::Failed)
        {
            return Self::Ended { node, end };
        }
        if let Some(end) = folder.end(job) {
            return Self::noted(end, folder, job);
        }
        let Some((end, view)) = ended else {
            return Self::Lost;
        };
        // Where there is no folder for the log either, Slurm cannot even start the script, whose first line this is. A
        // script that is killed has no exit status.
        if end == JobEnd::Failed && view.exit.is_some_and(|status| status != 0) {
            return Self::Unseen { node };
        }
        Self::Ended { node, end }
    }

    fn noted(end: End, folder: &RunFolder, job: &str) -> Self {
        if end.problem.is_empty() {
            Self::Grader {
                node: end.node,
                status: end.status,
                last_words: folder.last_words(job),
            }
        } else {
            Self::Node {
                node: end.node,
                problem: end.problem,
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node { node, problem } => write!(f, "node {node} {problem}"),
            Self::Unseen { node } => write!(
                f,
                "{} does not see the folder of --out; it has to be on a disk that all nodes share",
                on(node.as_deref())
            ),
            Self::Grader {
                node,
                status,
                last_words,
            } => {
                write!(f, "exit status {status} on node {node}")?;
                match last_words {
                    Some(words) => write!(f, ": {words}"),
                    None => Ok(()),
                }
            }
            Self::Ended { node, end } => write!(f, "{} {end}", on(node.as_deref())),
            Self::Lost => f.write_str("Slurm does not know its job any more, and it left no note"),
        }
    }
}

fn on(node: Option<&str>) -> String {
    node.map_or_else(|| "it".to_owned(), |node| format!("node {node}: it"))
}
