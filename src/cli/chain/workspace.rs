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
use toml::{Table, Value};

use super::manifests::{member, workspace};
use crate::style::warn;

/// Folder of the manifests, from the course's root.
const FOLDER: &str = "target/attentive/chain";

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
        let root = std::env::current_dir().map_err(ChainError::Target)?;
        let folder = Path::new(FOLDER);
        let waiting = || warn("waiting for another `check --chain` in this checkout …");
        let locked = files::lock(&folder.join("lock"), waiting)?;
        let members = exercises
            .iter()
            .map(|exercise| Value::from(exercise.folder()))
            .collect();
        update(
            &folder.join("Cargo.toml"),
            "the workspace",
            &workspace(read(Path::new("."))?, members, &root),
        )?;
        // The same versions as in the course. Cargo takes out what is not needed here.
        let lock = Path::new("Cargo.lock");
        if lock.exists() {
            files::write(&folder.join(lock), &files::read(lock)?)?;
        }
        for exercise in exercises {
            let manifest = member(read(&exercise.directory())?, exercise, &root);
            let place = folder.join(exercise.folder());
            update(&place.join("Cargo.toml"), &exercise.folder(), &manifest)?;
            let folder = root.join(exercise.directory());
            let named = folder.to_string_lossy();
            write_changed(&place.join(attentive_digest::ELSEWHERE), &named)?;
        }
        Ok(Self {
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
            .arg(Path::new(FOLDER).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target_directory)
            .env("CARGO_BUILD_BUILD_DIR", build_directory);
    }

    /// The manifest of an exercise here, from the course's root.
    pub(crate) fn manifest(&self, exercise: &Exercise) -> PathBuf {
        Path::new(FOLDER).join(exercise.folder()).join("Cargo.toml")
    }
}

fn read(folder: &Path) -> Result<Table, ChainError> {
    let path = folder.join("Cargo.toml");
    files::read_text(&path)?
        .parse()
        .map_err(|error| ChainError::Manifest { path, error })
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
