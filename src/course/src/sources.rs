//! Files that a crate is compiled from.

use std::path::{Path, PathBuf};

use attentive_digest::module_paths;

use crate::files::{self, FileError};
use crate::manifest::normalize;

/// Lists the Rust files that the crate in `folder` is compiled from: those in its `src`, and given code elsewhere.
///
/// An unreadable folder is left out, and an unreadable file is listed: if the crate needs it, the compiler says so.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for file in files::list_readable_rust(&folder.join("src")) {
        let path = folder.join("src").join(file);
        sources.extend(given_code(&path).unwrap_or_default());
        sources.push(path);
    }
    sources.sort();
    sources
}

/// Lists the files that a source file names in `#[path = "…"]`, each on a line of its own. In a solution these are the
/// files of its exercise that are given, where nothing is to be written.
///
/// # Errors
/// When the source file cannot be read.
pub fn given_code(source: &Path) -> Result<Vec<PathBuf>, FileError> {
    // A file that is no text has no such line; the compiler says what is wrong with it.
    let text = String::from_utf8_lossy(&files::read(source)?).into_owned();
    let folder = source.parent().unwrap_or(Path::new(""));
    Ok(module_paths(&text)
        .map(|path| normalize(folder, path))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_code_is_among_the_sources() {
        let folder = tempfile::tempdir().expect("a folder");
        let solution = folder.path().join("solutions/11-block");
        files::write(
            &solution.join("src/lib.rs"),
            "#[path = \"../../../exercises/11-block/src/weights.rs\"]\nmod weights;\n",
        )
        .expect("it can be written");
        files::write(&solution.join("src/notes.md"), "").expect("it can be written");
        let expected = [
            folder.path().join("exercises/11-block/src/weights.rs"),
            solution.join("src/lib.rs"),
        ];
        assert_eq!(sources(&solution), expected);
    }
}
