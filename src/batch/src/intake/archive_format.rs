//! Formats of archives, by their first bytes.

use std::path::Path;

/// The most bytes that are looked at: a block of tar.
pub(super) const HEAD_BYTES: u64 = 512;

/// Extensions of archives, those of two parts first.
const EXTENSIONS: [&str; 22] = [
    ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz", ".tar.lz4", ".tar.z", ".zip", ".tar",
    ".tgz", ".tbz", ".tbz2", ".txz", ".7z", ".rar", ".zst", ".lz", ".lz4", ".z", ".cab", ".arj",
    ".gz",
];

/// The format of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Zip,
    SevenZip,
    Tar(Compression),
    /// A format that is known by this name, and for which there is no reader.
    Unsupported(&'static str),
}

/// The compression around an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Bzip2,
    Xz,
}

impl Format {
    /// Finds the format of an archive that begins with these bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        const BEGINNINGS: [(&[u8], Format); 13] = [
            (b"PK\x03\x04", Format::Zip),
            (b"PK\x05\x06", Format::Zip),
            (b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
            (b"\x1f\x8b", Format::Tar(Compression::Gzip)),
            (b"BZh", Format::Tar(Compression::Bzip2)),
            (b"\xfd7zXZ\x00", Format::Tar(Compression::Xz)),
            (b"Rar!\x1a\x07", Format::Unsupported("RAR")),
            (b"\x28\xb5\x2f\xfd", Format::Unsupported("Zstandard")),
            (b"\x04\x22\x4d\x18", Format::Unsupported("LZ4")),
            (b"LZIP", Format::Unsupported("lzip")),
            (b"\x1f\x9d", Format::Unsupported("compress")),
            (b"MSCF", Format::Unsupported("CAB")),
            (b"\x60\xea", Format::Unsupported("ARJ")),
        ];
        let found = BEGINNINGS
            .iter()
            .find(|(beginning, _)| head.starts_with(beginning));
        match found {
            Some((_, format)) => Some(*format),
            None if is_tar(head) => Some(Self::Tar(Compression::None)),
            None => None,
        }
    }
}

/// Returns `true` for a block whose checksum is that of a tar header: old ones have no other mark.
fn is_tar(head: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(stored) = head.get(CHECKSUM) else {
        return false;
    };
    if head.len() < HEAD_BYTES as usize {
        return false;
    }
    let digits = String::from_utf8_lossy(stored);
    let digits = digits.trim_matches([' ', '\0']);
    let mut sum = 0;
    for (at, byte) in head.iter().enumerate() {
        let byte = if CHECKSUM.contains(&at) { b' ' } else { *byte };
        sum += u32::from(byte);
    }
    u32::from_str_radix(digits, 8) == Ok(sum)
}

/// Returns `true` if a file has the name of a zip archive.
pub(super) fn is_named_zip(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

/// Returns `true` if a file's name is that of an archive, whether it can be read or not.
pub(super) fn has_archive_name(name: &str) -> bool {
    archive_extension(name).is_some()
}

/// Removes the extension from a file's name: all of an archive's, or else the last one.
pub(super) fn strip_extension(name: &str) -> &str {
    let end = archive_extension(name).or_else(|| name.rfind('.').filter(|dot| *dot > 0));
    end.map_or(name, |end| &name[..end])
}

/// Finds the place of an archive's extension in a name that does not begin with it.
fn archive_extension(name: &str) -> Option<usize> {
    for extension in EXTENSIONS {
        let Some(at) = name.len().checked_sub(extension.len()).filter(|at| *at > 0) else {
            continue;
        };
        let is_here = name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(extension);
        if is_here {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_those_of_archives() {
        assert_eq!(strip_extension("a.b.TAR.GZ"), "a.b");
        assert_eq!(strip_extension("a.b.pdf"), "a.b");
        assert_eq!(strip_extension(".zip"), ".zip");
        assert_eq!(strip_extension("李雷"), "李雷");
        assert!(has_archive_name("a.rar") && !has_archive_name("a.rs") && !has_archive_name("zip"));
    }
}
