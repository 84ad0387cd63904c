//! Limits on what a submission may use.

use std::fmt;
use std::time::Duration;

use attentive_course::text::{format_seconds, parse_seconds};
use clap::Args;
use serde::{Deserialize, Serialize};

/// The most memory, a tebibyte: far more than a program gets, and its bytes can be counted.
const MOST_MIB: u64 = 1 << 20;
/// The most threads. Linux has no more processes by default.
const MOST_THREADS: u64 = 1 << 15;
/// The most output, a gibibyte.
const MOST_OUTPUT_KIB: u64 = 1 << 20;

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
    /// Time for a whole submission: for all attempts at all of its exercises
    #[arg(long = "limit-submission", value_name = "SECONDS", default_value = "600", value_parser = parse_seconds)]
    #[serde(default = "default_submission")]
    pub(crate) submission: Duration,
    /// Memory of a student's program
    #[arg(long = "limit-memory", value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(64..=MOST_MIB))]
    pub(crate) memory: u64,
    /// Memory of the compiler
    #[arg(long = "limit-compile-memory", value_name = "MIB", default_value_t = 3072, value_parser = clap::value_parser!(u64).range(512..=MOST_MIB))]
    pub(crate) compile_memory: u64,
    /// Number of threads of a student's program
    #[arg(long = "limit-threads", value_name = "NUMBER", default_value_t = 64, value_parser = clap::value_parser!(u64).range(8..=MOST_THREADS))]
    pub(crate) threads: u64,
    /// Size of what a student's program prints for one task
    #[arg(long = "limit-output", value_name = "KIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=MOST_OUTPUT_KIB))]
    pub(crate) output: u64,
}

/// The time of a submission in outputs that say nothing of it.
fn default_submission() -> Duration {
    Duration::from_secs(600)
}

/// A limit that a submission reached. Its text names it in the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitHit {
    /// The time of one call.
    CallTime(Duration),
    /// The time of all calls of a task.
    TaskTime(Duration),
    /// The time of a whole submission.
    SubmissionTime(Duration),
    /// The processor time of a task.
    TaskCpuTime(Duration),
    /// The memory of the student's program.
    Memory { mib: u64 },
    /// A thread could not be started: there were too many, or no memory was left for one.
    Threads { threads: u64, mib: u64 },
    /// A file was written.
    FileSize,
    /// The output of the student's program.
    Output { kib: u64 },
    /// The time of the compiler.
    CompileTime(Duration),
    /// The processor time of the compiler.
    CompileCpuTime(Duration),
    /// The memory of the compiler.
    CompileMemory { mib: u64 },
    /// The size of the compiled program.
    ProgramSize { mib: u64 },
    /// The size of a file that the compiler wrote.
    CompiledFileSize { mib: u64 },
}

impl fmt::Display for LimitHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |duration: &Duration| format_seconds(*duration);
        match self {
            Self::CallTime(limit) => write!(f, "{} for one call", seconds(limit)),
            Self::TaskTime(limit) => write!(f, "{} for all calls of the task", seconds(limit)),
            Self::SubmissionTime(limit) => {
                write!(f, "{} for the whole submission", seconds(limit))
            }
            Self::TaskCpuTime(limit) => write!(f, "{} of processor time", seconds(limit)),
            Self::Memory { mib } => write!(f, "{mib} MiB of memory"),
            Self::Threads { threads, mib } => {
                write!(f, "{threads} threads, or {mib} MiB of memory")
            }
            Self::FileSize => f.write_str("no files may be written"),
            Self::Output { kib } => write!(f, "{kib} KiB of output"),
            Self::CompileTime(limit) => write!(f, "{} to compile", seconds(limit)),
            Self::CompileCpuTime(limit) => {
                write!(f, "{} of processor time to compile", seconds(limit))
            }
            Self::CompileMemory { mib } => write!(f, "{mib} MiB of memory to compile"),
            Self::ProgramSize { mib } => write!(f, "a program of {mib} MiB"),
            Self::CompiledFileSize { mib } => write!(f, "a file of {mib} MiB"),
        }
    }
}
