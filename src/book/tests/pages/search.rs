//! Searches of the built book, as its pages do them.

use std::fs;

/// The index of searches, as mdBook writes it: a call in JavaScript whose argument is JSON.
pub(crate) fn index() -> String {
    let files = fs::read_dir(super::built())
        .expect("the built book")
        .flatten();
    let paths = files.map(|entry| entry.path());
    let paths = paths.filter(|path| path.to_string_lossy().contains("searchindex"));
    let [path] = &paths.collect::<Vec<_>>()[..] else {
        panic!("one index of searches")
    };
    fs::read_to_string(path).expect("the index")
}
