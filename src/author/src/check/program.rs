//! Programs that check something, and what they print.

use std::io;
use std::process::{Command, Stdio};

use attentive_course::Course;
use thiserror::Error;

use super::Gap;

/// The most lines of a program's output that are shown.
const LINES: usize = 30;

/// A program that did not check anything.
#[derive(Debug, Error)]
#[error(
    "`{command}` cannot be run ({error}); install Rust from https://rustup.rs, with rustfmt and clippy"
)]
pub struct ProgramError {
    /// The command.
    command: String,
    /// The system's error.
    error: io::Error,
}

/// A program to run, and what it means if it does not succeed.
pub(super) struct Program<'a> {
    pub(super) program: &'a std::ffi::OsStr,
    pub(super) arguments: &'a [&'a str],
    /// The claim that does not hold if the program fails.
    pub(super) what: &'a str,
    pub(super) remedy: &'a str,
}

/// Runs cargo as [`run`] runs a program.
pub(super) fn cargo(
    course: &Course,
    arguments: &[&str],
    what: &str,
    remedy: &str,
) -> Result<Vec<Gap>, ProgramError> {
    let program = &attentive_course::cargo_program();
    let program = Program {
        program,
        arguments,
        what,
        remedy,
    };
    run(course, &program)
}

/// Runs a program at the course's root. Returns a gap if it does not succeed.
pub(super) fn run(course: &Course, program: &Program<'_>) -> Result<Vec<Gap>, ProgramError> {
    let output = Command::new(program.program)
        .args(program.arguments)
        .current_dir(course.root())
        // A snapshot that differs is shown, and not written.
        .env("INSTA_UPDATE", "no")
        .env("CARGO_TERM_COLOR", "never")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| ProgramError {
            command: format!(
                "{} {}",
                program.program.display(),
                program.arguments.join(" ")
            ),
            error,
        })?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
    printed += &String::from_utf8_lossy(&output.stderr);
    Ok(vec![Gap {
        what: program.what.to_owned(),
        remedy: program.remedy.to_owned(),
        output: last_lines(&printed),
    }])
}

/// The last lines of a text, without empty ones.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
