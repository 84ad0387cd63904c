//! Commands that are other programs, so that nobody compiles mdBook or a sandbox who does not use it.

use std::path::Path;
use std::process::Command;

use crate::args::ForwardedArgs;
use crate::cargo::CargoError;
use crate::commands::{CommandResult, CommandStatus};

/// Exit status of cargo when it failed, and of a program that panicked.
const FAILED: i32 = 101;

/// One of the course's other programs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Program {
    /// The book and its figures.
    Book,
    /// Grading a class.
    Batch,
    /// The authors' proofs.
    Proof,
    /// New exercises, and what is missing from them.
    Author,
}

impl Program {
    fn package(self) -> &'static str {
        match self {
            Self::Book => "attentive-book",
            Self::Batch => "attentive-batch",
            Self::Proof => "attentive-proof",
            Self::Author => "attentive-author",
        }
    }
}

/// Runs a program with its command, if that is not among the arguments, and the arguments given; in the folder that they
/// were typed in.
pub(crate) fn run(
    program: Program,
    command: Option<&str>,
    passed: &ForwardedArgs,
    here: &Path,
) -> CommandResult {
    let mut cargo = Command::new(attentive_course::cargo_program());
    cargo.args(["run", "--quiet", "--package", program.package(), "--"]);
    cargo
        .args(command)
        .args(&passed.arguments)
        .current_dir(here);
    // Without it a program does what it can do alone.
    if let Ok(command) = std::env::current_exe() {
        cargo.env(attentive_course::COMMAND_VARIABLE, command);
    }
    let status = cargo.status().map_err(CargoError::from)?;
    // Without an exit status of its own, because it was ended by a signal, it did not do its work.
    let code = status
        .code()
        .filter(|code| *code != FAILED)
        .and_then(|code| u8::try_from(code).ok());
    Ok(CommandStatus::Other(code.unwrap_or(2)))
}
