//! Reading archives without unpacking them to the disk.
//!
//! The format is found in the content: a name can be wrong, and often is.

mod sevenz;
mod tar;
mod zip;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use ::bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

use super::archive_format::{self, Compression, Format};
use super::collector::Collector;
use super::error::UnreadableUpload;
use super::folder;

/// The most bytes that an archive may unpack to, unused files included. The course itself has a tenth of that.
const MAX_UNPACKED_BYTES: u64 = 256 << 20;
/// The most bytes that an archive may have.
const MAX_ARCHIVE_BYTES: u64 = 256 << 20;
/// The most memory of one decoder, in KiB: xz and 7-Zip with their strongest settings need 64 MiB.
const MAX_DECODER_KIB: u32 = 80 << 10;

/// Returns `true` if a file's content is that of an archive, whether it can be read or not.
pub(super) fn is_archive(path: &Path) -> bool {
    let Ok(mut file) = open_plain_file(path) else {
        return false;
    };
    let head = read_head(&mut file).unwrap_or_default();
    Format::of(&head).is_some()
}

/// Visits every entry of an archive.
pub(super) fn read(path: &Path, collector: &mut Collector<'_>) -> Result<(), UnreadableUpload> {
    read_within(path, collector, MAX_UNPACKED_BYTES)
}

/// Visits every entry of an archive that unpacks to at most so many bytes.
fn read_within(
    path: &Path,
    collector: &mut Collector<'_>,
    limit: u64,
) -> Result<(), UnreadableUpload> {
    let mut file = open_plain_file(path)?;
    if file.metadata().map_err(UnreadableUpload::Read)?.len() > MAX_ARCHIVE_BYTES {
        return Err(UnreadableUpload::Large(MAX_ARCHIVE_BYTES));
    }
    let head = read_head(&mut file).map_err(UnreadableUpload::Read)?;
    let format = match Format::of(&head) {
        Some(format) => format,
        // There may be something else in front of a zip archive, such as a program that unpacks it.
        None if archive_format::is_named_zip(path) => Format::Zip,
        None => return Err(UnreadableUpload::NoArchive),
    };
    let file = BufReader::new(file);
    match format {
        Format::Zip => zip::read(file, collector, limit),
        Format::SevenZip => sevenz::read(file, collector, limit),
        Format::Tar(compression) => tar::read(decompressor(compression, file), collector, limit),
        Format::Unsupported(name) => Err(UnreadableUpload::Unsupported(name)),
    }
}

fn open_plain_file(path: &Path) -> Result<File, UnreadableUpload> {
    if path.is_symlink() {
        return Err(UnreadableUpload::Link);
    }
    let file = folder::open(path).map_err(UnreadableUpload::Read)?;
    match file.metadata().map_err(UnreadableUpload::Read)?.is_file() {
        true => Ok(file),
        false => Err(UnreadableUpload::NoArchive),
    }
}

/// Reads the first block of a file, and goes back to its beginning.
fn read_head(file: &mut File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(archive_format::HEAD_BYTES)
        .read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head)
}

fn decompressor(compression: Compression, file: BufReader<File>) -> Box<dyn Read> {
    match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(MultiGzDecoder::new(file)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(file)),
        Compression::Xz => Box::new(XzReader::new_mem_limit(file, true, MAX_DECODER_KIB)),
    }
}

/// A reader that fails, instead of ending, when there is more than was allowed.
struct LimitedReader<R> {
    inner: R,
    limit: u64,
    left: u64,
    is_exhausted: bool,
}

impl<R> LimitedReader<R> {
    /// Bounds a reader of which `left` bytes of `limit` are left.
    fn new(inner: R, limit: u64, left: u64) -> Self {
        Self {
            inner,
            limit,
            left,
            is_exhausted: false,
        }
    }
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => {
                self.is_exhausted = true;
                Err(io::Error::other(UnreadableUpload::Bomb(self.limit)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
