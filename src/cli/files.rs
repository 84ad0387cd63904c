//! Reading, listing and writing files, with errors that name them.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What could not be done with a file.
#[derive(Debug, Error)]
#[error("{path} cannot be {action}: {error}", path = path.display())]
pub(crate) struct FileError {
    path: PathBuf,
    action: &'static str,
    error: io::Error,
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |error| FileError {
        path,
        action,
        error,
    }
}

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(failed(path, "read"))
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(failed(path, "read"))
}

/// The files below a folder, from there, in order; none if there is no such folder.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = match current.read_dir() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.map_err(failed(&current, "read"))?,
        };
        for entry in entries {
            let entry = entry.map_err(failed(&current, "read"))?;
            let path = entry.path();
            // A link to a folder is not followed: it may lead back here.
            if entry.file_type().map_err(failed(&path, "read"))?.is_dir() {
                folders.push(path);
            } else if let Ok(path) = path.strip_prefix(folder) {
                files.push(path.to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes a file whole or not at all: whoever reads it meanwhile, or after this process was killed, finds the old text
/// or the new. Its folder is made if need be. Two processes that write the same file have to take turns by a [`lock`].
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let write = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(failed(path, "written"))
}

/// The right to change what a lock file stands for, until the file is dropped or the process ends. `waiting` is called if
/// another process has it and it has to be waited for.
pub(crate) fn lock(path: &Path, waiting: impl FnOnce()) -> Result<File, FileError> {
    let take = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map(|()| file)
            }
            // Some network file systems know no locks; there, nobody opens two windows at once.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(file)
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    };
    take().map_err(failed(path, "locked"))
}

/// Keeps a file under the first name of `FILE.bak-1`, `FILE.bak-2`, … that is free, and says which.
pub(crate) fn keep(path: &Path) -> Result<PathBuf, FileError> {
    let backup = |nth: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".bak-{nth}"));
        PathBuf::from(name)
    };
    let mut nth = 1;
    loop {
        let backup = backup(nth);
        // Only a file that is new with this call is written to: a copy made meanwhile is safe, too.
        match File::create_new(&backup) {
            Ok(mut file) => {
                return file
                    .write_all(&read(path)?)
                    .map_err(failed(&backup, "written"))
                    .map(|()| backup);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => nth += 1,
            Err(error) => return Err(failed(&backup, "written")(error)),
        }
    }
}
