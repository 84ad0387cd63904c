//! Reading a submission that is a folder. No symbolic link is followed, and nothing but plain files is opened.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::archive_format::has_archive_name;
use super::collector::{Collector, EntryKind, IGNORED_NAMES};
use super::error::UnreadableUpload;
use crate::text::from_os;

/// The deepest nesting of folders that is read.
const MAX_DEPTH: usize = 32;

/// Lists a folder, in the order of names.
pub(super) fn children(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut children: Vec<PathBuf> = folder
        .read_dir()?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    children.sort();
    Ok(children)
}

/// Treatment of the archives in a folder.
#[derive(Debug)]
pub(super) enum InnerArchives<'a> {
    /// They are files like others.
    Visit,
    /// They are put into this list instead, since they may be what was handed in.
    List(&'a mut Vec<PathBuf>),
}

/// Visits every file below a folder. What cannot be read is recorded, and does not keep the rest from being read.
pub(super) fn read(
    root: &Path,
    collector: &mut Collector<'_>,
    mut archives: InnerArchives<'_>,
) -> Result<(), UnreadableUpload> {
    // Where this fails, there is nothing else to be read.
    let first = children(root).map_err(UnreadableUpload::Read)?;
    let mut waiting = vec![(first, 0)];
    while let Some((entries, depth)) = waiting.pop() {
        for path in entries {
            let below = path.strip_prefix(root).unwrap_or(&path);
            let below = below.as_os_str().as_bytes();
            let name = from_os(path.file_name().unwrap_or_default());
            let kind = match path.symlink_metadata() {
                Ok(metadata) => metadata.file_type(),
                Err(error) => {
                    collector.visit_unreadable(below, &error.to_string())?;
                    continue;
                }
            };
            if kind.is_dir() {
                collector.visit(below, EntryKind::Folder, &mut io::empty())?;
                if depth == MAX_DEPTH || IGNORED_NAMES.contains(&&*name) {
                    continue;
                }
                match children(&path) {
                    Ok(entries) => waiting.push((entries, depth + 1)),
                    Err(error) => collector.visit_unreadable(below, &error.to_string())?,
                }
            } else if kind.is_file() {
                match &mut archives {
                    InnerArchives::List(list) if has_archive_name(&name) => list.push(path),
                    InnerArchives::List(_) | InnerArchives::Visit => {
                        visit_file(&path, below, collector)?;
                    }
                }
            } else {
                let kind = match kind.is_symlink() {
                    true => EntryKind::SymbolicLink,
                    false => EntryKind::Special,
                };
                collector.visit(below, kind, &mut io::empty())?;
            }
        }
    }
    Ok(())
}

fn visit_file(
    path: &Path,
    below: &[u8],
    collector: &mut Collector<'_>,
) -> Result<(), UnreadableUpload> {
    let opened = open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let visited = match opened {
        Ok((size, mut file)) => collector.visit(below, EntryKind::File { size }, &mut file),
        Err(error) => Err(UnreadableUpload::Read(error)),
    };
    match visited {
        Err(UnreadableUpload::Read(error)) => collector.visit_unreadable(below, &error.to_string()),
        other => other,
    }
}

/// Opens a file, without following a link and without waiting for a pipe.
pub(super) fn open(path: &Path) -> io::Result<File> {
    // Between looking and opening, it may have become something else.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options.open(path)
}
