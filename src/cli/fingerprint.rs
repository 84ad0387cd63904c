//! What a verdict was about: the content of the files that it depends on.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::course::Exercise;
use crate::files::{self, FileError};

/// Of the learner's files alone: what a save changes.
pub(crate) fn of_sources(exercise: &Exercise) -> Result<String, FileError> {
    of(&exercise.directory(), sources(exercise)?)
}

/// Of all that a verdict depends on: the learner's files, the cases and the grader.
pub(crate) fn of_all(exercise: &Exercise) -> Result<String, FileError> {
    let mut files = sources(exercise)?;
    files.extend(["Cargo.toml", "exercise.toml", "golden.safetensors", "tests/grade.rs"].map(PathBuf::from));
    of(&exercise.directory(), files)
}

fn sources(exercise: &Exercise) -> Result<Vec<PathBuf>, FileError> {
    let mut files = files::list(&exercise.directory().join("src"))?;
    // Editors and `reset` put other files beside them.
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    Ok(files.into_iter().map(|file| Path::new("src").join(file)).collect())
}

fn of(directory: &Path, files: Vec<PathBuf>) -> Result<String, FileError> {
    let mut hash = Sha256::new();
    // All crates of the course have one version, so this is the grader's, too.
    hash.update(env!("CARGO_PKG_VERSION"));
    for file in files {
        let bytes = files::read(&directory.join(&file))?;
        // With the lengths, no two lists of files give the same bytes.
        hash.update(format!("\n{} {}\n", file.display(), bytes.len()));
        hash.update(bytes);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
