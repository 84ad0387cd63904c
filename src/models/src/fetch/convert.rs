//! Brings files of old kinds into the hub's layout.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use super::error::FetchError;

/// Reads pickles that have nothing but tensors, and refuses all others.
const SCRIPT: &str = include_str!("pickle_to_safetensors.py");

/// Writes the tensors of a pickle as safetensors. Python reads it, for which a pickle is a program; the script lets it do
/// nothing but put tensors together.
pub(super) fn pickle(python: &OsStr, from: &Path, to: &Path) -> Result<(), FetchError> {
    let output = Command::new(python)
        .args(["-I", "-c", SCRIPT])
        .args([from, to])
        .output()
        .map_err(|error| FetchError::NoProgram {
            program: python.display().to_string(),
            package: from.display().to_string(),
            error,
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or("none").to_owned();
    Err(conversion(from, "a pickle of tensors", last))
}

/// Writes a configuration with its `model_type`, which the first of them did not have.
pub(super) fn add_type(from: &Path, to: &Path, name: &str) -> Result<(), FetchError> {
    let expected = "a configuration in JSON";
    let text = fs::read(from).map_err(FetchError::file(from))?;
    let mut fields: Map<String, Value> = serde_json::from_slice(&text)
        .map_err(|error| conversion(from, expected, error.to_string()))?;
    fields.insert("model_type".to_owned(), name.into());
    let text = serde_json::to_vec_pretty(&fields)
        .map_err(|error| conversion(from, expected, error.to_string()))?;
    fs::write(to, text).map_err(FetchError::file(to))
}

fn conversion(path: &Path, expected: &'static str, problem: String) -> FetchError {
    FetchError::Conversion {
        path: path.to_owned(),
        expected,
        problem,
    }
}
