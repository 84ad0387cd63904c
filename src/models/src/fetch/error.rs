//! The error of a model or a text that cannot be fetched.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use attentive_course::files::FileError;
use thiserror::Error;

/// An error of fetching. Nothing is left behind but a package that was downloaded whole.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The environment names no folder for caches.
    #[error(
        "expected $ATTENTIVE_CACHE, $XDG_CACHE_HOME or $HOME to name a folder for models, found none of them"
    )]
    NoCache,
    /// A program is not on this machine.
    #[error(
        "expected the program `{program}` to download {package}, found none ({error}); install it, and try again"
    )]
    NoProgram {
        /// The program.
        program: String,
        /// The package.
        package: String,
        /// The error of the system.
        error: io::Error,
    },
    /// A client failed.
    #[error(
        "`{program}` could not download {package} ({status}); is there a network, and room on the disk? Its last words: {words}"
    )]
    Download {
        /// The program.
        program: String,
        /// The package.
        package: String,
        /// The status with which it ended.
        status: ExitStatus,
        /// The last line that it wrote.
        words: String,
    },
    /// A client ended well, and its file is not there.
    #[error("expected `{program}` to download one file for {package}, found {found}; try again")]
    NoArchive {
        /// The program.
        program: String,
        /// The package.
        package: String,
        /// The number of files.
        found: usize,
    },
    /// An archive cannot be read, or lacks a file.
    #[error("{path}: expected an archive with {member}, found this problem: {problem}; it was removed, try again", path = .path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// The file in it.
        member: &'static str,
        /// A description of the defect.
        problem: String,
    },
    /// A file is not the one that was expected.
    #[error(
        "{member}: expected a file with SHA-256 {expected}, found {found}; nothing of it was kept, try again"
    )]
    WrongHash {
        /// The file in the archive.
        member: &'static str,
        /// The hash in the catalogue.
        expected: &'static str,
        /// The hash of the file.
        found: String,
    },
    /// There is no room.
    #[error("{path}: the disk is full; make room, and try again", path = .0.display())]
    DiskFull(PathBuf),
    /// The lock file of a package cannot be made.
    #[error(transparent)]
    Lock(#[from] FileError),
    /// A file cannot be read or written.
    #[error("{path}: {error}", path = .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A file cannot be brought into the hub's layout.
    #[error("{path}: expected {expected}, found this problem: {problem}", path = .path.display())]
    Conversion {
        /// The file.
        path: PathBuf,
        /// The contents that it should have.
        expected: &'static str,
        /// The problem.
        problem: String,
    },
}

impl FetchError {
    /// An error of the system for one file.
    pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> Self {
        move |error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path.to_owned()),
            _ => Self::File {
                path: path.to_owned(),
                error,
            },
        }
    }
}
