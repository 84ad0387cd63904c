//! Permissions of files and folders that programs in sandboxes use: as root, they run as another user, and a strict umask
//! keeps everybody else out.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;

/// Lets every user enter a folder or run a file.
pub(crate) fn make_executable(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Lets every user read a folder with everything in it.
pub(crate) fn open_to_all(folder: &Path) -> io::Result<()> {
    make_executable(folder)?;
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            open_to_all(&path)?;
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

/// Returns the first of some paths that not every user can read, or enter if it is a folder.
pub(crate) fn closed_to_others(paths: &[PathBuf]) -> Option<&PathBuf> {
    paths.iter().find(|path| {
        let needed = if path.is_dir() { 0o5 } else { 0o4 };
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & needed != needed)
    })
}

/// Returns `true` if no program in a folder may be run, because of how its disk is mounted. Of a folder that is not there
/// yet, the one decides in which it would be made.
pub(crate) fn forbids_programs(folder: &Path) -> bool {
    let existing = folder.ancestors().find(|folder| folder.is_dir());
    // What cannot be looked at will fail with an error of its own when it is used.
    existing
        .or(Some(Path::new(".")))
        .and_then(|folder| rustix::fs::statvfs(folder).ok())
        .is_some_and(|disk| disk.f_flag.contains(StatVfsMountFlags::NOEXEC))
}
