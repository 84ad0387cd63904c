//! What an author wrote: the exercises in `solutions/`.

use std::path::{Path, PathBuf};

use attentive_grader::{ExerciseText, ExerciseTextError, Pack, PackError};
use serde::Deserialize;
use thiserror::Error;

/// Why nothing could be proved.
#[derive(Debug, Error)]
pub enum ProofError {
    /// A golden pack is broken.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// An `exercise.toml` is broken.
    #[error(transparent)]
    ExerciseText(#[from] ExerciseTextError),
    /// A file cannot be read or written.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A solution is not Rust, or `equivalent.toml` is not what is expected.
    #[error("{path}: {message}", path = path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Cargo failed.
    #[error("cargo: {0}")]
    Cargo(String),
    /// The unchanged solution does not pass among its mutants.
    #[error(
        "{0}: the unchanged solution was rejected, so that the rejections of its mutants prove nothing"
    )]
    Unsound(String),
    /// There is no such exercise.
    #[error("expected the name of an exercise such as `softmax`, found `{0}`")]
    Unknown(String),
}

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
    /// Why it is a right answer.
    pub because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EquivalentFile {
    #[serde(default)]
    equivalent: Vec<Equivalent>,
}

impl Authored {
    /// The exercise's name.
    pub fn name(&self) -> &str {
        &self.pack.manifest().exercise
    }
}

/// Every exercise of the course, or those named, in order.
///
/// # Errors
/// When one is broken or unknown.
pub fn authored(root: &Path, names: &[String]) -> Result<Vec<Authored>, ProofError> {
    let solutions = root.join("solutions");
    let file = |path: &Path, error| ProofError::File {
        path: path.to_owned(),
        error,
    };
    let entries = std::fs::read_dir(&solutions).map_err(|error| file(&solutions, error))?;
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, _>>()
        .map_err(|error| file(&solutions, error))?;
    folders.sort();
    let named = |folder: &Path, name: &str| {
        let folder = folder.file_name().unwrap_or_default().to_string_lossy();
        folder
            .split_once('-')
            .is_some_and(|(_, folder)| folder == name)
    };
    if let Some(unknown) = names
        .iter()
        .find(|name| !folders.iter().any(|folder| named(folder, name)))
    {
        return Err(ProofError::Unknown(unknown.clone()));
    }
    folders.retain(|folder| names.is_empty() || names.iter().any(|name| named(folder, name)));
    folders.into_iter().map(load).collect()
}

fn load(folder: PathBuf) -> Result<Authored, ProofError> {
    let pack = Pack::load(&folder.join("golden.safetensors"))?;
    let info = ExerciseText::load(&folder)?;
    let path = folder.join("equivalent.toml");
    let equivalent = match std::fs::read_to_string(&path) {
        Ok(text) => {
            let parsed: Result<EquivalentFile, _> = toml::from_str(&text);
            parsed
                .map_err(|error| ProofError::Text {
                    path,
                    message: error.to_string(),
                })?
                .equivalent
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(ProofError::File { path, error }),
    };
    Ok(Authored {
        folder,
        pack,
        info,
        equivalent,
    })
}
