//! All that CI would say about one exercise, step by step.

mod program;
mod reading;
mod steps;
mod tools;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use attentive_course::files::FileError;
use attentive_course::{Course, CourseError, Exercise, Tree};
use serde::Serialize;
use thiserror::Error;

use crate::part::Part;
pub use program::ProgramError;
pub use steps::Step;

/// An exercise that cannot be checked.
#[derive(Debug, Error)]
pub enum CheckError {
    /// There is no such exercise, or no course.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A program cannot be run.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Something that an exercise lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The place or the claim that does not hold.
    pub what: String,
    /// The remedy.
    pub remedy: String,
    /// The last lines that a program printed about it; empty if no program was run.
    pub output: String,
}

impl Gap {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
            output: String::new(),
        }
    }
}

/// The outcome of a step.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing is missing.
    Holds,
    /// This is missing.
    Missing(Vec<Gap>),
    /// It cannot be checked before these files are there and have no placeholder any more.
    Waiting(Vec<PathBuf>),
    /// The step could not do its work.
    Failed(CheckError),
}

/// A step that was taken.
#[derive(Debug)]
pub struct Checked {
    /// The step's name.
    pub step: &'static str,
    /// Its outcome.
    pub outcome: Outcome,
    /// The time that it took.
    pub time: Duration,
}

/// An exercise to be checked.
#[derive(Debug)]
pub struct Check {
    course: Course,
    exercise: Exercise,
    /// The files that are not there or have a placeholder.
    unwritten: Vec<Part>,
}

impl Check {
    /// Begins to check the exercise that goes by a name, a folder or a number.
    ///
    /// # Errors
    /// When there is none, or a file of it cannot be read.
    pub fn new(course: Course, name: &str) -> Result<Self, CheckError> {
        let all = course.exercises(Tree::Solutions)?;
        let exercise = attentive_course::find(&all, name)?.clone();
        let unwritten = reading::unwritten(&course, &exercise)?;
        Ok(Self {
            course,
            exercise,
            unwritten,
        })
    }

    /// Name of the exercise's folder.
    pub fn folder(&self) -> String {
        self.exercise.folder()
    }

    /// The steps, in the order in which an author comes to them.
    pub fn steps() -> &'static [Step] {
        &steps::STEPS
    }

    /// Takes a step.
    pub fn take(&self, step: &Step) -> Checked {
        let start = Instant::now();
        let waits_for = |part: &Part| self.unwritten.contains(part);
        let waiting: Vec<PathBuf> = step
            .needs
            .iter()
            .filter(|part| waits_for(part))
            .map(|part| part.path(&self.exercise))
            .collect();
        let outcome = if !waiting.is_empty() {
            Outcome::Waiting(waiting)
        } else {
            match step.gaps(self) {
                Ok(gaps) if gaps.is_empty() => Outcome::Holds,
                Ok(gaps) => Outcome::Missing(gaps),
                Err(error) => Outcome::Failed(error),
            }
        };
        Checked {
            step: step.name,
            outcome,
            time: start.elapsed(),
        }
    }
}
