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
    /// It is no source of an exercise. It may be the course's own file, if it has this hash.
    NoSource {
        hash: Option<String>,
    },
    SymbolicLink,
    HardLink,
    Special,
    /// No course has such a path.
    StrangePath,
}

impl fmt::Display for UnusedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSource { .. } => "added",
            Self::SymbolicLink => "a symbolic link",
            Self::HardLink => "a hard link",
            Self::Special => "neither a file nor a folder",
            Self::StrangePath => "its path is not one that a course has",
        })
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
        // No such path leads out of the course: those with `..`, or from the root, have another reason.
        let own = root.join(path);
        if !own.is_file() {
            return Some(format!("{}: {}", plain(path), self.reason));
        }
        let own = std::fs::read(own).map(|bytes| Hash::new().part(&bytes).text());
        match (hash, own) {
            (Some(hash), Ok(own)) if *hash == own => None,
            _ => Some(format!("{}: changed", plain(path))),
        }
    }
}
