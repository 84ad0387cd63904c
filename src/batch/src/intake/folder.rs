//! Reading a submission that is a folder. No symbolic link is followed, and nothing but plain files is opened.

use std::fs::{DirEntry, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::Unreadable;
use super::archive::is_archive;
use super::select::{Kind, NOISE, Selection};

/// How deep folders may nest.
const DEPTH: usize = 24;

/// Whether a folder is one submission: `exercises/` is in it, or in the one folder that a platform wrapped around it.
pub(super) fn is_course(folder: &Path) -> bool {
    let here = |folder: &Path| folder.join("exercises").is_dir();
    let below = || children(folder).unwrap_or_default();
    here(folder) || matches!(&below()[..], [only] if !only.is_symlink() && here(only))
}

/// What is in a folder, by name.
pub(super) fn children(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut children: Vec<PathBuf> = folder
        .read_dir()?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    children.sort();
    Ok(children)
}

/// The archives in a folder.
pub(super) fn archives(folder: &Path) -> Vec<PathBuf> {
    let children = children(folder).unwrap_or_default();
    children
        .into_iter()
        .filter(|path| is_archive(path) && !path.is_symlink())
        .collect()
}

/// Offers every file below a folder to a selection.
pub(super) fn read(root: &Path, selection: &mut Selection<'_>) -> Result<(), Unreadable> {
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let mut entries: Vec<DirEntry> = folder.read_dir()?.collect::<io::Result<_>>()?;
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type()?;
            let below = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .as_os_str()
                .as_bytes()
                .to_vec();
            if kind.is_dir() {
                let noise = entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| NOISE.contains(&name));
                selection.offer(&below, Kind::Folder, &mut io::empty())?;
                if depth < DEPTH && !noise {
                    waiting.push((path, depth + 1));
                }
            } else if kind.is_file() {
                // Between looking and opening, it may have become something else.
                let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
                let mut options = OpenOptions::new();
                options.read(true).custom_flags(flags.bits().cast_signed());
                let mut file = options.open(&path)?;
                selection.offer(
                    &below,
                    Kind::File {
                        size: file.metadata()?.len(),
                    },
                    &mut file,
                )?;
            } else {
                let what = if kind.is_symlink() {
                    "a symbolic link"
                } else {
                    "neither a file nor a folder"
                };
                selection.offer(&below, Kind::Other(what), &mut io::empty())?;
            }
        }
    }
    Ok(())
}
