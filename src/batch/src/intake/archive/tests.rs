use std::collections::BTreeMap;
use std::io::Write;

use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzWriter};
use proptest::prelude::*;
use sevenz_rust2::{ArchiveEntry, ArchiveWriter};

use super::*;
use crate::intake::collector::Findings;
use crate::intake::softmax_course;
use crate::intake::submission::Collected;

type Files = BTreeMap<String, String>;

fn path_of(file: &str) -> String {
    format!("exercises/01-softmax/src/{file}")
}

fn zip_of(files: &Files) -> Vec<u8> {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (path, text) in files {
        writer
            .start_file(path_of(path), SimpleFileOptions::default())
            .expect("it can be begun");
        writer
            .write_all(text.as_bytes())
            .expect("it can be written");
    }
    writer.finish().expect("it can be ended").into_inner()
}

fn tar_of(files: &Files) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        builder
            .append_data(&mut header, path_of(path), text.as_bytes())
            .expect("it can be written");
    }
    builder.into_inner().expect("it can be ended")
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Level::fast());
    writer.write_all(bytes).expect("it can be written");
    writer.finish().expect("it can be ended")
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    writer.write_all(bytes).expect("it can be written");
    writer.finish().expect("it can be ended")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = XzOptions::with_preset(1);
    let mut writer = XzWriter::new(Vec::new(), options).expect("it can be begun");
    writer.write_all(bytes).expect("it can be written");
    writer.finish().expect("it can be ended")
}

fn sevenz_of(files: &Files) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(io::Cursor::new(Vec::new())).expect("it can be begun");
    for (path, text) in files {
        let entry = ArchiveEntry::new_file(&path_of(path));
        writer
            .push_archive_entry(entry, Some(text.as_bytes()))
            .expect("it can be written");
    }
    writer.finish().expect("it can be ended").into_inner()
}

/// The same files in every format that is read.
fn archives_of(files: &Files) -> Vec<(&'static str, Vec<u8>)> {
    let tar = tar_of(files);
    vec![
        ("a.zip", zip_of(files)),
        ("a.tar.gz", gz(&tar)),
        ("a.tar.bz2", bz2(&tar)),
        ("a.tar.xz", xz(&tar)),
        ("a.tar", tar),
        ("a.7z", sevenz_of(files)),
    ]
}

fn collect(name: &str, bytes: &[u8]) -> Result<Findings, UnreadableUpload> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("it can be written");
    let mut collector = Collector::new(softmax_course());
    read(&path, &mut collector)?;
    Ok(collector.finish())
}

fn problem(name: &str, bytes: &[u8]) -> String {
    let read = collect(name, bytes);
    read.expect_err("it cannot be read").to_string()
}

fn one_file(text: &str) -> Files {
    Files::from([("lib.rs".to_owned(), text.to_owned())])
}

#[test]
fn the_content_says_what_an_archive_is_and_not_the_name() {
    let files = one_file("fn f() {}");
    for (_, bytes) in archives_of(&files) {
        for name in ["a.zip", "a.tar.gz", "a.7z", "archive", "a.rar"] {
            let found = collect(name, &bytes).expect("it is an archive");
            let expected = Collected::Sources(files.clone());
            assert_eq!(found.collected["01-softmax"], expected, "{name}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_called_by_its_name() {
    insta::assert_snapshot!(problem("a.zip", b"Rar!\x1a\x07\x01\x00"), @"it is a RAR archive, which cannot be read; ask for a .zip");
    insta::assert_snapshot!(problem("a.tar.zst", b"\x28\xb5\x2f\xfd"), @"it is a Zstandard archive, which cannot be read; ask for a .zip");
    insta::assert_snapshot!(problem("a.pdf", b"%PDF-1.7"), @"it cannot be read: expected a folder or an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .7z)");
    insta::assert_snapshot!(problem("a.tar", b""), @"it cannot be read: expected a folder or an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .7z)");
    let text = problem("a.zip", b"<html>not found</html>");
    assert!(
        text.starts_with("it is not a readable zip archive"),
        "{text}"
    );
}

#[test]
fn one_entry_that_cannot_be_read_costs_itself_only() {
    let zip = zip_of(&Files::from([
        ("lib.rs".to_owned(), "fn f() {}".to_owned()),
        ("../../notes.rs".to_owned(), "n".repeat(40)),
    ]));
    let mut damaged = zip.clone();
    // The checksum of the notes, at the end of the archive; its last header is the last entry's.
    let at = damaged
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .expect("there is a list");
    damaged[at + 16] ^= 1;
    let found = collect("a.zip", &damaged).expect("it is an archive");
    assert_eq!(found.unused.len(), 1, "{:?}", found.unused);
    assert_eq!(
        found.collected["01-softmax"],
        Collected::Sources(one_file("fn f() {}"))
    );
}

#[test]
fn a_bomb_is_refused_in_every_format() {
    const LIMIT: u64 = 1 << 16;
    let files = Files::from([("lib.rs".to_owned(), "x".repeat(2 * LIMIT as usize))]);
    for (name, bytes) in archives_of(&files) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("it can be written");
        let mut collector = Collector::new(softmax_course());
        let problem = read_within(&path, &mut collector, LIMIT).expect_err("it is a bomb");
        assert!(
            problem.to_string().contains("an archive bomb"),
            "{name}: {problem}"
        );
        assert!(collector.finish().collected.is_empty(), "{name}");
    }
}

/// An archive in which the decoder is asked to use a dictionary of 2^`bits` bytes.
fn xz_with_dictionary(bits: u8) -> Vec<u8> {
    const BLOCK: usize = 12;
    let mut bytes = xz(&tar_of(&one_file("fn f() {}")));
    let length = (usize::from(bytes[BLOCK]) + 1) * 4;
    let filter = bytes[BLOCK..BLOCK + length]
        .windows(2)
        .position(|bytes| bytes == [0x21, 1])
        .expect("it is packed by LZMA2");
    bytes[BLOCK + filter + 2] = (bits - 12) * 2;
    let mut checksum = flate2::Crc::new();
    checksum.update(&bytes[BLOCK..BLOCK + length - 4]);
    bytes[BLOCK + length - 4..BLOCK + length].copy_from_slice(&checksum.sum().to_le_bytes());
    bytes
}

#[test]
fn a_decoder_gets_no_more_memory_than_archivers_use() {
    assert!(collect("a.tar.xz", &xz_with_dictionary(26)).is_ok());
    let problem = problem("a.tar.xz", &xz_with_dictionary(30));
    assert!(problem.contains("memory"), "{problem}");
}

#[test]
fn an_archive_of_too_many_entries_is_refused_before_they_are_listed() {
    let files: Files = (0..20_001)
        .map(|nth| (format!("{nth}"), String::new()))
        .collect();
    let mut sevenz = ArchiveWriter::new(io::Cursor::new(Vec::new())).expect("it can be begun");
    for name in files.keys() {
        sevenz
            .push_archive_entry(ArchiveEntry::new_file(name), None::<&[u8]>)
            .expect("it can be written");
    }
    let sevenz = sevenz.finish().expect("it can be ended").into_inner();
    for bytes in [zip_of(&files), tar_of(&files), sevenz] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(problem("a", &bytes), @"it has more than 20000 files and folders");
        }
    }
}

fn files() -> impl Strategy<Value = Files> {
    proptest::collection::btree_map(r"[a-z]{1,8}\.rs", r"\PC{0,40}", 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn sources_come_out_as_they_went_in(files in files()) {
        for (name, bytes) in archives_of(&files) {
            let found = collect(name, &bytes).expect("it is an archive");
            prop_assert_eq!(&found.collected["01-softmax"], &Collected::Sources(files.clone()));
        }
    }

    #[test]
    fn a_damaged_archive_is_read_or_refused(
        files in files(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        for (name, mut bytes) in archives_of(&files) {
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
    fn any_bytes_are_read_or_refused(
        head in proptest::sample::select(vec![&b""[..], b"PK\x03\x04", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c"]),
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let bytes = [head, &bytes[..]].concat();
        for name in ["a.zip", "a.tar.gz"] {
            let _ = collect(name, &bytes);
        }
    }
}
