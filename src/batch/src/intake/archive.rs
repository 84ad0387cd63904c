//! Reading `.zip` and `.tar.gz` without unpacking them to the disk.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::collector::{Collector, EntryKind};
use super::error::UnreadableUpload;

/// The most bytes that an archive may unpack to, unused files included. The course itself has a tenth of that.
const MAX_UNPACKED_BYTES: u64 = 256 << 20;
/// The most bytes that an archive may have.
const MAX_ARCHIVE_BYTES: u64 = 256 << 20;

/// Returns `true` if a file's name is that of an archive that can be read.
pub(super) fn is_archive(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    [".zip", ".tar.gz", ".tgz"]
        .iter()
        .any(|suffix| name.ends_with(suffix))
}

/// Visits every entry of an archive.
pub(super) fn read(path: &Path, collector: &mut Collector<'_>) -> Result<(), UnreadableUpload> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_ARCHIVE_BYTES {
        return Err(UnreadableUpload::Large(MAX_ARCHIVE_BYTES));
    }
    let is_zip = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let file = BufReader::new(file);
    if is_zip {
        read_zip(file, collector)
    } else {
        read_tar(file, collector)
    }
}

fn read_zip(file: BufReader<File>, collector: &mut Collector<'_>) -> Result<(), UnreadableUpload> {
    let mut archive = zip::ZipArchive::new(file)?;
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let path = entry.name_raw().to_vec();
        let kind = match (entry.is_dir(), entry.is_symlink()) {
            (true, _) => EntryKind::Folder,
            (_, true) => EntryKind::Other("a symbolic link"),
            _ => EntryKind::File { size: entry.size() },
        };
        // The sizes in an archive's headers may be wrong.
        let mut bounded = LimitedReader { inner: entry, left };
        collector.visit(&path, kind, &mut bounded)?;
        left = bounded.left;
    }
    Ok(())
}

fn read_tar(file: BufReader<File>, collector: &mut Collector<'_>) -> Result<(), UnreadableUpload> {
    let mut archive = tar::Archive::new(LimitedReader {
        inner: MultiGzDecoder::new(file),
        left: MAX_UNPACKED_BYTES,
    });
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path_bytes().into_owned();
        let kind = match entry.header().entry_type() {
            tar::EntryType::Directory => EntryKind::Folder,
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                EntryKind::File { size: entry.size() }
            }
            tar::EntryType::XGlobalHeader => continue, // `git archive` writes one
            tar::EntryType::Symlink => EntryKind::Other("a symbolic link"),
            tar::EntryType::Link => EntryKind::Other("a hard link"),
            _ => EntryKind::Other("neither a file nor a folder"),
        };
        collector.visit(&path, kind, &mut entry)?;
    }
    Ok(())
}

/// A reader that fails, instead of ending, when there is more than was allowed.
struct LimitedReader<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(format!(
                "it unpacks to more than {} MiB (an archive bomb, perhaps)",
                MAX_UNPACKED_BYTES >> 20
            ))
        })?;
        Ok(read)
    }
}
