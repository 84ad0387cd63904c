//! Reading `.tar`, once it is decompressed.

use std::io::Read;

use tar::EntryType;

use super::LimitedReader;
use crate::intake::collector::{Collector, EntryKind};
use crate::intake::error::UnreadableUpload;

/// Visits every entry.
pub(super) fn read(
    decompressed: Box<dyn Read>,
    collector: &mut Collector<'_>,
    limit: u64,
) -> Result<(), UnreadableUpload> {
    let bounded = LimitedReader::new(decompressed, limit, limit);
    let mut archive = tar::Archive::new(bounded);
    for entry in archive.entries().map_err(UnreadableUpload::Read)? {
        let mut entry = entry.map_err(UnreadableUpload::Read)?;
        let path = entry.path_bytes().into_owned();
        let kind = match entry.header().entry_type() {
            EntryType::Directory => EntryKind::Folder,
            EntryType::Regular | EntryType::Continuous => EntryKind::File { size: entry.size() },
            EntryType::XGlobalHeader => continue, // `git archive` writes one
            EntryType::Symlink => EntryKind::SymbolicLink,
            EntryType::Link => EntryKind::HardLink,
            _ => EntryKind::Special,
        };
        collector.visit(&path, kind, &mut entry)?;
    }
    Ok(())
}
