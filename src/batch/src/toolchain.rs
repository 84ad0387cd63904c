//! The Rust toolchain of the course, and calls of its programs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A reason for which a program of the toolchain did not do its work.
#[derive(Debug, Error)]
pub(crate) enum ToolchainError {
    #[error("{program} cannot be run ({error}); install Rust from https://rustup.rs")]
    Run { program: String, error: io::Error },
    #[error("the exercises' dependencies could not be built; {program} said:\n{stderr}")]
    Failed { program: String, stderr: String },
}

/// A Rust toolchain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Toolchain {
    /// The version of the compiler, in a line.
    pub(crate) version: String,
    /// The kind of machine that the compiler runs on, such as `x86_64-unknown-linux-gnu`.
    pub(crate) host: String,
    /// Its folder.
    pub(crate) sysroot: PathBuf,
    /// Everything that the compiler prints about its version.
    pub(crate) description: String,
}

impl Toolchain {
    /// Finds the toolchain that is used in a folder.
    pub(crate) fn find(folder: &Path) -> Result<Self, ToolchainError> {
        let mut rustc = Command::new("rustc");
        let description = stdout_of(rustc.args(["--version", "--verbose"]).current_dir(folder))?;
        let mut rustc = Command::new("rustc");
        let sysroot = stdout_of(rustc.args(["--print", "sysroot"]).current_dir(folder))?;
        let host = description
            .lines()
            .find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            version: description.lines().next().unwrap_or_default().to_owned(),
            host: host.unwrap_or_default().to_owned(),
            sysroot: sysroot.trim().into(),
            description,
        })
    }
}

/// Runs a program of the toolchain, and returns its standard output.
pub(crate) fn stdout_of(command: &mut Command) -> Result<String, ToolchainError> {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) => return Err(ToolchainError::Run { program, error }),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(ToolchainError::Failed {
        program,
        stderr: stderr.trim_end().to_owned(),
    })
}
