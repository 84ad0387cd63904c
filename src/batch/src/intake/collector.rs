//! Collection of the files that are used: `exercises/NN-name/src/**/*.rs` of the exercises that are graded.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::error::UnreadableUpload;
use super::submission::Collected;
use super::unused::{UnusedFile, UnusedReason};
use crate::course::Course;
use crate::hash::Hash;
use crate::text::plain;

/// Folders that nobody hands in on purpose.
pub(super) const IGNORED_NAMES: [&str; 6] = [
    "target",
    ".git",
    ".attentive",
    "__MACOSX",
    "node_modules",
    ".idea",
];
/// The most files and folders that are looked at.
const MAX_ENTRIES: usize = 20_000;
/// The most source files that an exercise may have.
const MAX_FILES: usize = 64;
/// The most bytes that the sources of an exercise may have. The longest solution has a hundredth of that.
const MAX_SOURCE_BYTES: u64 = 1 << 20;
/// The most bytes that are read of unused files, to tell the changed ones from the course's own.
const MAX_COMPARED_BYTES: u64 = 16 << 20;
/// The most parts of a path.
const MAX_PARTS: usize = 32;
/// The longest path of a source file, in bytes.
const MAX_PATH_BYTES: usize = 200;
/// The most unused files that are listed.
const MAX_LISTED: usize = 100;

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File { size: u64 },
    Folder,
    SymbolicLink,
    HardLink,
    Special,
}

/// A visitor of one submission's entries that collects the sources.
pub(super) struct Collector<'a> {
    course: &'a Course,
    /// The collected sources, by the folders in front of `exercises/`.
    roots: BTreeMap<Root, BTreeMap<String, Collected>>,
    unused: Vec<UnusedFile>,
    entries: usize,
    comparable: u64,
}

/// The folders in front of `exercises/`; fewer come first.
type Root = (usize, String);

impl<'a> Collector<'a> {
    pub(super) fn new(course: &'a Course) -> Self {
        let (roots, unused) = (BTreeMap::new(), Vec::new());
        Self {
            course,
            roots,
            unused,
            entries: 0,
            comparable: MAX_COMPARED_BYTES,
        }
    }

    /// Visits an entry, and reads it if it is used.
    pub(super) fn visit(
        &mut self,
        path: &[u8],
        kind: EntryKind,
        reader: &mut dyn Read,
    ) -> Result<(), UnreadableUpload> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(UnreadableUpload::Entries(MAX_ENTRIES));
        }
        // Windows' own archiver writes backslashes.
        let path = String::from_utf8_lossy(path).replace('\\', "/");
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        if parts.iter().any(is_ignored) {
            return Ok(());
        }
        let size = match kind {
            EntryKind::Folder => return Ok(()),
            EntryKind::SymbolicLink => {
                self.record(&path, UnusedReason::SymbolicLink);
                return Ok(());
            }
            EntryKind::HardLink => {
                self.record(&path, UnusedReason::HardLink);
                return Ok(());
            }
            EntryKind::Special => {
                self.record(&path, UnusedReason::Special);
                return Ok(());
            }
            EntryKind::File { size } => size,
        };
        if path.starts_with('/') || parts.len() > MAX_PARTS || !parts.iter().all(is_sane) {
            self.record(&path, UnusedReason::StrangePath);
            return Ok(());
        }
        match self.source_location(&parts) {
            Some((root, exercise, file)) => {
                self.collect_source(root, &exercise, file, size, reader)
            }
            None => self.record_unused(&path, size, reader),
        }
    }

    /// Splits the path of a graded exercise's source: the folders in front, the exercise, the file below `src`.
    fn source_location(&self, parts: &[&str]) -> Option<(Root, String, String)> {
        let at = parts.iter().take(4).position(|part| *part == "exercises")?;
        let [folder, "src", file @ ..] = &parts[at + 1..] else {
            return None;
        };
        self.course.exercise(folder)?;
        let file = file.join("/");
        let is_source = file.ends_with(".rs") && file.len() <= MAX_PATH_BYTES;
        is_source.then(|| ((at, parts[..at].join("/")), (*folder).to_owned(), file))
    }

    fn collect_source(
        &mut self,
        root: Root,
        exercise: &str,
        file: String,
        size: u64,
        reader: &mut dyn Read,
    ) -> Result<(), UnreadableUpload> {
        let text = source(size, reader).map_err(UnreadableUpload::Read)?;
        let exercises = self.roots.entry(root).or_default();
        let taken = exercises
            .entry(exercise.to_owned())
            .or_insert_with(|| Collected::Sources(BTreeMap::new()));
        let Collected::Sources(files) = taken else {
            return Ok(());
        };
        let problem = match text {
            Ok(text) => {
                files.insert(file.clone(), text);
                problem(files, &file)
            }
            Err(problem) => Some(format!("src/{file} {problem}")),
        };
        if let Some(problem) = problem {
            *taken = Collected::Unusable(problem);
        }
        Ok(())
    }

    fn record_unused(
        &mut self,
        path: &str,
        size: u64,
        reader: &mut dyn Read,
    ) -> Result<(), UnreadableUpload> {
        let mut hash = None;
        if size <= self.comparable {
            let mut bytes = Vec::new();
            reader
                .take(size)
                .read_to_end(&mut bytes)
                .map_err(UnreadableUpload::Read)?;
            self.comparable -= bytes.len() as u64;
            hash = Some(Hash::new().part(&bytes).text());
        }
        self.record(path, UnusedReason::NoSource { hash });
        Ok(())
    }

    fn record(&mut self, path: &str, reason: UnusedReason) {
        self.unused.push(UnusedFile {
            path: path.to_owned(),
            reason,
        });
    }

    /// Returns the collected sources by exercise, and the unused files, each with the reason.
    pub(super) fn finish(self) -> (BTreeMap<String, Collected>, Vec<String>) {
        let mut roots = self.roots.into_iter();
        let ((_, root), collected) = roots.next().unwrap_or_default();
        let mut unused: Vec<String> = roots
            .map(|((_, root), _)| {
                format!("{}/exercises: a second copy of the course", plain(&root))
            })
            .collect();
        let here = if root.is_empty() { root } else { root + "/" };
        for file in &self.unused {
            unused.extend(file.describe(&self.course.root, &here));
        }
        let more = unused.len().saturating_sub(MAX_LISTED);
        unused.truncate(MAX_LISTED);
        if more > 0 {
            unused.push(format!("and {more} more"));
        }
        (collected, unused)
    }
}

fn is_ignored(part: &&str) -> bool {
    IGNORED_NAMES.contains(part) || part.starts_with("._") || *part == ".DS_Store"
}

fn is_sane(part: &&str) -> bool {
    *part != ".." && !part.chars().any(|c| c.is_control() || c == '\u{fffd}')
}

/// Returns the problem that an exercise's sources have since this file was added.
fn problem(files: &BTreeMap<String, String>, new: &str) -> Option<String> {
    if files.len() > MAX_FILES {
        return Some(format!("it has more than {MAX_FILES} source files"));
    }
    if files.values().map(|text| text.len() as u64).sum::<u64>() > MAX_SOURCE_BYTES {
        return Some(format!(
            "its sources are larger than {} KiB together",
            MAX_SOURCE_BYTES >> 10
        ));
    }
    // An archive can say so of a name; a disk cannot have it.
    let is_below = |file: &str, folder: &str| {
        file.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let both = files
        .keys()
        .find(|file| is_below(file, new) || is_below(new, file))?;
    Some(format!(
        "src/{new} and src/{both}: one would have to be a folder and a file"
    ))
}

/// Reads the text of a source file; the inner error is the file's own problem.
fn source(size: u64, reader: &mut dyn Read) -> io::Result<Result<String, String>> {
    let large = || {
        Ok(Err(format!(
            "is larger than {} KiB",
            MAX_SOURCE_BYTES >> 10
        )))
    };
    if size > MAX_SOURCE_BYTES {
        return large();
    }
    let mut bytes = Vec::new();
    reader.take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SOURCE_BYTES {
        return large();
    }
    Ok(String::from_utf8(bytes).map_err(|error| {
        format!(
            "is no UTF-8 text (at byte {})",
            error.utf8_error().valid_up_to()
        )
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::intake::softmax_course;

    /// Parts of paths that mean something to the collector, or to a file system.
    fn path() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            4 => Just("exercises".to_owned().into_bytes()),
            4 => Just("01-softmax".to_owned().into_bytes()),
            4 => Just("src".to_owned().into_bytes()),
            4 => Just("lib.rs".to_owned().into_bytes()),
            1 => Just("..".to_owned().into_bytes()),
            1 => Just(".".to_owned().into_bytes()),
            1 => Just(Vec::new()),
            1 => r"[a-z]{1,3}(\.rs)?".prop_map(String::into_bytes),
            1 => proptest::collection::vec(any::<u8>(), 0..300),
        ];
        let separator = prop_oneof![4 => Just(b'/'), 1 => Just(b'\\')];
        (proptest::collection::vec(part, 0..8), separator)
            .prop_map(|(parts, separator)| parts.join(&separator))
    }

    fn kind() -> impl Strategy<Value = EntryKind> {
        prop_oneof![
            6 => any::<u64>().prop_map(|size| EntryKind::File { size }),
            6 => (0..100_u64).prop_map(|size| EntryKind::File { size }),
            1 => Just(EntryKind::Folder),
            1 => Just(EntryKind::SymbolicLink),
            1 => Just(EntryKind::Special),
        ]
    }

    proptest! {
        #[test]
        fn no_path_leads_out_and_no_content_is_too_large(
            entries in proptest::collection::vec((path(), kind(), any::<bool>()), 0..20),
        ) {
            let mut collector = Collector::new(softmax_course());
            for (path, kind, is_endless) in entries {
                // The size that an archive declares need not be so.
                let mut endless = io::repeat(b'x');
                let mut short = &b"fn f() {}"[..];
                let reader: &mut dyn Read = if is_endless { &mut endless } else { &mut short };
                collector.visit(&path, kind, reader).expect("there are few entries");
            }
            let (collected, unused) = collector.finish();
            for (exercise, collected) in collected {
                prop_assert_eq!(exercise, "01-softmax");
                let Collected::Sources(sources) = collected else { continue };
                let size: usize = sources.values().map(String::len).sum();
                prop_assert!(size as u64 <= MAX_SOURCE_BYTES && sources.len() <= MAX_FILES);
                for file in sources.keys() {
                    prop_assert!(file.len() <= MAX_PATH_BYTES && file.ends_with(".rs"), "{file}");
                    prop_assert!(!file.starts_with('/') && !file.split('/').any(|part| part == ".."), "{file}");
                    prop_assert!(!file.chars().any(char::is_control), "{file}");
                    let is_folder = sources.keys().any(|other| other.starts_with(&format!("{file}/")));
                    prop_assert!(!is_folder, "{file}");
                }
            }
            prop_assert!(unused.len() <= MAX_LISTED + 1);
            prop_assert!(unused.iter().all(|line| !line.contains('\u{1b}')), "{unused:?}");
        }
    }
}
