//! The exercises with all that their authors wrote.

use std::path::{Path, PathBuf};

use attentive_course::files;
use attentive_course::{Course, Exercise, Tree};
use attentive_grader::{ExerciseText, Pack};
use serde::Deserialize;

use crate::error::ProofError;

/// An exercise with all that its author wrote.
#[derive(Debug)]
pub struct Authored {
    /// Its names, in the tree of solutions.
    pub exercise: Exercise,
    /// Path of its crate's folder.
    pub folder: PathBuf,
    /// Its golden pack.
    pub pack: Pack,
    /// Its words.
    pub info: ExerciseText,
    /// The mutants that an author has found to be right answers after all.
    pub equivalent: Vec<Equivalent>,
}

/// A mutant that no case can reject, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalent {
    /// The mutant's title.
    pub mutant: String,
    /// The reason why it is a right answer.
    pub because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EquivalentFile {
    #[serde(default)]
    equivalent: Vec<Equivalent>,
}

impl Authored {
    /// Returns the exercise's name.
    pub fn name(&self) -> &str {
        &self.exercise.name
    }

    /// Returns `true` if an author has found a mutant of this title to be a right answer.
    pub fn calls_equivalent(&self, title: &str) -> bool {
        self.equivalent.iter().any(|known| known.mutant == title)
    }

    /// Returns the name of the solution's package.
    pub(crate) fn package(&self) -> String {
        self.exercise.package()
    }
}

/// Loads every exercise of the course, or those named, in order.
///
/// # Errors
/// When one is broken or unknown.
pub fn authored(root: &Path, names: &[String]) -> Result<Vec<Authored>, ProofError> {
    let course = Course::at(root);
    let mut exercises = Vec::new();
    for exercise in course.select(Tree::Solutions, names)? {
        exercises.push(load(&course, exercise)?);
    }
    Ok(exercises)
}

fn load(course: &Course, exercise: Exercise) -> Result<Authored, ProofError> {
    let folder = course.path(exercise.directory());
    Ok(Authored {
        pack: Pack::load(&course.path(exercise.pack()))?,
        info: ExerciseText::load(&course.path(exercise.data_directory()))?,
        equivalent: equivalent(&folder.join("equivalent.toml"))?,
        folder,
        exercise,
    })
}

/// Reads an `equivalent.toml`; where there is none, every mutant has to be killed.
fn equivalent(path: &Path) -> Result<Vec<Equivalent>, ProofError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = files::read_text(path)?;
    let parsed: EquivalentFile = toml::from_str(&text).map_err(ProofError::text(path))?;
    Ok(parsed.equivalent)
}
