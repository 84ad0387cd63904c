//! Files that are read and written, with the path in each error.

use std::path::{Path, PathBuf};

use crate::error::ProofError;

/// Reads a text.
pub(crate) fn read(path: &Path) -> Result<String, ProofError> {
    std::fs::read_to_string(path).map_err(ProofError::file(path))
}

/// Writes a text, and makes the folder for it if there is none.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), ProofError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(ProofError::file(folder))?;
    std::fs::write(path, text).map_err(ProofError::file(path))
}

/// Lists the entries of a folder, sorted by name.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, ProofError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(ProofError::file(folder))? {
        paths.push(entry.map_err(ProofError::file(folder))?.path());
    }
    paths.sort();
    Ok(paths)
}
