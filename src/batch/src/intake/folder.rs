//! Reading a submission that is a folder. No symbolic link is followed, and nothing but plain files is opened.

use std::fs::{DirEntry, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::archive::is_archive;
use super::collector::{Collector, EntryKind, IGNORED_NAMES};
use super::error::UnreadableUpload;

/// The deepest nesting of folders that is read.
const MAX_DEPTH: usize = 24;

/// Returns `true` if a folder is one submission: `exercises/` is in it, or in the only folder in it, which a platform
/// may have added.
pub(super) fn is_course(folder: &Path) -> bool {
    let here = |folder: &Path| folder.join("exercises").is_dir();
    let below = || children(folder).unwrap_or_default();
    here(folder) || matches!(&below()[..], [only] if !only.is_symlink() && here(only))
}

/// Lists a folder, in the order of names.
pub(super) fn children(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut children: Vec<PathBuf> = folder
        .read_dir()?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    children.sort();
    Ok(children)
}

/// Lists the archives in a folder.
pub(super) fn archives(folder: &Path) -> Vec<PathBuf> {
    let children = children(folder).unwrap_or_default();
    children
        .into_iter()
        .filter(|path| is_archive(path) && !path.is_symlink())
        .collect()
}

/// Visits every file below a folder.
pub(super) fn read(root: &Path, collector: &mut Collector<'_>) -> Result<(), UnreadableUpload> {
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let mut entries: Vec<DirEntry> = folder
            .read_dir()
            .map_err(UnreadableUpload::Read)?
            .collect::<io::Result<_>>()
            .map_err(UnreadableUpload::Read)?;
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type().map_err(UnreadableUpload::Read)?;
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
                    .is_some_and(|name| IGNORED_NAMES.contains(&name));
                collector.visit(&below, EntryKind::Folder, &mut io::empty())?;
                if depth < MAX_DEPTH && !noise {
                    waiting.push((path, depth + 1));
                }
            } else if kind.is_file() {
                // Between looking and opening, it may have become something else.
                let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
                let mut options = OpenOptions::new();
                options.read(true).custom_flags(flags.bits().cast_signed());
                let mut file = options.open(&path).map_err(UnreadableUpload::Read)?;
                collector.visit(
                    &below,
                    EntryKind::File {
                        size: file.metadata().map_err(UnreadableUpload::Read)?.len(),
                    },
                    &mut file,
                )?;
            } else {
                let kind = if kind.is_symlink() {
                    EntryKind::SymbolicLink
                } else {
                    EntryKind::Special
                };
                collector.visit(&below, kind, &mut io::empty())?;
            }
        }
    }
    Ok(())
}
