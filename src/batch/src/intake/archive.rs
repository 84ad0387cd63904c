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
    let file = File::open(path).map_err(UnreadableUpload::Read)?;
    if file.metadata().map_err(UnreadableUpload::Read)?.len() > MAX_ARCHIVE_BYTES {
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
    let mut archive = zip::ZipArchive::new(file).map_err(UnreadableUpload::Zip)?;
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(UnreadableUpload::Zip)?;
        let path = entry.name_raw().to_vec();
        let kind = match (entry.is_dir(), entry.is_symlink()) {
            (true, _) => EntryKind::Folder,
            (_, true) => EntryKind::SymbolicLink,
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
    for entry in archive.entries().map_err(UnreadableUpload::Read)? {
        let mut entry = entry.map_err(UnreadableUpload::Read)?;
        let path = entry.path_bytes().into_owned();
        let kind = match entry.header().entry_type() {
            tar::EntryType::Directory => EntryKind::Folder,
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                EntryKind::File { size: entry.size() }
            }
            tar::EntryType::XGlobalHeader => continue, // `git archive` writes one
            tar::EntryType::Symlink => EntryKind::SymbolicLink,
            tar::EntryType::Link => EntryKind::HardLink,
            _ => EntryKind::Special,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::intake::softmax_course;
    use crate::intake::submission::Collected;

    type Files = BTreeMap<String, String>;

    fn zip_of(files: &Files) -> Vec<u8> {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        for (path, text) in files {
            let path = format!("exercises/01-softmax/src/{path}");
            writer
                .start_file(path, SimpleFileOptions::default())
                .expect("it can be begun");
            writer
                .write_all(text.as_bytes())
                .expect("it can be written");
        }
        writer.finish().expect("it can be ended").into_inner()
    }

    fn tar_of(files: &Files) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, text) in files {
            let path = format!("exercises/01-softmax/src/{path}");
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            builder
                .append_data(&mut header, path, text.as_bytes())
                .expect("it can be written");
        }
        let gz = builder.into_inner().expect("it can be ended");
        gz.finish().expect("it can be ended")
    }

    fn collect(name: &str, bytes: &[u8]) -> Result<BTreeMap<String, Collected>, UnreadableUpload> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("it can be written");
        let mut collector = Collector::new(softmax_course());
        read(&path, &mut collector)?;
        Ok(collector.finish().0)
    }

    fn files() -> impl Strategy<Value = Files> {
        proptest::collection::btree_map(r"[a-z]{1,8}\.rs", r"\PC{0,40}", 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sources_come_out_as_they_went_in(files in files()) {
            for (name, bytes) in [("a.zip", zip_of(&files)), ("a.tar.gz", tar_of(&files))] {
                let collected = collect(name, &bytes).expect("it is an archive");
                prop_assert_eq!(&collected["01-softmax"], &Collected::Sources(files.clone()));
            }
        }

        #[test]
        fn a_damaged_archive_is_read_or_refused(
            files in files(),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            for (name, mut bytes) in [("a.zip", zip_of(&files)), ("a.tar.gz", tar_of(&files))] {
                for (at, byte) in &damage {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                let _ = collect(name, &bytes);
                bytes.truncate(cut.index(bytes.len()));
                let _ = collect(name, &bytes);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for name in ["a.zip", "a.tar.gz"] {
                let _ = collect(name, &bytes);
            }
        }
    }
}
