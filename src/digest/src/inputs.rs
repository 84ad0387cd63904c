//! Files that a crate of the course is compiled from.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Begins a line that says where a module's file is.
const PATH: &str = "#[path = \"";
/// The files beside a crate's folders that the compiler never reads.
const NOT_COMPILED: [&str; 3] = ["Cargo.lock", "exercise.toml", "golden.safetensors"];

/// Lists the files that the crate in `folder` is compiled from, with its test: its own, and what a solution has of its
/// exercise. All paths begin with `folder`, so that they are the same in every checkout but for that.
///
/// A folder that cannot be read is left out: if the crate needs it, the compiler says so.
pub(crate) fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    add_rust(folder, &mut files);
    for source in files.clone() {
        // A file that is no text, or that cannot be read, names no module; the compiler says what is wrong with it.
        let bytes = fs::read(&source).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let beside = source.parent().unwrap_or(folder);
        files.extend(module_paths(&text).map(|path| beside.join(path)));
    }
    add_beside(folder, &mut files);
    if let Some(exercise) = exercise_of(folder) {
        add_rust(&exercise.join("tests"), &mut files);
        add_beside(&exercise, &mut files);
        files.remove(&exercise.join("Cargo.toml"));
    }
    files
}

/// Lists the paths that a source text names in `#[path = "…"]`, each on a line of its own.
pub fn module_paths(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (path, _) = line.trim().strip_prefix(PATH)?.split_once('"')?;
        Some(path)
    })
}

/// Returns the folder of the exercise that the crate in `folder` is the solution of.
fn exercise_of(folder: &Path) -> Option<PathBuf> {
    let name = folder.file_name()?;
    let is_solution = folder.parent()?.file_name()? == "solutions";
    is_solution.then(|| folder.join("../../exercises").join(name))
}

/// Returns `true` if a file or folder of this name is what a program leaves beside the files that it works on: a lock, a
/// backup, a swap file, a half-written copy, notes of a system's own.
pub fn is_leftover(name: &OsStr) -> bool {
    /// Hidden files: Emacs's locks, swap files of Vim, Nano and Kate, macOS's notes. And Emacs's autosaves.
    const BEGINNINGS: [&str; 2] = [".", "#"];
    /// Backups and half-written copies, of which the course makes some, too.
    const ENDINGS: [&str; 9] = [
        "~", ".bak", ".new", ".orig", ".rej", ".save", ".swo", ".swp", ".tmp",
    ];
    const PARTS: [&str; 3] = [".bak-", "___jb_", ".sync-conflict-"];
    /// The file with which Vim tries whether it may write, and two of Windows's.
    const NAMES: [&str; 3] = ["4913", "Thumbs.db", "desktop.ini"];
    let name = name.to_string_lossy();
    BEGINNINGS
        .iter()
        .any(|beginning| name.starts_with(beginning))
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || PARTS.iter().any(|part| name.contains(part))
        || NAMES.iter().any(|other| name == *other)
}

/// Adds the Rust files below a folder, if it is there.
fn add_rust(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for path in entries(folder) {
        // A link to a folder is not followed: it may lead back here.
        if path.is_dir() {
            if !path.is_symlink() && !path.ends_with("target") {
                add_rust(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.is_file() {
            files.insert(path);
        }
    }
}

/// Adds the files in a folder itself, such as the manifest and what code may include.
fn add_beside(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default();
        if path.is_file() && !NOT_COMPILED.iter().any(|other| name == *other) {
            files.insert(path);
        }
    }
}

/// Lists what is in a folder and no leftover. None if there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        if !is_leftover(&entry.file_name()) {
            paths.push(entry.path());
        }
    }
    paths
}
