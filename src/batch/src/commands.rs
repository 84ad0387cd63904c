//! The commands, step by step.

pub(crate) mod alone;
pub(crate) mod grade;
pub(crate) mod merge;
pub(crate) mod regrade;
pub(crate) mod slurm;
