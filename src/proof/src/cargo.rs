//! Cargo, which compiles the mutants and runs the variants.

use std::path::Path;
use std::process::{Command, Output};

use crate::course::ProofError;

/// Runs cargo in a folder, with what is to be set in its environment; its exit status may be any.
pub(crate) fn run(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &Path)],
) -> Result<Output, ProofError> {
    // The cargo that runs this program, if one does.
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .envs(environment.iter().copied());
    command
        .output()
        .map_err(|error| ProofError::Cargo(error.to_string()))
}
