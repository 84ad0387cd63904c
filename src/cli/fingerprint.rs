//! Fingerprints of what verdicts depend on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use attentive_course::manifest::transitive_path_deps;
use attentive_course::{Exercise, sources};
use hmac_sha256::Hash;

/// Hashes the manifest and the sources of the crate in a folder.
pub(crate) fn hash_crate(folder: &Path) -> String {
    let mut files = BTreeSet::new();
    add_crate(folder, &mut files);
    hash_files(files)
}

/// Hashes all that a verdict depends on: the sources, the cases and the grader.
pub(crate) fn hash_inputs(exercise: &Exercise) -> String {
    let mut files = source_files(exercise);
    files.extend([exercise.words(), exercise.pack(), exercise.adapter()]);
    hash_files(files)
}

/// Formats the SHA-256 of bytes in hexadecimal digits.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(Hash::hash(bytes.as_ref()))
}

/// Lists the manifests and sources of an exercise and of whatever it is built on, in the course or not.
fn source_files(exercise: &Exercise) -> BTreeSet<PathBuf> {
    let mut folders = transitive_path_deps(&exercise.directory());
    folders.insert(exercise.directory());
    let mut files = BTreeSet::new();
    for folder in folders {
        add_crate(&folder, &mut files);
    }
    files
}

/// Adds the manifest and the sources of the crate in a folder.
fn add_crate(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    files.extend(sources(folder));
    let manifest = folder.join("Cargo.toml");
    // If a crate is missing, cargo says so.
    if manifest.is_file() {
        files.insert(manifest);
    }
}

/// Hashes files. One that cannot be read, or is being replaced, has a part in it, too: the compiler says what is wrong
/// with it, and once it can be read, the fingerprint is another.
fn hash_files(files: BTreeSet<PathBuf>) -> String {
    let mut hash = Hash::new();
    // All crates of the course have one version, so this is the grader's, too.
    hash.update(env!("CARGO_PKG_VERSION"));
    for file in files {
        match std::fs::read(&file) {
            // With the lengths, no two lists of files give the same bytes.
            Ok(bytes) => {
                hash.update(format!("\n{} {}\n", file.display(), bytes.len()));
                hash.update(bytes);
            }
            Err(_) => hash.update(format!("\n{} unreadable\n", file.display())),
        }
    }
    hex(hash.finalize())
}

fn hex(digest: [u8; 32]) -> String {
    let digits = digest.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}
