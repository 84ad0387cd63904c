//! The files of an exercise's data.

use std::path::{Path, PathBuf};

/// Name of a golden pack.
pub const PACK: &str = "golden.safetensors";

/// Folder with the pack and the `exercise.toml` of the crate in `directory`: that folder itself, or for a solution, which
/// has no data of its own, the exercise of the same name.
pub fn data_directory(directory: &Path) -> PathBuf {
    if directory.join(PACK).exists() {
        return directory.to_owned();
    }
    match (directory.ancestors().nth(2), directory.file_name()) {
        (Some(root), Some(folder)) => root.join("exercises").join(folder),
        _ => directory.to_owned(),
    }
}
