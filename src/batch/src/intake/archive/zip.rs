//! Reading `.zip`.

use std::fs::File;
use std::io::BufReader;

use zip::ZipReadOptions;
use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::LimitedReader;
use crate::intake::collector::{Collector, EntryKind};
use crate::intake::error::UnreadableUpload;

/// Visits every entry, one after the other: an index of all of them could need more memory than there is.
pub(super) fn read(
    file: BufReader<File>,
    collector: &mut Collector<'_>,
    limit: u64,
) -> Result<(), UnreadableUpload> {
    let mut archive =
        ZipIterable::try_new(file, Config::default()).map_err(|error| match error {
            ZipError::InvalidArchive(_) => UnreadableUpload::ZipEnd,
            other => UnreadableUpload::Zip(other),
        })?;
    collector.ensure_room(archive.len())?;
    let entries = archive.files().map_err(UnreadableUpload::Zip)?;
    let mut left = limit;
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(UnreadableUpload::Zip)?;
        let path = entry.name_raw().to_vec();
        let kind = match (entry.is_dir(), entry.is_symlink()) {
            (true, _) => EntryKind::Folder,
            (_, true) => EntryKind::SymbolicLink,
            _ => EntryKind::File { size: entry.size() },
        };
        let content = match entry.with_reader(entries.reader_mut(), ZipReadOptions::new()) {
            Ok(content) => content,
            // It is encrypted, perhaps, or was packed by another method; the others can still be read.
            Err(error) => {
                collector.visit_unreadable(&path, &error.to_string())?;
                continue;
            }
        };
        // The sizes in an archive's headers may be wrong.
        let mut bounded = LimitedReader::new(content, limit, left);
        match collector.visit(&path, kind, &mut bounded) {
            Err(UnreadableUpload::Read(error)) if !bounded.is_exhausted => {
                collector.visit_unreadable(&path, &error.to_string())?;
            }
            other => other?,
        }
        left = bounded.left;
    }
    Ok(())
}
