//! The jobs that were begun. One that was begun and has no result was running when an earlier run was ended, and may be
//! what ended it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::journal::JournalContent;

/// The list of the jobs that were begun, open at its end: a line with a key for each time.
#[derive(Debug)]
pub(crate) struct BegunJobs {
    file: File,
    /// The number of times that each was begun in earlier runs.
    earlier: BTreeMap<String, usize>,
}

impl BegunJobs {
    /// Opens a list, and makes one if there is none.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut earlier = BTreeMap::new();
        let text = fs::read(path).unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            *earlier.entry(line.to_owned()).or_default() += 1;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        if text.last().is_some_and(|byte| *byte != b'\n') {
            file.write_all(b"\n")?;
        }
        Ok(Self { file, earlier })
    }

    /// Notes that a job is begun. It need not be on the disk: a machine that loses its power was not ended by a job.
    pub(crate) fn begin(&self, key: &str) {
        // On a disk that is full, the result cannot be written either, and that is an error.
        let _ = (&self.file).write_all(format!("{key}\n").as_bytes());
    }

    /// Returns the number of times that a job without a result was begun, and not ended by a fault that was noticed.
    pub(crate) fn unfinished(&self, key: &str, journal: &JournalContent) -> usize {
        let begun = self.earlier.get(key).copied().unwrap_or(0);
        begun.saturating_sub(journal.faults.get(key).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_and_came_to_no_end_is_unfinished() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("begun");
        let begun = BegunJobs::open(&path).expect("it is new");
        for key in ["a", "b", "b", "c"] {
            begun.begin(key);
        }
        let mut text = fs::read(&path).expect("it is there");
        text.extend(b"half a k");
        fs::write(&path, text).expect("it can be written");
        let again = BegunJobs::open(&path).expect("it opens");
        again.begin("d");
        let again = BegunJobs::open(&path).expect("it opens");
        let mut journal = JournalContent::default();
        journal.faults.insert("c".to_owned(), 1);
        let unfinished = ["a", "b", "c", "d", "e"].map(|key| again.unfinished(key, &journal));
        assert_eq!(unfinished, [1, 2, 0, 1, 0]);
    }
}
