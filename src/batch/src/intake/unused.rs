//! Files of a submission that are not used, each with the reason.

use std::fmt;
use std::path::Path;

use crate::hash::Hash;
use crate::text::plain;

/// A file that is not used.
pub(super) struct UnusedFile {
    pub(super) path: String,
    pub(super) reason: UnusedReason,
}

/// A reason for which a file is not used. Its text says so in the report.
pub(super) enum UnusedReason {
    /// It is no source of an exercise. It may be the course's own file, if its text has this hash.
    NoSource {
        hash: Option<String>,
    },
    SymbolicLink,
    HardLink,
    Special,
    /// No course has such a path.
    StrangePath,
    Unreadable(String),
}

impl fmt::Display for UnusedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSource { .. } => f.write_str("added"),
            Self::SymbolicLink => f.write_str("a symbolic link"),
            Self::HardLink => f.write_str("a hard link"),
            Self::Special => f.write_str("neither a file nor a folder"),
            Self::StrangePath => f.write_str("its path is not one that a course has"),
            Self::Unreadable(reason) => write!(f, "unreadable ({reason})"),
        }
    }
}

impl UnusedFile {
    /// Describes a file for the report, unless it is the course's own file, unchanged. `root` is the course's, and
    /// `prefix` the folders of the submission around its course.
    pub(super) fn describe(&self, root: &Path, prefix: &str) -> Option<String> {
        let path = self.path.strip_prefix(prefix).unwrap_or(&self.path);
        let UnusedReason::NoSource { hash } = &self.reason else {
            return Some(format!("{}: {}", plain(path), self.reason));
        };
        // No such path leads out of the course: those with `..` have another reason, and none is from the root.
        let own = root.join(path);
        if !own.is_file() {
            return Some(format!("{}: {}", plain(path), self.reason));
        }
        let own = std::fs::read(own).map(|bytes| text_hash(&bytes));
        match (hash, own) {
            (Some(hash), Ok(own)) if *hash == own => None,
            _ => Some(format!("{}: changed", plain(path))),
        }
    }
}

/// Hashes a text without the carriage returns at the ends of its lines, which git writes on Windows.
pub(super) fn text_hash(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        let is_end_of_line = *byte == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        if !is_end_of_line {
            text.push(*byte);
        }
    }
    Hash::new().part(&text).text()
}
