//! The limits that this program itself was started with. What it starts has no more than these, so they have to be enough
//! before anybody is graded: a limit of a shell must not look like a student's fault.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use thiserror::Error;

use crate::compile::{MAX_COMPILER_THREADS, MAX_EXECUTABLE_BYTES};
use crate::limits::Limits;
use crate::sandbox::{CPU_GRACE, CPU_MARGIN, STACK_BYTES};

/// The files that this program needs beside those of jobs.
const FILES: u64 = 24;
/// The files and pipes that a job needs at one time.
const FILES_OF_A_JOB: u64 = 12;

/// A limit of this program's own that is too low. `ulimit` shows and counts it in the same way.
#[derive(Debug, Error)]
#[error(
    "expected at least {expected} {unit}, found {found}: the hard limit of the shell, container or service that started \
     this (`ulimit -H{flag}`) is lower than what {needs}. Raise it there{remedy}"
)]
pub(crate) struct OwnLimitError {
    expected: u64,
    found: u64,
    unit: &'static str,
    flag: char,
    needs: &'static str,
    remedy: &'static str,
}

/// A limit, and the least that it may be.
struct Need {
    resource: Resource,
    /// The letter by which `ulimit` knows it.
    flag: char,
    /// The unit in which `ulimit` counts, and its size.
    unit: &'static str,
    unit_size: u64,
    least: u64,
    needs: &'static str,
    /// The other ways, as the end of a sentence.
    remedy: &'static str,
}

/// Raises this program's limits as far as it may, and makes sure that they are enough for grading `jobs` at one time.
pub(crate) fn ensure_sufficient(limits: &Limits, jobs: usize) -> Result<(), OwnLimitError> {
    for need in needs(limits, jobs) {
        let Rlimit { current, maximum } = getrlimit(need.resource);
        if let Some(found) = maximum
            && found < need.least
        {
            return Err(OwnLimitError {
                expected: need.least.div_ceil(need.unit_size),
                found: found / need.unit_size,
                unit: need.unit,
                flag: need.flag,
                needs: need.needs,
                remedy: need.remedy,
            });
        }
        if current.is_some_and(|current| current < need.least) {
            let raised = Rlimit {
                current: Some(need.least),
                maximum,
            };
            // Up to the hard limit everybody may raise it; should that fail, what is started says so.
            let _ = setrlimit(need.resource, raised);
        }
    }
    Ok(())
}

fn needs(limits: &Limits, jobs: usize) -> [Need; 7] {
    let seconds = limits.task.max(limits.compile).as_secs() + CPU_MARGIN + CPU_GRACE;
    let memory = limits.memory.max(limits.compile_memory) << 20;
    let need = |resource, flag, unit, unit_size, least| Need {
        resource,
        flag,
        unit,
        unit_size,
        least,
        needs: "the sandbox gives a program",
        remedy: "",
    };
    [
        Need {
            needs: "the jobs need that are graded at one time",
            remedy: ", or grade fewer at one time with --jobs",
            ..need(
                Resource::Nofile,
                'n',
                "open files",
                1,
                FILES + FILES_OF_A_JOB * jobs as u64,
            )
        },
        Need {
            remedy: ", or ask for fewer with --limit-threads if that is more than the compiler's",
            ..need(
                Resource::Nproc,
                'u',
                "processes",
                1,
                limits.threads.max(MAX_COMPILER_THREADS),
            )
        },
        Need {
            remedy: ", or ask for less time with --limit-task and --limit-compile",
            ..need(Resource::Cpu, 't', "seconds of processor time", 1, seconds)
        },
        Need {
            remedy: ", or ask for less with --limit-memory and --limit-compile-memory",
            ..need(Resource::As, 'v', "KiB of address space", 1 << 10, memory)
        },
        Need {
            remedy: ", or ask for less with --limit-memory and --limit-compile-memory",
            ..need(Resource::Data, 'd', "KiB of data", 1 << 10, memory)
        },
        need(
            Resource::Fsize,
            'f',
            "KiB in a file",
            1 << 10,
            MAX_EXECUTABLE_BYTES,
        ),
        need(Resource::Stack, 's', "KiB of stack", 1 << 10, STACK_BYTES),
    ]
}
