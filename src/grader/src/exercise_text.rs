//! `exercise.toml`: an exercise in words.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

/// The fewest hints of a task, so that there is more than a nudge and the answer.
pub const LEAST_HINTS: usize = 3;

/// The fewest mistakes of an exercise that the grader has to name.
pub const LEAST_MISTAKES: usize = 6;

/// An exercise in words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExerciseText {
    /// Its title.
    pub title: String,
    /// The page of the book that leads to it: `CHAPTER.html`.
    pub chapter: String,
    /// The minutes that it takes.
    pub minutes: u32,
    /// Its difficulty, from 1 to 5.
    pub difficulty: u32,
    /// Its tasks, in order.
    #[serde(rename = "task")]
    pub tasks: Vec<TaskText>,
    /// The mistakes that the grader can name.
    #[serde(rename = "mistake")]
    pub mistakes: Vec<MistakeText>,
}

/// A task in words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskText {
    /// The function's name.
    pub name: String,
    /// Its points when a class is graded.
    #[serde(default = "one")]
    pub points: u32,
    /// Hints, from a nudge to almost the answer.
    pub hints: Vec<String>,
}

fn one() -> u32 {
    1
}

/// A mistake in words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MistakeText {
    /// The id under which the golden pack has it.
    pub id: String,
    /// The thing that was done, in a sentence.
    pub what: String,
    /// Its consequence, in a sentence.
    pub why: String,
    /// The place in the book that explains it: `page.html#anchor`.
    pub anchor: String,
}

/// The reason for which an `exercise.toml` cannot be used.
#[derive(Debug, Error)]
pub enum ExerciseTextError {
    /// It cannot be read.
    #[error("{path}: expected an exercise.toml, but it cannot be read ({error})", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// It is not what is expected; the message has the line.
    #[error("{path}:{line}: {message}", path = path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The fault.
        message: String,
    },
}

impl ExerciseText {
    /// Reads the `exercise.toml` of a crate.
    ///
    /// # Errors
    /// When it cannot be read or lacks something; the message has the file and the line.
    pub fn load(directory: &Path) -> Result<Self, ExerciseTextError> {
        let path = directory.join("exercise.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return Err(ExerciseTextError::Read { path, error }),
        };
        toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = 1 + text.as_bytes()[..start]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            ExerciseTextError::Toml {
                path,
                line,
                message: error.message().to_owned(),
            }
        })
    }

    /// Returns the words on a mistake.
    pub fn mistake(&self, id: &str) -> Option<&MistakeText> {
        self.mistakes.iter().find(|mistake| mistake.id == id)
    }
}
