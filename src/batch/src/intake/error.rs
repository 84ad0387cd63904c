//! Errors of the intake.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A reason for which the arguments are no submissions. Problems inside a submission are in its report instead.
#[derive(Debug, Error)]
pub(crate) enum IntakeError {
    #[error(
        "{path} cannot be read ({error}); expected a submission (a folder, .zip or .tar.gz) or a folder of many",
        path = path.display()
    )]
    Read { path: PathBuf, error: io::Error },
    #[error(
        "{path}: expected a folder, a .zip or a .tar.gz (or .tar, .tar.bz2, .tar.xz, .7z); found something else",
        path = .0.display()
    )]
    Kind(PathBuf),
    #[error("{path}: {message}; download the submissions again, or remove the file to go by the folders' names", path = path.display())]
    Metadata { path: PathBuf, message: String },
    #[error("{path} is in {folder}, among the submissions; name a folder outside with --out", path = .0.display(), folder = .1.display())]
    OutputInside(PathBuf, PathBuf),
    #[error("there are no submissions in {path}: expected folders or archives that contain `exercises/`", path = .0.display())]
    None(PathBuf),
}

/// A reason for which a submission, or a part of it, cannot be read.
#[derive(Debug, Error)]
pub(crate) enum UnreadableUpload {
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    #[error("it is not a readable zip archive: {0}")]
    Zip(zip::result::ZipError),
    #[error(
        "it is not a readable zip archive: the list at its end is missing or damaged; it may have been cut short"
    )]
    ZipEnd,
    #[error("it is not a readable 7z archive: {0}")]
    SevenZip(String),
    #[error("it is a {0} archive, which cannot be read; ask for a .zip")]
    Unsupported(&'static str),
    #[error(
        "it cannot be read: expected a folder or an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .7z)"
    )]
    NoArchive,
    #[error("it is a symbolic link, which is not followed")]
    Link,
    #[error("it has more than {0} files and folders")]
    Entries(usize),
    #[error("it is larger than {} MiB", .0 >> 20)]
    Large(u64),
    #[error("it unpacks to more than {} MiB (an archive bomb, perhaps)", .0 >> 20)]
    Bomb(u64),
}
