//! Downloads a package by its registry's own client.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use super::error::FetchError;
use super::progress::Progress;
use crate::catalogue::{Package, Registry};

/// The time between two looks at how much has arrived.
const INTERVAL: Duration = Duration::from_millis(100);

/// The programs that download.
#[derive(Debug, Clone)]
pub struct Clients {
    /// A Python with pip, for packages of PyPI.
    pub python: OsString,
    /// npm.
    pub npm: OsString,
}

/// Downloads a package, unless an earlier call did, and returns its archive.
pub(super) fn download(
    clients: &Clients,
    downloads: &Path,
    package: &Package,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, FetchError> {
    let archive = downloads.join(format!("{}-{}", package.name, package.version));
    if fs::metadata(&archive).is_ok_and(|file| file.len() == package.bytes) {
        return Ok(archive);
    }
    let work = tempfile::tempdir_in(downloads).map_err(FetchError::file(downloads))?;
    let folders = Folders::create(work.path())?;
    let (program, mut command) = command(clients, package, &folders.finished);
    command
        .env("TMPDIR", &folders.partial)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let name = format!("{} {}", package.name, package.version);
    let ended = watch(command, &folders, package.bytes, progress);
    let (status, words) = ended.map_err(|error| FetchError::NoProgram {
        program: program.clone(),
        package: name.clone(),
        error,
    })?;
    if !status.success() {
        return Err(FetchError::Download {
            program,
            package: name,
            status,
            words,
        });
    }
    let files = files_of(&folders.finished)?;
    let [file] = files.as_slice() else {
        return Err(FetchError::NoArchive {
            program,
            package: name,
            found: files.len(),
        });
    };
    fs::rename(file, &archive).map_err(FetchError::file(&archive))?;
    Ok(archive)
}

/// The folders in which a client works.
struct Folders {
    partial: PathBuf,
    finished: PathBuf,
}

impl Folders {
    fn create(work: &Path) -> Result<Self, FetchError> {
        let folders = Self {
            partial: work.join("partial"),
            finished: work.join("finished"),
        };
        for folder in [&folders.partial, &folders.finished] {
            fs::create_dir(folder).map_err(FetchError::file(folder))?;
        }
        Ok(folders)
    }
}

/// The client's name, and its call.
fn command(clients: &Clients, package: &Package, target: &Path) -> (String, Command) {
    let (name, version) = (package.name, package.version);
    let mut command;
    match package.registry {
        Registry::PyPiWheel | Registry::PyPiWheelOf(_) | Registry::PyPiSource => {
            command = Command::new(&clients.python);
            command.args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--no-input",
            ]);
            command.args(["--disable-pip-version-check", "--progress-bar", "off"]);
            let kind = match package.registry {
                Registry::PyPiSource => "--no-binary",
                _ => "--only-binary",
            };
            command.args([kind, name, "--dest"]).arg(target);
            if let Registry::PyPiWheelOf(build) = package.registry {
                command.args(["--implementation", "cp", "--python-version", build.python]);
                command.args(["--abi", build.abi, "--platform", build.platform]);
            }
            command.arg(format!("{name}=={version}"));
            (described(&clients.python, " -m pip"), command)
        }
        Registry::Npm => {
            command = Command::new(&clients.npm);
            command.args(["pack", "--loglevel", "error", "--pack-destination"]);
            command.arg(target).arg(format!("{name}@{version}"));
            (described(&clients.npm, ""), command)
        }
    }
}

fn described(program: &OsString, arguments: &str) -> String {
    format!("{}{arguments}", program.display())
}

/// Runs a client, and says how much has arrived. Returns how it ended, and its last words.
fn watch(
    mut command: Command,
    folders: &Folders,
    total: u64,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<(ExitStatus, String)> {
    let mut client = command.spawn()?;
    // Not into a file: when the disk is full, this is what says so.
    let errors = client.stderr.take();
    let words = thread::spawn(|| errors.map(last_line).unwrap_or_default());
    let status = loop {
        let bytes = (size(&folders.partial) + size(&folders.finished)).min(total);
        progress(Progress::Downloading { bytes, total });
        if let Some(status) = client.try_wait()? {
            break status;
        }
        thread::sleep(INTERVAL);
    };
    Ok((status, words.join().unwrap_or_default()))
}

/// The size of all files below a folder. Those that vanish meanwhile count nothing: it is shown, and no more.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let mut bytes = 0;
    for entry in entries.flatten() {
        bytes += match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            _ => entry.metadata().map_or(0, |file| file.len()),
        };
    }
    bytes
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, FetchError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(FetchError::file(folder))? {
        files.push(entry.map_err(FetchError::file(folder))?.path());
    }
    Ok(files)
}

/// The last line with something in it.
fn last_line(from: ChildStderr) -> String {
    let mut last = String::new();
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if !line.trim().is_empty() {
            last = line.trim().to_owned();
        }
    }
    last
}
