//! What each command does, step by step.

pub(crate) mod grade;
pub(crate) mod merge;
