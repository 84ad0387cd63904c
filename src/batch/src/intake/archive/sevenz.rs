//! Reading `.7z`.

mod header;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};

use super::MAX_DECODER_KIB;
use crate::intake::collector::{Collector, EntryKind};
use crate::intake::error::UnreadableUpload;

/// The most bytes of the list of entries. In memory an entry needs a hundred times what it can need in the list, so this
/// bounds it to 200 MiB; there is room for 20,000 entries with names of ordinary length.
const MAX_LIST_BYTES: u64 = 2 << 20;
/// The bytes in front of everything else; the last 20 say where the list is.
const START_BYTES: usize = 32;
/// The most decoders in a row: four are what 7-Zip uses for programs, and one or two for everything else.
const MAX_DECODERS: usize = 4;

/// Visits every entry.
pub(super) fn read(
    mut file: BufReader<File>,
    collector: &mut Collector<'_>,
    limit: u64,
) -> Result<(), UnreadableUpload> {
    let password = Password::empty();
    ensure_short_list(&mut file)?;
    let memory = MAX_DECODER_KIB as usize;
    let archive =
        Archive::read_with_memory_limit(&mut file, &password, memory).map_err(unreadable)?;
    collector.ensure_room(archive.files.len())?;
    let sizes = archive.files.iter().map(|entry| u128::from(entry.size));
    // What is not used has to be decoded, too: the files of a block are one stream.
    if sizes.sum::<u128>() > u128::from(limit) {
        return Err(UnreadableUpload::Bomb(limit));
    }
    if archive
        .blocks
        .iter()
        .any(|block| block.coders.len() > MAX_DECODERS)
    {
        return Err(UnreadableUpload::SevenZip(
            "it has too many decoders".to_owned(),
        ));
    }
    for entry in archive.files.iter().filter(|entry| !entry.has_stream) {
        visit(entry, collector, &mut io::empty())?;
    }
    let mut stopped = Ok(());
    for block in 0..archive.blocks.len() {
        let decoder =
            BlockDecoder::new_with_memory_limit(1, memory, block, &archive, &password, &mut file);
        let done = decoder.for_each_entries(&mut |entry, reader| {
            if entry.has_stream && stopped.is_ok() {
                stopped = visit(entry, collector, reader);
            }
            Ok(stopped.is_ok())
        });
        std::mem::replace(&mut stopped, Ok(()))?;
        done.map_err(unreadable)?;
    }
    Ok(())
}

/// Makes sure that the list of entries is short before it is read: it may be packed well.
fn ensure_short_list(file: &mut BufReader<File>) -> Result<(), UnreadableUpload> {
    let mut start = [0; START_BYTES];
    file.read_exact(&mut start)
        .map_err(UnreadableUpload::Read)?;
    let (mut offset, mut length) = ([0; 8], [0; 8]);
    offset.copy_from_slice(&start[12..20]);
    length.copy_from_slice(&start[20..28]);
    let (offset, length) = (u64::from_le_bytes(offset), u64::from_le_bytes(length));
    let damaged = || UnreadableUpload::SevenZip("it is damaged, or of a newer version".to_owned());
    let place = offset.checked_add(START_BYTES as u64).ok_or_else(damaged)?;
    file.seek(io::SeekFrom::Start(place))
        .map_err(UnreadableUpload::Read)?;
    let mut stored = Vec::new();
    file.take(length.min(MAX_LIST_BYTES + 1))
        .read_to_end(&mut stored)
        .map_err(UnreadableUpload::Read)?;
    file.rewind().map_err(UnreadableUpload::Read)?;
    // An empty archive has no list.
    let list = match stored.is_empty() {
        true => 0,
        false => header::unpacked_length(&stored).ok_or_else(damaged)?,
    };
    if list > MAX_LIST_BYTES {
        return Err(UnreadableUpload::SevenZip(format!(
            "its list of entries is longer than {} MiB",
            MAX_LIST_BYTES >> 20
        )));
    }
    Ok(())
}

fn visit(
    entry: &ArchiveEntry,
    collector: &mut Collector<'_>,
    reader: &mut dyn Read,
) -> Result<(), UnreadableUpload> {
    let kind = if entry.is_directory {
        EntryKind::Folder
    } else if is_symbolic_link(entry) {
        EntryKind::SymbolicLink
    } else {
        EntryKind::File { size: entry.size }
    };
    collector.visit(entry.name.as_bytes(), kind, reader)
}

/// Returns `true` if Unix's mode, in the upper half of the attributes, is that of a link.
fn is_symbolic_link(entry: &ArchiveEntry) -> bool {
    const HAS_MODE: u32 = 0x8000;
    const TYPE: u32 = 0o170_000;
    const LINK: u32 = 0o120_000;
    let attributes = entry.windows_attributes;
    attributes & HAS_MODE != 0 && (attributes >> 16) & TYPE == LINK
}

/// Says in words why an archive cannot be read: the library's own texts are for its developers.
fn unreadable(error: Error) -> UnreadableUpload {
    UnreadableUpload::SevenZip(match error {
        Error::Io(error, _) | Error::FileOpen(error, _) | Error::MaybeBadPassword(error) => {
            error.to_string()
        }
        Error::MaxMemLimited { .. } => "it needs too much memory".to_owned(),
        Error::PasswordRequired => "it has a password".to_owned(),
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => {
            "it has a password".to_owned()
        }
        Error::UnsupportedCompressionMethod(method) => {
            format!("it is packed by the method {method}, which is not supported")
        }
        Error::Unsupported(what) | Error::Other(what) => what.into_owned(),
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => {
            "it is damaged: a checksum is wrong".to_owned()
        }
        _ => "it is damaged, or of a newer version".to_owned(),
    })
}
