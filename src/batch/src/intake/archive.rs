//! Reading `.zip` and `.tar.gz` without unpacking them to disk.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::Unreadable;
use super::select::{Kind, Selection};

/// The most that an archive may unpack to, what is not used included: the course itself has a tenth of that.
const UNPACKED: u64 = 256 << 20;
/// The most that an archive may have packed.
const PACKED: u64 = 256 << 20;

/// Whether a file's name says that it is an archive that can be read.
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

/// Offers every entry of an archive to a selection.
pub(super) fn read(path: &Path, selection: &mut Selection<'_>) -> Result<(), Unreadable> {
    let file = File::open(path)?;
    if file.metadata()?.len() > PACKED {
        return Err(Unreadable::Large(PACKED));
    }
    let is_zip = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let file = BufReader::new(file);
    if is_zip {
        read_zip(file, selection)
    } else {
        read_tar(file, selection)
    }
}

fn read_zip(file: BufReader<File>, selection: &mut Selection<'_>) -> Result<(), Unreadable> {
    let mut archive = zip::ZipArchive::new(file)?;
    let mut left = UNPACKED;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let path = entry.name_raw().to_vec();
        let kind = match (entry.is_dir(), entry.is_symlink()) {
            (true, _) => Kind::Folder,
            (_, true) => Kind::Other("a symbolic link"),
            _ => Kind::File { size: entry.size() },
        };
        // What an archive says of sizes need not be so.
        let mut bounded = Bounded { inner: entry, left };
        selection.offer(&path, kind, &mut bounded)?;
        left = bounded.left;
    }
    Ok(())
}

fn read_tar(file: BufReader<File>, selection: &mut Selection<'_>) -> Result<(), Unreadable> {
    let mut archive = tar::Archive::new(Bounded {
        inner: MultiGzDecoder::new(file),
        left: UNPACKED,
    });
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path_bytes().into_owned();
        let kind = match entry.header().entry_type() {
            tar::EntryType::Directory => Kind::Folder,
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                Kind::File { size: entry.size() }
            }
            tar::EntryType::XGlobalHeader => continue, // `git archive` writes one
            tar::EntryType::Symlink => Kind::Other("a symbolic link"),
            tar::EntryType::Link => Kind::Other("a hard link"),
            _ => Kind::Other("neither a file nor a folder"),
        };
        selection.offer(&path, kind, &mut entry)?;
    }
    Ok(())
}

/// A reader that fails, instead of ending, when there is more than was allowed.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(format!(
                "it unpacks to more than {} MiB (an archive bomb, perhaps)",
                UNPACKED >> 20
            ))
        })?;
        Ok(read)
    }
}
