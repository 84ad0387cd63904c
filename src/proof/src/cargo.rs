//! Cargo, which compiles the mutants and runs the variants.

use std::process::{Command, Output};

use attentive_course::cargo_program;

use crate::error::ProofError;

/// Returns the cargo that runs this program, if one does, and otherwise the one of that name.
pub(crate) fn cargo() -> Command {
    Command::new(cargo_program())
}

/// Runs cargo to its end; its exit status may be any.
pub(crate) fn output(command: &mut Command) -> Result<Output, ProofError> {
    command
        .output()
        .map_err(|error| ProofError::Cargo(error.to_string()))
}
