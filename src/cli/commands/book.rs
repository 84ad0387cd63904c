//! `attentive book`: another program, so that nobody compiles mdBook who does not build the book.

use std::ffi::OsString;
use std::process::Command;

use crate::cargo::{self, CargoError};
use crate::commands::{Outcome, Status};

/// Runs `attentive-book` with the arguments given.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let mut command = Command::new(cargo::program());
    command.args(["run", "--quiet", "--package", "attentive-book", "--"]).args(arguments);
    let status = command.status().map_err(CargoError::from)?;
    // Ended by a signal, it has no exit status, and did not do its work.
    Ok(Status::Other(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)))
}
