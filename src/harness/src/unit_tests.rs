//! Unit tests that a learner has written, and that `cargo test` leaves out.

use std::fs;
use std::path::Path;

use toml::Table;

/// Returns a note on the unit tests in the sources of an exercise, if its manifest has cargo leave them out.
pub(crate) fn note(directory: &Path, exercise: &str) -> Option<String> {
    if is_tested(directory) || !has_tests(&directory.join("src")) {
        return None;
    }
    Some(format!(
        "note      your own tests in src/ were not run: Cargo.toml has `test = false` in [lib].\n\
         \x20         `cargo test -p {exercise} --lib` runs them. Without that line, `cargo test` does, too.\n"
    ))
}

/// Returns `true` if `cargo test` runs the unit tests of the crate in a folder. Where its manifest cannot be read, cargo has
/// something to say about that.
fn is_tested(directory: &Path) -> bool {
    let text = fs::read_to_string(directory.join("Cargo.toml")).unwrap_or_default();
    let manifest: Table = text.parse().unwrap_or_default();
    let library = manifest.get("lib");
    let test = library.and_then(|library| library.get("test")?.as_bool());
    test.unwrap_or(true)
}

/// Returns `true` if a Rust file below a folder has a line with a test's attribute.
fn has_tests(folder: &Path) -> bool {
    let mut entries = folder.read_dir().into_iter().flatten().flatten();
    entries.any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            // A link to a folder is not followed: it may lead back here.
            return !path.is_symlink() && has_tests(&path);
        }
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        is_rust && fs::read_to_string(&path).is_ok_and(|text| is_test(&text))
    })
}

fn is_test(text: &str) -> bool {
    text.lines()
        .any(|line| line.trim_start().starts_with("#[test]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_that_cargo_leaves_out_have_a_note() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::create_dir_all(folder.path().join("src/more")).expect("a folder");
            fs::write(folder.path().join(name), text).expect("it can be written");
        };
        let manifest = "[lib]\ntest = false\n";
        write("Cargo.toml", manifest);
        write("src/lib.rs", "//! Has no #[test] yet.\n");
        assert_eq!(note(folder.path(), "softmax"), None);
        write(
            "src/more/rows.rs",
            "mod tests {\n    #[test]\n    fn one() {}\n}\n",
        );
        let note_on_tests = note(folder.path(), "softmax").expect("a note");
        assert!(
            note_on_tests.contains("cargo test -p softmax --lib"),
            "{note_on_tests}"
        );
        write("Cargo.toml", "[lib]\ndoctest = false\n");
        assert_eq!(note(folder.path(), "softmax"), None);
    }
}
