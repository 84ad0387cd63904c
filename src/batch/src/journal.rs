//! The journal: each result in a line of its own, on the disk as soon as it is known.
//!
//! A line is a checksum and a [`ExerciseResult`] as JSON. Killed while writing, the journal ends in half a line, which is cut
//! off when it is opened again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::hash::Hash;
use crate::results::{ExerciseOutcome, ExerciseResult};

/// Results by key.
pub(crate) type Results = BTreeMap<String, ExerciseResult>;

/// A journal, open at its end.
#[derive(Debug)]
pub(crate) struct Journal(File);

/// The content of a journal.
#[derive(Debug, Default)]
pub(crate) struct JournalContent {
    pub(crate) results: Results,
    /// The number of the grader's own faults, by key. Those jobs are tried again.
    pub(crate) faults: BTreeMap<String, usize>,
    /// The number of lines in the middle that are not what was written: damage that no kill explains.
    pub(crate) damaged: usize,
}

impl Journal {
    /// Opens a journal, makes one if there is none, and repairs its end.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, JournalContent)> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64)?;
        }
        file.seek(SeekFrom::Start(whole as u64))?;
        Ok((Self(file), parse(&bytes[..whole])))
    }

    /// Adds a result. When this returns, it is on the disk.
    pub(crate) fn append(&mut self, result: &ExerciseResult) -> io::Result<()> {
        let json = serde_json::to_string(result)?;
        self.0
            .write_all(format!("{} {json}\n", checksum(&json)).as_bytes())?;
        self.0.sync_data()
    }
}

/// The results of a journal that is not open.
pub(crate) fn read(path: &Path) -> io::Result<JournalContent> {
    let bytes = std::fs::read(path)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    Ok(parse(&bytes[..whole]))
}

fn parse(bytes: &[u8]) -> JournalContent {
    let mut content = JournalContent::default();
    for line in String::from_utf8_lossy(bytes).lines() {
        match line
            .split_once(' ')
            .filter(|(sum, json)| checksum(json) == **sum)
        {
            Some((_, json)) => match serde_json::from_str::<ExerciseResult>(json) {
                Ok(ExerciseResult {
                    key,
                    outcome: ExerciseOutcome::Fault { .. },
                    ..
                }) => *content.faults.entry(key).or_default() += 1,
                Ok(result) => {
                    content.results.insert(result.key.clone(), result);
                }
                Err(_) => content.damaged += 1,
            },
            None => content.damaged += 1,
        }
    }
    content
}

fn checksum(json: &str) -> String {
    Hash::new().part(json).text()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::results::Seconds;

    fn result(key: &str) -> ExerciseResult {
        let outcome = ExerciseOutcome::NotCompiled {
            message: format!("no {key}\nat all"),
            limit: None,
        };
        ExerciseResult {
            key: key.into(),
            exercise: "05-x".into(),
            outcome,
            seconds: Seconds {
                compiling: 1.0,
                running: 0.5,
            },
            unsteady: false,
            over_budget: false,
        }
    }

    #[test]
    fn cut_anywhere_it_holds_what_was_whole_and_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path).expect("it is new");
        for key in ["a", "b", "c"] {
            journal.append(&result(key)).expect("it can be written");
        }
        let bytes = std::fs::read(&path).expect("it is there");
        for length in 0..=bytes.len() {
            std::fs::write(&path, &bytes[..length]).expect("it can be cut");
            let (mut journal, content) = Journal::open(&path).expect("it opens");
            let whole = bytes[..length]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            assert_eq!(
                (content.results.len(), content.damaged),
                (whole, 0),
                "{length} bytes"
            );
            journal.append(&result("d")).expect("it goes on");
            let again = read(&path).expect("it is read again");
            assert_eq!(
                (again.results.len(), again.damaged),
                (whole + 1, 0),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn a_changed_line_is_not_believed_and_a_fault_is_tried_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path).expect("it is new");
        journal.append(&result("a")).expect("it can be written");
        journal
            .append(&ExerciseResult {
                outcome: ExerciseOutcome::Fault {
                    message: String::new(),
                },
                ..result("b")
            })
            .expect("so can this");
        let text = std::fs::read_to_string(&path).expect("it is there");
        assert_eq!(read(&path).expect("it is read").results.len(), 1);
        std::fs::write(&path, text.replace("no a", "no x")).expect("it can be changed");
        let content = read(&path).expect("it is read");
        assert_eq!((content.results.len(), content.damaged), (0, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let content = parse(&bytes);
            prop_assert!(content.results.is_empty());
        }

        #[test]
        fn any_text_survives_in_a_result(message in any::<String>()) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("journal");
            let (mut journal, _) = Journal::open(&path).expect("it is new");
            let outcome = ExerciseOutcome::NotCompiled { message, limit: None };
            let written = ExerciseResult { outcome, ..result("a") };
            journal.append(&written).expect("it can be written");
            let content = read(&path).expect("it is read");
            prop_assert_eq!(&content.results["a"], &written);
        }
    }
}
