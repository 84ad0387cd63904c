//! Limits on what a submission may use.

use std::time::Duration;

use attentive_course::text::parse_seconds;
use clap::Args;
use serde::{Deserialize, Serialize};

/// Limits on what a submission may use.
#[derive(Debug, Clone, PartialEq, Eq, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Time for one call of a student's function
    #[arg(long = "limit-call", value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    pub(crate) call: Duration,
    /// Time for all calls of one task
    #[arg(long = "limit-task", value_name = "SECONDS", default_value = "60", value_parser = parse_seconds)]
    pub(crate) task: Duration,
    /// Time for compiling one exercise
    #[arg(long = "limit-compile", value_name = "SECONDS", default_value = "60", value_parser = parse_seconds)]
    pub(crate) compile: Duration,
    /// Memory of a student's program
    #[arg(long = "limit-memory", value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(64..))]
    pub(crate) memory: u64,
    /// Memory of the compiler
    #[arg(long = "limit-compile-memory", value_name = "MIB", default_value_t = 3072, value_parser = clap::value_parser!(u64).range(512..))]
    pub(crate) compile_memory: u64,
    /// Number of threads of a student's program
    #[arg(long = "limit-threads", value_name = "NUMBER", default_value_t = 64, value_parser = clap::value_parser!(u64).range(8..))]
    pub(crate) threads: u64,
    /// Size of what a student's program prints for one task
    #[arg(long = "limit-output", value_name = "KIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) output: u64,
}
