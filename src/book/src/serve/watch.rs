//! Notices saves by polling: a book has so few files that this is cheaper than notifications by the system.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// Time between two polls.
const INTERVAL: Duration = Duration::from_millis(200);

/// State of each file.
type Files = BTreeMap<PathBuf, FileState>;

/// A change of either of these is a save.
#[derive(PartialEq)]
struct FileState {
    modified: SystemTime,
    length: u64,
}

/// Watches the files that the book is made of.
pub(super) struct Watch {
    roots: Vec<PathBuf>,
    seen: Files,
}

impl Watch {
    pub(super) fn new(root: &Path) -> Self {
        let roots: Vec<PathBuf> = ["src", "quizzes", "assets", "theme", "book.toml"]
            .iter()
            .map(|part| root.join(part))
            .collect();
        let seen = file_states(&roots);
        Self { roots, seen }
    }

    /// Returns when a file has been saved since the last call, and nothing more has been for one interval.
    pub(super) fn wait(&mut self) {
        let mut pending = false;
        loop {
            thread::sleep(INTERVAL);
            let now = file_states(&self.roots);
            if now != self.seen {
                self.seen = now;
                pending = true;
            } else if pending {
                return;
            }
        }
    }
}

/// Returns the state of each file below `paths`. Unreadable files are left out.
fn file_states(paths: &[PathBuf]) -> Files {
    let mut files = Files::new();
    for path in paths {
        let Ok(data) = fs::metadata(path) else {
            continue;
        };
        if data.is_dir() {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            let inside: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            files.extend(file_states(&inside));
        } else if let Ok(modified) = data.modified() {
            let length = data.len();
            files.insert(path.clone(), FileState { modified, length });
        }
    }
    files
}
