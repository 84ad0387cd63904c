//! Grading a class.
//!
//! The flow of the data, module by module:
//!
//! 1. `intake` takes folders and archives in and collects, for each student, the sources of each exercise: nothing else
//!    of an upload is ever used.
//! 2. `dependencies` has cargo build the exercises' dependencies, once; `prebuilt` adds two crates to them that save
//!    compiling and linking the same code for each student.
//! 3. `job` makes one job of equal sources; `scheduler` spreads the jobs over the cores, those of a submission together.
//! 4. `joint` makes one program of a submission's plain code; `attempt` takes what is left, one job after the other. Both
//!    `compile` (stage 1) and `run_worker` (stage 2) in a `sandbox`. Only tensors come back, and they are compared here:
//!    the expected values never enter a sandbox.
//! 5. `journal` stores each of the `results` as soon as it is known; a run that was killed continues from there.
//! 6. `grades` puts the results together for each student; `publish` has `report` and `export` write them into files.
//!
//! `slurm` spreads the same over the machines of a cluster: it submits this program, once for each part of the class.
//!
//! The instructors' chapter of the book, `grading-a-class.md`, has the threat model.

mod args;
mod array_form;
mod attempt;
mod begun;
mod budget;
mod commands;
mod compile;
mod context;
mod course;
mod dependencies;
mod dependency_graph;
mod error;
mod export;
mod feedback;
mod grades;
mod hash;
mod intake;
mod job;
mod joint;
mod journal;
mod limits;
mod output;
mod own_limits;
mod permissions;
mod plain_code;
mod prebuilt;
mod progress;
mod publish;
mod release;
mod report;
mod results;
mod run;
mod run_header;
mod run_progress;
mod run_worker;
mod sandbox;
mod scheduler;
mod signatures;
mod slot;
mod slurm;
mod source_tokens;
mod text;
mod toolchain;

use std::process::ExitCode;
use std::thread;

use clap::Parser;

use args::{Arguments, Command};
use error::Error;

/// The stack of the thread that a command runs on.
const STACK_BYTES: usize = 8 << 20;

/// The program. Inside a sandbox it is called in another way: then it takes its rights away and becomes what is to be
/// kept in.
pub fn main() -> ExitCode {
    if let Some(spec) = sandbox::launch_argument() {
        return sandbox::launch(&spec);
    }
    // A stack of its own: the shell may allow so small a one that not even that could be said.
    let thread = thread::Builder::new().stack_size(STACK_BYTES);
    match thread.spawn(run_command).map(thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        // As few threads are allowed: the command names the limit.
        Err(_) => run_command(),
    }
}

fn run_command() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Grade(grade) if grade.slurm.slurm => commands::slurm::run(&grade),
        Command::Grade(grade) => commands::grade::run(&grade),
        Command::Merge(merge) => commands::merge::run(&merge),
        Command::Regrade(regrade) => commands::regrade::run(&regrade),
        Command::Release(release) => release::run(&release).map(|()| true).map_err(Error::from),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Error::Terminal(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            // Some errors contain names of files, or what other programs printed.
            eprintln!("error: {}", text::plain(&error.to_string()));
            ExitCode::from(2)
        }
    }
}
