//! Paths as somebody in a folder of the course writes them, so that a terminal can open them.

use std::path::{Component, Path, PathBuf};

/// Returns a path relative to a folder; both are from the course's root, and without `..`.
pub fn relative(path: &Path, folder: &Path) -> PathBuf {
    if path.is_absolute() {
        return path.to_owned();
    }
    let mut rest = path.components().peekable();
    let mut above = PathBuf::new();
    for part in folder.components() {
        // Only as long as nothing has differed, both go the same way.
        if above.as_os_str().is_empty() && rest.next_if_eq(&part).is_some() {
            continue;
        }
        above.push(Component::ParentDir);
    }
    above.extend(rest);
    above
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_the_folder_to_the_file() {
        let file = "exercises/01-softmax/src/lib.rs";
        for (folder, expected) in [
            ("", file),
            ("exercises", "01-softmax/src/lib.rs"),
            ("exercises/01-softmax", "src/lib.rs"),
            ("exercises/01-softmax/src", "lib.rs"),
            ("exercises/02-masks/src", "../../01-softmax/src/lib.rs"),
            ("book/src", "../../exercises/01-softmax/src/lib.rs"),
        ] {
            assert_eq!(
                relative(Path::new(file), Path::new(folder)),
                Path::new(expected)
            );
        }
        let elsewhere = Path::new("/rustc/library/core/src/panic.rs");
        assert_eq!(relative(elsewhere, Path::new("exercises")), elsewhere);
    }
}
