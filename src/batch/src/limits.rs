//! What a submission may use.

use std::num::ParseFloatError;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

/// Limits on what a submission may use.
#[derive(Debug, Clone, PartialEq, Eq, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// How long one call of a student's function may take
    #[arg(long = "limit-call", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) call: Duration,
    /// How long all calls of one task may take
    #[arg(long = "limit-task", value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) task: Duration,
    /// How long compiling one exercise may take
    #[arg(long = "limit-compile", value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) compile: Duration,
    /// How much memory a student's program may have
    #[arg(long = "limit-memory", value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(64..))]
    pub(crate) memory: u64,
    /// How much memory the compiler may have
    #[arg(long = "limit-compile-memory", value_name = "MIB", default_value_t = 3072, value_parser = clap::value_parser!(u64).range(512..))]
    pub(crate) compile_memory: u64,
    /// How many threads a student's program may have
    #[arg(long = "limit-threads", value_name = "NUMBER", default_value_t = 64, value_parser = clap::value_parser!(u64).range(8..))]
    pub(crate) threads: u64,
    /// How much a student's program may print for one task
    #[arg(long = "limit-output", value_name = "KIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) output: u64,
}

/// A number of seconds above 0.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .map_err(|error: ParseFloatError| error.to_string())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err("expected a number of seconds above 0, such as 2 or 0.5".to_owned()),
    }
}

/// A duration as people write it.
pub(crate) fn words(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
