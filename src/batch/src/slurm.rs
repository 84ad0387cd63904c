//! Grading on a cluster with Slurm: parts of a class as an array of jobs, and a job that merges them.
//!
//! 1. `forwarded` turns the arguments of `grade` into those of each part and of the merge; `script` writes the two jobs.
//! 2. `controller` is Slurm: it submits, cancels and lists jobs.
//! 3. `record` stores which jobs were submitted for which part, in the folder `slurm` of the output.
//! 4. `status` puts together what Slurm, the jobs' own notes and the parts' outputs say.
//! 5. `follow` prints that until all jobs have ended.
//!
//! Nothing is decided by what a log says: parts are finished when their output says so, and it outlives every job.

mod controller;
mod error;
mod follow;
mod forwarded;
mod interrupt;
mod job_state;
mod record;
mod run_folder;
mod script;
mod status;

pub(crate) use controller::Controller;
pub(crate) use error::SlurmError;
pub(crate) use follow::{Followed, follow};
pub(crate) use forwarded::Forwarded;
pub(crate) use record::Record;
pub(crate) use run_folder::{FOLDER, MERGE, RunFolder, log_name};
pub(crate) use script::Scripts;
pub(crate) use status::{MergeStatus, Status};
