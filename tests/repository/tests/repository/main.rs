//! Tests of the repository itself: how its modules depend on each other, with which features they are compiled, how its
//! comments begin, where its tests keep files, that its schema describes what is printed, that its two workspaces
//! agree, and that its scripts can be run.

mod cycles;
mod doc_comments;
mod features;
mod modules;
mod schema;
mod scratch;
mod scripts;
mod structure;
mod uses;
mod workspaces;

use std::path::{Path, PathBuf};

/// Root of this checkout.
fn root() -> &'static Path {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("this crate is two folders below the root")
}

/// Lists the Rust files in a folder and below, sorted, without those that build scripts have written.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("a folder can be read");
        for entry in entries {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
