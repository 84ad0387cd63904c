//! The files that a program has written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files of a folder.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = folder.read_dir().expect("it was written");
    entries
        .map(|entry| {
            let entry = entry.expect("it can be listed");
            let bytes = fs::read(entry.path()).expect("it is a file");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        })
        .collect()
}
