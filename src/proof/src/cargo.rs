//! Cargo, which compiles the mutants and runs the variants.

use std::process::{Command, Output};

use attentive_course::cargo_program;

use crate::error::ProofError;

/// Returns the cargo that runs this program, if one does, and otherwise the one of that name.
pub(crate) fn cargo() -> Command {
    Command::new(cargo_program())
}

/// Returns what cargo says about its version, which is that of its toolchain.
pub(crate) fn version() -> Result<String, ProofError> {
    let output = output(cargo().args(["--version", "--verbose"]))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs cargo to its end; its exit status may be any.
pub(crate) fn output(command: &mut Command) -> Result<Output, ProofError> {
    command
        .output()
        .map_err(|error| ProofError::Cargo(error.to_string()))
}
