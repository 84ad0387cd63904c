//! Reading, listing and writing files, with errors that name them.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use attentive_digest::is_leftover;
use thiserror::Error;

use crate::Location;

/// A reason why a file could not be read or written.
#[derive(Debug, Error)]
pub enum FileError {
    /// The system refused.
    #[error("{path} cannot be {action}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The verb: "read", "written" or "locked".
        action: &'static str,
        /// The system's error.
        error: io::Error,
    },
    /// A text has bytes that are none.
    #[error("{0}: this is not UTF-8; save the file as UTF-8")]
    NotUtf8(Location),
}

/// Makes an error of the system's one that names the file.
fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |error| FileError::Io {
        path,
        action,
        error,
    }
}

/// Reads a file's bytes.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(failed(path, "read"))
}

/// Reads a file's text.
///
/// # Errors
/// When the file cannot be read, or is not UTF-8: then the error has the first line that is not.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read(path)?).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        FileError::NotUtf8(Location::of_byte(path, error.as_bytes(), valid))
    })
}

/// Lists the files below a folder by their paths from there, in order; none if there is no such folder.
///
/// Entries that only look like files are left out: links to nothing, pipes, [leftovers](is_leftover) of editors, and those
/// that another program removes meanwhile.
///
/// # Errors
/// When a folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    walk(folder, Err)
}

/// Lists the Rust files below a folder, as [`list`] does.
///
/// # Errors
/// When a folder cannot be read.
pub fn list_rust(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = list(folder)?;
    files.retain(|file| is_rust(file));
    Ok(files)
}

/// Lists the files of an exercise's folder that its code may include, such as a trained model: those beside its folders that
/// not every exercise has. The pack is not for its code.
///
/// # Errors
/// When a folder cannot be read.
pub fn list_assets(exercise: &Path) -> Result<Vec<PathBuf>, FileError> {
    const USUAL: [&str; 4] = [
        "Cargo.toml",
        "Cargo.lock",
        "exercise.toml",
        "golden.safetensors",
    ];
    let mut assets = Vec::new();
    for file in list(exercise)? {
        let is_beside = file.parent() == Some(Path::new(""));
        if is_beside && !USUAL.iter().any(|usual| file == Path::new(usual)) {
            assets.push(exercise.join(file));
        }
    }
    Ok(assets)
}

/// Lists the Rust files below a folder, without those in folders that cannot be read.
pub(crate) fn list_readable_rust(folder: &Path) -> Vec<PathBuf> {
    let mut files = walk(folder, |_| Ok(())).unwrap_or_default();
    files.retain(|file| is_rust(file));
    files
}

fn is_rust(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rs")
}

/// Lists files as [`list`] does. `unreadable` decides whether a folder that cannot be read is an error.
fn walk(
    folder: &Path,
    unreadable: impl Fn(FileError) -> Result<(), FileError>,
) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = match current.read_dir() {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                unreadable(failed(&current, "read")(error))?;
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    unreadable(failed(&current, "read")(error))?;
                    break;
                }
            };
            if is_leftover(&entry.file_name()) {
                continue;
            }
            let path = entry.path();
            // A link to a folder is not followed: it may lead back here.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.is_file()
                && let Ok(path) = path.strip_prefix(folder)
            {
                files.push(path.to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes a file whole or not at all: whoever reads it meanwhile, or after this process was killed, finds the old text
/// or the new. Its folder is made if need be. Two processes that write the same file have to take turns by a [`lock`].
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), FileError> {
    write_atomically(path, bytes.as_ref()).map_err(failed(path, "written"))
}

fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = with_suffix(path, ".new");
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// Writes a file that can be made again at any time, without waiting for the disk. Its folder is made if need be. A file
/// that has these bytes already stays as it is: cargo compiles again what is newer than the last time.
///
/// # Errors
/// When the file cannot be written.
pub fn write_scratch(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), FileError> {
    if std::fs::read(path).is_ok_and(|found| found == bytes.as_ref()) {
        return Ok(());
    }
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(failed(path, "written"))
}

/// Takes a lock file, and with it the right to change what it stands for, until the result is dropped or the process
/// ends. `on_wait` is called if another process has it and it has to be waited for.
///
/// # Errors
/// When the lock file cannot be made.
pub fn lock(path: &Path, on_wait: impl FnOnce()) -> Result<File, FileError> {
    take_lock(path, on_wait).map_err(failed(path, "locked"))
}

fn take_lock(path: &Path, on_wait: impl FnOnce()) -> io::Result<File> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            on_wait();
            file.lock().map(|()| file)
        }
        // Some network file systems know no locks; there, nobody opens two windows at once.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Copies a file to the first name of `FILE.bak-1`, `FILE.bak-2`, … that is free, and returns that. A file that cannot be
/// read is moved there: that asks for no more than the right to change its folder.
///
/// # Errors
/// When the copy cannot be written.
pub fn back_up(path: &Path) -> Result<PathBuf, FileError> {
    let mut nth = 1;
    loop {
        let backup = with_suffix(path, &format!(".bak-{nth}"));
        // Only a file that is new with this call is written to: a copy made meanwhile is safe, too.
        match File::create_new(&backup) {
            Ok(mut file) => {
                let kept = match std::fs::read(path) {
                    Ok(bytes) => file.write_all(&bytes),
                    Err(_) => std::fs::rename(path, &backup),
                };
                kept.map_err(failed(&backup, "written"))?;
                return Ok(backup);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => nth += 1,
            Err(error) => return Err(failed(&backup, "written")(error)),
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_none_is_refused_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/text");
        write(&path, b"a\nb\xff\n").expect("it can be written");
        let error = read_text(&path).expect_err("it is no text");
        assert!(
            matches!(&error, FileError::NotUtf8(location) if location.line == 2),
            "{error}"
        );
        assert_eq!(
            list(folder.path()).expect("one file"),
            [Path::new("new/text")]
        );
    }

    #[test]
    fn what_editors_leave_is_not_listed() {
        let folder = tempfile::tempdir().expect("a folder");
        for file in [
            "lib.rs",
            "model.safetensors",
            "deep/er.rs",
            "#lib.rs#",
            "lib.rs~",
            ".lib.rs.swp",
            "4913",
            "lib.rs.bak-1",
            "lib.rs___jb_tmp___",
            "._lib.rs",
            ".DS_Store",
            ".history/lib_1.rs",
        ] {
            write(&folder.path().join(file), "").expect("it can be written");
        }
        let all = ["deep/er.rs", "lib.rs", "model.safetensors"].map(Path::new);
        assert_eq!(list(folder.path()).expect("it can be listed"), all);
        let rust = list_rust(folder.path()).expect("it can be listed");
        assert_eq!(rust, all[..2]);
    }

    /// Reading a pipe would wait for ever, and the others cannot be read at all.
    #[cfg(unix)]
    #[test]
    fn what_only_looks_like_a_file_is_not_listed() {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        write(&path("lib.rs"), "").expect("it can be written");
        symlink("lib.rs", path("link.rs")).expect("a link");
        for (name, leads_to) in [
            (".#lib.rs", "learner@machine.42:17"),
            ("gone.rs", "nowhere.rs"),
            ("folder.rs", "nowhere/"),
            ("here.rs", "."),
            ("around.rs", "around.rs"),
        ] {
            symlink(leads_to, path(name)).expect("a link");
        }
        let _socket = UnixListener::bind(path("socket.rs")).expect("a socket");
        let listed = list_rust(folder.path()).expect("it can be listed");
        assert_eq!(listed, ["lib.rs", "link.rs"].map(Path::new));
    }

    /// To root every folder is readable; a file where a folder should be is not, to anybody.
    #[test]
    fn a_folder_that_cannot_be_read_is_an_error_or_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("src");
        write(&file, "").expect("it can be written");
        assert!(matches!(list(&file), Err(FileError::Io { .. })));
        assert_eq!(list_readable_rust(&file), Vec::<PathBuf>::new());
    }

    #[test]
    fn an_older_backup_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lib.rs");
        for (text, nth) in [("first", 1), ("second", 2)] {
            write(&path, text).expect("it can be written");
            let backup = back_up(&path).expect("it can be copied");
            assert!(backup.ends_with(format!("lib.rs.bak-{nth}")));
            assert_eq!(read_text(&backup).expect("it can be read"), text);
        }
    }
}
