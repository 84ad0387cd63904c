//! The exercises with all that their authors wrote.

use std::path::{Path, PathBuf};

use attentive_grader::{ExerciseText, Pack};
use serde::Deserialize;

use crate::error::ProofError;
use crate::files;

/// An exercise with all that its author wrote.
#[derive(Debug)]
pub struct Authored {
    /// Its crate's folder.
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
        &self.pack.manifest().exercise
    }

    /// Returns `true` if an author has found a mutant of this title to be a right answer.
    pub fn calls_equivalent(&self, title: &str) -> bool {
        self.equivalent.iter().any(|known| known.mutant == title)
    }

    /// Returns the name of the solution's package.
    pub(crate) fn package(&self) -> String {
        format!("{}-solution", self.name())
    }
}

/// Loads every exercise of the course, or those named, in order.
///
/// # Errors
/// When one is broken or unknown.
pub fn authored(root: &Path, names: &[String]) -> Result<Vec<Authored>, ProofError> {
    let folders = files::list(&root.join("solutions"))?;
    for name in names {
        if !folders.iter().any(|folder| is_named(folder, name)) {
            return Err(ProofError::Unknown(name.clone()));
        }
    }
    let mut exercises = Vec::new();
    for folder in folders {
        if names.is_empty() || names.iter().any(|name| is_named(&folder, name)) {
            exercises.push(load(folder)?);
        }
    }
    Ok(exercises)
}

/// Returns `true` if a folder such as `01-softmax` is that of the exercise `softmax`.
fn is_named(folder: &Path, name: &str) -> bool {
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    folder
        .split_once('-')
        .is_some_and(|(_, folder)| folder == name)
}

fn load(folder: PathBuf) -> Result<Authored, ProofError> {
    Ok(Authored {
        pack: Pack::load(&folder.join("golden.safetensors"))?,
        info: ExerciseText::load(&folder)?,
        equivalent: equivalent(&folder.join("equivalent.toml"))?,
        folder,
    })
}

/// Reads an `equivalent.toml`; where there is none, every mutant has to be killed.
fn equivalent(path: &Path) -> Result<Vec<Equivalent>, ProofError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ProofError::file(path)(error)),
    };
    let parsed: EquivalentFile = toml::from_str(&text).map_err(ProofError::text(path))?;
    Ok(parsed.equivalent)
}
