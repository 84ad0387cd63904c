//! Printing: answers go to standard output, everything else to standard error.

use std::io::{self, Write};

use serde::Serialize;

use crate::error::PipelineError;

/// Prints an answer.
///
/// # Errors
/// When it cannot be printed.
pub(crate) fn print(text: &str) -> Result<(), PipelineError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// Prints an answer as JSON.
///
/// # Errors
/// When it cannot be printed.
pub(crate) fn json(answer: &impl Serialize) -> Result<(), PipelineError> {
    print(&(serde_json::to_string_pretty(answer)? + "\n"))
}

/// Prints a line on standard error. Where that is closed, nobody misses it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Adds spaces up to a number of characters.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}
