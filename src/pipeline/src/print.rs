//! Printing and writing: answers go to standard output or into a file, everything else to standard error.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
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

/// Writes an answer into a file.
///
/// # Errors
/// When it cannot be written. Then there is no file with a part of it.
pub(crate) fn write(path: &Path, answer: impl AsRef<[u8]>) -> Result<(), PipelineError> {
    let failed = |error| PipelineError::File {
        path: path.to_owned(),
        error,
    };
    let mut file = File::create(path).map_err(failed)?;
    file.write_all(answer.as_ref()).map_err(|error| {
        // A device, such as /dev/stdout, stays.
        if path.is_file() {
            let _ = fs::remove_file(path);
        }
        failed(error)
    })
}

/// Prints a line on standard error. Where that is closed, nobody misses it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A bar on standard error, if that is a terminal.
pub(crate) fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    // Templates are constants; should indicatif no longer like one, its own will do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// The columns that a text takes in a terminal: some signs, such as those of Chinese, take two.
pub(crate) fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

/// Adds spaces up to a number of columns.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_signs_take_two_columns() {
        assert_eq!(pad("a", 4), "a   ");
        assert_eq!(pad("日", 4), "日  ");
        assert_eq!(pad("日本", 3), "日本");
    }
}
