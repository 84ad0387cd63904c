//! Notices saves by looking: a book has so few files that this costs less than being told would.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How long a save may go unnoticed.
const INTERVAL: Duration = Duration::from_millis(200);

type Times = BTreeMap<PathBuf, (SystemTime, u64)>;

/// The files that the book is made of.
pub(super) struct Watch {
    roots: Vec<PathBuf>,
    seen: Times,
}

impl Watch {
    pub(super) fn new(root: &Path) -> Self {
        let roots: Vec<PathBuf> = ["src", "quizzes", "assets", "theme", "book.toml"]
            .iter()
            .map(|part| root.join(part))
            .collect();
        let seen = times(&roots);
        Self { roots, seen }
    }

    /// Returns when a file has been saved since the last call, and nothing more has been for one interval.
    pub(super) fn wait(&mut self) {
        let mut pending = false;
        loop {
            thread::sleep(INTERVAL);
            let now = times(&self.roots);
            if now != self.seen {
                self.seen = now;
                pending = true;
            } else if pending {
                return;
            }
        }
    }
}

/// When each file was written, and its size. What cannot be read is not there.
fn times(paths: &[PathBuf]) -> Times {
    let mut times = Times::new();
    for path in paths {
        let Ok(data) = fs::metadata(path) else {
            continue;
        };
        if data.is_dir() {
            let inside: Vec<PathBuf> = fs::read_dir(path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|e| e.path())
                .collect();
            times.extend(self::times(&inside));
        } else if let Ok(written) = data.modified() {
            times.insert(path.clone(), (written, data.len()));
        }
    }
    times
}
