//! Grading a class.
//!
//! The data's way, module by module:
//!
//! 1. `intake` takes folders and archives in and keeps, for each student, the sources of each exercise: nothing else of
//!    what was handed in is ever used.
//! 2. `dependencies` has cargo build what the exercises depend on, once; `prepared` adds to it what saves compiling and
//!    linking the same for each student.
//! 3. `job` makes one job of equal sources; `schedule` spreads the jobs over the cores.
//! 4. `compile` (stage 1) and `work` (stage 2) each run in a `sandbox`. Only tensors come back, and they are compared
//!    here: the expected values never enter a sandbox.
//! 5. `journal` keeps each `verdict` as soon as it is known; a run that was killed goes on from there.
//! 6. `grades` puts the verdicts together for each student; `report` and `export` write them down.
//!
//! The instructors' chapter of the book, `grading-a-class.md`, has the threat model.

mod args;
mod commands;
mod compile;
mod course;
mod dependencies;
mod error;
mod export;
mod grades;
mod graph;
mod hash;
mod intake;
mod job;
mod journal;
mod limits;
mod output;
mod prepared;
mod release;
mod report;
mod sandbox;
mod schedule;
mod text;
mod verdict;
mod work;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use error::Error;

/// The program. Inside a sandbox it is called in another way: then it takes its rights away and becomes what is to be
/// kept in.
pub fn main() -> ExitCode {
    if let Some(entry) = sandbox::is_entry() {
        return sandbox::enter(&entry);
    }
    let done = match Arguments::parse().command {
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
            // Names of files and what other programs said take part in some.
            eprintln!("error: {}", text::plain(&error.to_string()));
            ExitCode::from(2)
        }
    }
}
