//! A workspace of manifests alone: their targets are the learner's files, where those are, and their dependencies lead
//! to each other instead of to the solutions.
//!
//! It shares the course's target folder, and with it all that is compiled from crates.io. Cargo tells packages of one
//! target folder apart by name, version and their place in the workspace: here an exercise's place is `NN-name`, in the
//! course it is `exercises/NN-name`, so that neither is taken for the other.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use attentive_course::Exercise;
use attentive_course::files::{self, FileError};
use serde::Deserialize;
use thiserror::Error;
use toml::Table;

use super::manifests::{member, needed, package_name, place, workspace};
use crate::style::warn;

/// Cargo's names of its files.
const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";

/// Folder of the manifests of `check --chain`, from the course's root.
const CHAIN: &str = "target/attentive/chain";

/// Folder of the manifests of programs that run the learner's own functions, from the course's root.
const OWN: &str = "target/attentive/own";

/// A reason why there is no such workspace.
#[derive(Debug, Error)]
pub(crate) enum ChainError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{path} is not a manifest that cargo understands: {error}", path = path.display())]
    Manifest {
        path: PathBuf,
        error: toml::de::Error,
    },
    #[error("the manifest for {exercise} cannot be written: {error}")]
    Write {
        exercise: String,
        error: toml::ser::Error,
    },
    #[error(
        "cargo does not name the folder that it compiles into ({0}); does `cargo metadata` work here?"
    )]
    Target(io::Error),
}

/// The workspace, written.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The course's root.
    root: PathBuf,
    /// Folder of the manifests, from there.
    folder: &'static Path,
    /// As long as it is there, no other process writes another one in its place.
    _locked: File,
    /// The course's folders for what is compiled.
    compiled: Compiled,
}

/// The folders that cargo compiles into.
#[derive(Debug, Deserialize)]
struct Compiled {
    /// For finished programs.
    target_directory: PathBuf,
    /// For everything else.
    build_directory: PathBuf,
}

impl Workspace {
    /// Writes manifests for exercises, among which is everything that they are built on.
    pub(crate) fn write(exercises: &[Exercise]) -> Result<Self, ChainError> {
        Self::write_in(Path::new(CHAIN), exercises, &[])
    }

    /// Writes manifests for programs, given by their folders in the course, and for exercises, among which is everything
    /// that they are built on.
    pub(crate) fn write_programs(
        exercises: &[Exercise],
        programs: &[&Path],
    ) -> Result<Self, ChainError> {
        Self::write_in(Path::new(OWN), exercises, programs)
    }

    fn write_in(
        folder: &'static Path,
        exercises: &[Exercise],
        programs: &[&Path],
    ) -> Result<Self, ChainError> {
        let root = std::env::current_dir().map_err(ChainError::Target)?;
        let waiting = || warn("waiting for another cargo attentive in this checkout …");
        let locked = files::lock(&folder.join("lock"), waiting)?;
        let mut crates: Vec<PathBuf> = exercises.iter().map(Exercise::directory).collect();
        crates.extend(programs.iter().map(|&program| program.to_owned()));
        // The same versions as in the course. Cargo takes out what is not needed here.
        let mut versions = Table::new();
        let lock = Path::new(LOCK);
        if lock.exists() {
            files::write(&folder.join(lock), &files::read(lock)?)?;
            versions = read(lock)?;
        }
        let manifests = crates
            .iter()
            .map(|directory| read(&directory.join(MANIFEST)));
        let manifests = manifests.collect::<Result<Vec<Table>, _>>()?;
        let needed = needed(manifests.iter().filter_map(package_name), &versions);
        let course = read(Path::new(MANIFEST))?;
        update(
            &folder.join(MANIFEST),
            "the workspace",
            &workspace(course, &crates, &needed, &root),
        )?;
        for (directory, manifest) in crates.iter().zip(manifests) {
            let place = place(directory);
            let manifest = member(manifest, directory, &root);
            update(&folder.join(&place).join(MANIFEST), &place, &manifest)?;
        }
        for exercise in exercises {
            let directory = root.join(exercise.directory());
            let elsewhere = folder
                .join(exercise.folder())
                .join(attentive_digest::ELSEWHERE);
            write_changed(&elsewhere, &directory.to_string_lossy())?;
        }
        Ok(Self {
            root,
            folder,
            _locked: locked,
            compiled: compiled()?,
        })
    }

    /// Makes a call of cargo one that works here.
    pub(crate) fn add_to(&self, cargo: &mut Command) {
        let Compiled {
            target_directory,
            build_directory,
        } = &self.compiled;
        cargo
            .arg("--manifest-path")
            .arg(self.root.join(self.folder).join(MANIFEST))
            .arg("--target-dir")
            .arg(target_directory)
            .env("CARGO_BUILD_BUILD_DIR", build_directory);
    }

    /// The manifest of an exercise here, from the course's root.
    pub(crate) fn manifest(&self, exercise: &Exercise) -> PathBuf {
        self.folder.join(exercise.folder()).join(MANIFEST)
    }
}

fn read(path: &Path) -> Result<Table, ChainError> {
    let table = files::read_text(path)?.parse();
    table.map_err(|error| ChainError::Manifest {
        path: path.to_owned(),
        error,
    })
}

/// Writes a manifest, unless it is there.
fn update(path: &Path, exercise: &str, manifest: &Table) -> Result<(), ChainError> {
    let exercise = exercise.to_owned();
    let text = toml::to_string(manifest).map_err(|error| ChainError::Write { exercise, error })?;
    Ok(write_changed(path, &text)?)
}

/// Writes a text, unless it is there.
fn write_changed(path: &Path, text: &str) -> Result<(), FileError> {
    if path.exists() && files::read(path)? == text.as_bytes() {
        return Ok(());
    }
    files::write(path, text)
}

/// The folders that cargo compiles the course into.
fn compiled() -> Result<Compiled, ChainError> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = Command::new(attentive_course::cargo_program())
        .args(arguments)
        .output()
        .map_err(ChainError::Target)?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        ChainError::Target(if said.is_empty() {
            error.into()
        } else {
            io::Error::other(said)
        })
    })
}
