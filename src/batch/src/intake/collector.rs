//! Collection of the files that are used: `exercises/NN-name/src/**/*.rs` of the exercises that are graded.

mod location;
mod misplaced;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

use super::error::UnreadableUpload;
use super::submission::Collected;
use super::unused::{UnusedFile, UnusedReason, text_hash};
use crate::course::Course;
use crate::text::{from_os, plain};
use location::{Root, SourceLocation};

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

/// Everything that was found in an upload.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The collected sources, by the exercise's folder.
    pub(super) collected: BTreeMap<String, Collected>,
    /// Explanations for exercises that are missing: what was found in their place, by the exercise's folder.
    pub(super) misplaced: BTreeMap<String, String>,
    /// Other files that were changed or added, each with the reason for which it is not used.
    pub(super) unused: Vec<String>,
}

/// A visitor of one submission's entries that collects the sources.
pub(super) struct Collector<'a> {
    course: &'a Course,
    /// The collected sources, by the folder that the exercises are in.
    roots: BTreeMap<Root, BTreeMap<String, Collected>>,
    unused: Vec<UnusedFile>,
    entries: usize,
    comparable: u64,
}

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

    /// Makes sure that so many entries may be visited, before any of them is.
    pub(super) fn ensure_room(&self, entries: usize) -> Result<(), UnreadableUpload> {
        if self.entries.saturating_add(entries) > MAX_ENTRIES {
            return Err(UnreadableUpload::Entries(MAX_ENTRIES));
        }
        Ok(())
    }

    /// Counts an entry, and returns its path; `None` if it is ignored.
    fn count(&mut self, path: &[u8]) -> Result<Option<String>, UnreadableUpload> {
        self.ensure_room(1)?;
        self.entries += 1;
        let path = readable_path(path);
        let is_ignored = parts(&path).iter().any(is_ignored);
        Ok((!is_ignored).then_some(path))
    }

    /// Visits an entry, and reads it if it is used.
    pub(super) fn visit(
        &mut self,
        path: &[u8],
        kind: EntryKind,
        reader: &mut dyn Read,
    ) -> Result<(), UnreadableUpload> {
        let Some(path) = self.count(path)? else {
            return Ok(());
        };
        let parts = parts(&path);
        let reason = match kind {
            EntryKind::Folder => return Ok(()),
            EntryKind::File { size } => return self.visit_file(&parts, size, reader),
            EntryKind::SymbolicLink => UnusedReason::SymbolicLink,
            EntryKind::HardLink => UnusedReason::HardLink,
            EntryKind::Special => UnusedReason::Special,
        };
        self.record(&parts, reason);
        Ok(())
    }

    /// Visits an entry that cannot be read, for this reason. It costs the exercise that it is in, and nothing else.
    pub(super) fn visit_unreadable(
        &mut self,
        path: &[u8],
        reason: &str,
    ) -> Result<(), UnreadableUpload> {
        let Some(path) = self.count(path)? else {
            return Ok(());
        };
        let parts = parts(&path);
        match location::of(self.course, &parts) {
            Some(SourceLocation {
                root,
                exercise,
                file,
            }) => {
                let problem = format!("src/{file} cannot be read: {}", plain(reason));
                let exercises = self.roots.entry(root).or_default();
                exercises.insert(exercise, Collected::Unusable(problem));
            }
            None => self.record(&parts, UnusedReason::Unreadable(plain(reason))),
        }
        Ok(())
    }

    fn visit_file(
        &mut self,
        parts: &[&str],
        size: u64,
        reader: &mut dyn Read,
    ) -> Result<(), UnreadableUpload> {
        if let Some(location) = location::of(self.course, parts) {
            return self.collect_source(location, size, reader);
        }
        if parts.len() > MAX_PARTS || parts.contains(&"..") {
            self.record(parts, UnusedReason::StrangePath);
            return Ok(());
        }
        self.record_unused(parts, size, reader)
    }

    fn collect_source(
        &mut self,
        location: SourceLocation,
        size: u64,
        reader: &mut dyn Read,
    ) -> Result<(), UnreadableUpload> {
        let text = source(size, reader).map_err(UnreadableUpload::Read)?;
        let exercises = self.roots.entry(location.root).or_default();
        let taken = exercises
            .entry(location.exercise)
            .or_insert_with(|| Collected::Sources(BTreeMap::new()));
        let Collected::Sources(files) = taken else {
            return Ok(());
        };
        let file = location.file;
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
        parts: &[&str],
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
            hash = Some(text_hash(&bytes));
        }
        self.record(parts, UnusedReason::NoSource { hash });
        Ok(())
    }

    fn record(&mut self, parts: &[&str], reason: UnusedReason) {
        self.unused.push(UnusedFile {
            path: parts.join("/"),
            reason,
        });
    }

    /// Returns what was found.
    pub(super) fn finish(self) -> Findings {
        let mut roots = self.roots.into_iter();
        let (root, collected) = roots.next().unwrap_or_default();
        let others: Vec<(Root, BTreeMap<String, Collected>)> = roots.collect();
        let misplaced = misplaced::find(self.course, &collected, &others, &self.unused);
        let mut unused = Vec::new();
        for (other, _) in &others {
            unused.push(format!(
                "{}: a second copy of the course",
                plain(&other.to_string())
            ));
        }
        for file in &self.unused {
            unused.extend(file.describe(&self.course.root, &root.prefix()));
        }
        let more = unused.len().saturating_sub(MAX_LISTED);
        unused.truncate(MAX_LISTED);
        if more > 0 {
            unused.push(format!("and {more} more"));
        }
        Findings {
            collected,
            misplaced,
            unused,
        }
    }
}

/// Converts a path to text. Windows' own archiver writes backslashes, and old archivers write names in the code page of
/// their machine, whose bytes are escaped here; the names of a course are ASCII in every code page.
fn readable_path(path: &[u8]) -> String {
    let mut bytes = path.to_vec();
    for byte in &mut bytes {
        if *byte == b'\\' {
            *byte = b'/';
        }
    }
    from_os(OsStr::from_bytes(&bytes))
}

fn parts(path: &str) -> Vec<&str> {
    let parts = path.split('/');
    parts
        .filter(|part| !part.is_empty() && *part != ".")
        .collect()
}

fn is_ignored(part: &&str) -> bool {
    IGNORED_NAMES.contains(part) || part.starts_with("._") || *part == ".DS_Store"
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
