//! A line of a file, for messages to its author.

use std::fmt;
use std::path::{Path, PathBuf};

/// A line of a file. Displays as `file:line`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl Location {
    /// Locates the byte `at` in the text of a file.
    pub fn of_byte(file: &Path, text: impl AsRef<[u8]>, at: usize) -> Self {
        Self {
            file: file.to_owned(),
            line: line_of_byte(text, at),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Number of the line, from 1, that has the byte `at` of a text; past its end, that of the last line.
pub fn line_of_byte(text: impl AsRef<[u8]>, at: usize) -> usize {
    let text = text.as_ref();
    let before = &text[..at.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newline_belongs_to_the_line_that_it_ends() {
        let lines = [0, 1, 2, 3, 9].map(|at| line_of_byte("a\nb", at));
        assert_eq!(lines, [1, 1, 2, 2, 2]);
        let location = Location::of_byte(Path::new("exercise.toml"), "a\nb", 2);
        assert_eq!(location.to_string(), "exercise.toml:2");
    }
}
