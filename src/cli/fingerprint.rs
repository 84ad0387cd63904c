//! What a verdict was about: the content of the files that it depends on.

use std::collections::BTreeSet;
use std::path::PathBuf;

use attentive_course::Exercise;
use attentive_course::files::{self, FileError};
use attentive_course::manifest;
use sha2::{Digest, Sha256};

/// What the grader reads, beside the learner's files.
const GRADED: [&str; 3] = ["exercise.toml", "golden.safetensors", "tests/grade.rs"];

/// Of the learner's files and of the crates that they are built on: what a save changes.
pub(crate) fn of_sources(exercise: &Exercise) -> Result<String, FileError> {
    of(sources(exercise)?)
}

/// Of all that a verdict depends on: the same, the cases and the grader.
pub(crate) fn of_all(exercise: &Exercise) -> Result<String, FileError> {
    let mut files = sources(exercise)?;
    files.extend(GRADED.map(|file| exercise.directory().join(file)));
    of(files)
}

/// The manifests and sources of an exercise and of whatever it is built on, in the course or not.
fn sources(exercise: &Exercise) -> Result<BTreeSet<PathBuf>, FileError> {
    let mut files = BTreeSet::new();
    for folder in manifest::transitive_path_deps(&exercise.directory())
        .into_iter()
        .chain([exercise.directory()])
    {
        let sources = files::list_rust(&folder.join("src"))?;
        files.extend(
            sources
                .into_iter()
                .map(|file| folder.join("src").join(file)),
        );
        // Of a crate that is not there cargo says so.
        files.extend(Some(folder.join("Cargo.toml")).filter(|manifest| manifest.is_file()));
    }
    Ok(files)
}

fn of(files: BTreeSet<PathBuf>) -> Result<String, FileError> {
    let mut hash = Sha256::new();
    // All crates of the course have one version, so this is the grader's, too.
    hash.update(env!("CARGO_PKG_VERSION"));
    for file in files {
        let bytes = files::read(&file)?;
        // With the lengths, no two lists of files give the same bytes.
        hash.update(format!("\n{} {}\n", file.display(), bytes.len()));
        hash.update(bytes);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
