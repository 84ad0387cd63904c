//! The dependencies of students' crates: built once by cargo, for a toolchain, a lock file and a grader.
//!
//! Each exercise has a folder with the compiled crates that it depends on, and with no other: where a later exercise
//! builds on the solution of an earlier one, the earlier one must not see it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use attentive_course::cargo_program;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::course::Course;
use crate::dependency_graph::{Artifact, DependencyGraph, DependencyGraphError};
use crate::hash::Hash;
use crate::prebuilt::{self, Compiler};

/// The folder of shared libraries among those of the exercises, whose names begin with a number.
const SHARED: &str = "shared";

/// A reason for which there are no compiled dependencies.
#[derive(Debug, Error)]
pub(crate) enum DependencyError {
    #[error("{program} cannot be run ({error}); install Rust from https://rustup.rs")]
    Run { program: String, error: io::Error },
    #[error("the exercises' dependencies could not be built; {program} said:\n{said}")]
    Failed { program: String, said: String },
    #[error(transparent)]
    DependencyGraph(#[from] DependencyGraphError),
    #[error("{path}: {error}; is the disk full? (--cache names another folder)", path = path.display())]
    File { path: PathBuf, error: io::Error },
}

/// The toolchain and the compiled dependencies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dependencies {
    /// Tells this toolchain with these dependencies from every other.
    pub(crate) id: String,
    /// The version of the compiler, in a line.
    pub(crate) toolchain: String,
    /// The kind of machine that the compiler runs on, such as `x86_64-unknown-linux-gnu`.
    pub(crate) host: String,
    /// The toolchain's folder.
    pub(crate) sysroot: PathBuf,
    /// The hash of the lock file.
    pub(crate) lock: String,
    /// The hash of the sources that the grader is made of.
    pub(crate) grader: String,
    /// For each exercise, by its folder, what its crates name.
    pub(crate) externs: BTreeMap<String, Externs>,
    /// The folder of compiled crates, with a folder for each exercise.
    #[serde(skip)]
    pub(crate) root: PathBuf,
}

/// The crates that an exercise's code names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Externs {
    /// The student's library.
    pub(crate) library: Vec<(String, String)>,
    /// Its adapter, `tests/grade.rs`; the library itself not included.
    pub(crate) adapter: Vec<(String, String)>,
}

impl Dependencies {
    /// Builds the dependencies of a course's exercises, or finds them built.
    pub(crate) fn prepare(course: &Course, cache: &Path) -> Result<Self, DependencyError> {
        let rustc = output(
            Command::new("rustc")
                .args(["--version", "--verbose"])
                .current_dir(&course.root),
        )?;
        let sysroot = output(
            Command::new("rustc")
                .args(["--print", "sysroot"])
                .current_dir(&course.root),
        )?;
        let metadata = ["metadata", "--format-version", "1", "--locked"];
        let graph = DependencyGraph::read(&output(
            Command::new(cargo_program())
                .args(metadata)
                .current_dir(&course.root),
        )?)?;
        let file = |name: &str| fs::read(course.root.join(name)).unwrap_or_default();
        let lock = Hash::new().part(file("Cargo.lock")).text();
        let names: Vec<&str> = course
            .exercises
            .iter()
            .map(|exercise| exercise.name.as_str())
            .collect();
        let grader = graph
            .own_sources(&names)
            .map_err(|(path, error)| DependencyError::File { path, error })?;
        let mut id = Hash::new()
            .part(&rustc)
            .part(&lock)
            .part(file("Cargo.toml"))
            .part(&grader);
        for exercise in &course.exercises {
            id = id
                .part(&exercise.folder)
                .part(file(&format!("exercises/{}/Cargo.toml", exercise.folder)));
        }
        let id = prebuilt::sources().fold(id, Hash::part).text();
        let root = cache.join("dependencies").join(&id);
        if let Some(found) = Self::load(&root) {
            return Ok(found);
        }
        let toolchain = rustc.lines().next().unwrap_or_default().to_owned();
        let host = rustc
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap_or_default()
            .to_owned();
        let sysroot = PathBuf::from(sysroot.trim());
        let dependencies = Self {
            id,
            toolchain,
            host,
            sysroot,
            lock,
            grader,
            externs: BTreeMap::new(),
            root,
        };
        dependencies.build(course, &graph, cache)
    }

    fn load(root: &Path) -> Option<Self> {
        let text = fs::read_to_string(root.join("dependencies.json")).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        found.sysroot.is_dir().then(|| Self {
            root: root.to_owned(),
            ..found
        })
    }

    fn build(
        mut self,
        course: &Course,
        graph: &DependencyGraph,
        cache: &Path,
    ) -> Result<Self, DependencyError> {
        eprintln!(
            "Building what the exercises depend on: once for this toolchain and this grader …"
        );
        let mut wanted = BTreeSet::new();
        for exercise in &course.exercises {
            let (library, adapter) = graph.direct(&exercise.name)?;
            wanted.extend(
                library
                    .into_iter()
                    .chain(adapter)
                    .map(|(_, package)| package),
            );
        }
        let mut command = Command::new(cargo_program());
        command.args([
            "build",
            "--locked",
            "--lib",
            "--message-format=json-render-diagnostics",
            "--target-dir",
        ]);
        command.arg(cache.join("target")).current_dir(&course.root);
        wanted.iter().for_each(|package| {
            command.args(["--package", package]);
        });
        let artifacts = Artifact::read(&output(&mut command)?);
        // Made under another name and renamed, so that it is there whole or not at all.
        let parent = cache.join("dependencies");
        fs::create_dir_all(&parent).map_err(failed(&parent))?;
        let draft = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(&parent)
            .map_err(failed(&parent))?;
        for exercise in &course.exercises {
            let folder = draft.path().join(&exercise.folder);
            fs::create_dir(&folder).map_err(failed(&folder))?;
            for package in graph.below(&exercise.name)? {
                for artifact in artifacts
                    .iter()
                    .filter(|artifact| artifact.package == package)
                {
                    let to = folder.join(artifact.file.file_name().unwrap_or_default());
                    link(&artifact.file, &to).map_err(failed(&to))?;
                }
            }
            let (library, adapter) = graph.direct(&exercise.name)?;
            let externs = Externs {
                library: named(library, &artifacts)?,
                adapter: named(adapter, &artifacts)?,
            };
            self.externs.insert(exercise.folder.clone(), externs);
        }
        self.add_prebuilt_crates(draft.path())?;
        let text = serde_json::to_string_pretty(&self).map_err(io::Error::from);
        let json = draft.path().join("dependencies.json");
        text.and_then(|text| fs::write(&json, text))
            .map_err(failed(&json))?;
        open_to_all(draft.path()).map_err(failed(draft.path()))?;
        let made = draft.keep();
        if let Err(error) = fs::rename(&made, &self.root) {
            // Another run may have been faster, which is as good.
            let _ = fs::remove_dir_all(&made);
            return Self::load(&self.root).ok_or_else(|| failed(&self.root)(error));
        }
        Ok(self)
    }

    /// Compiles what is prepared for all exercises, and has them name it instead of what it is made of.
    fn add_prebuilt_crates(&mut self, draft: &Path) -> Result<(), DependencyError> {
        let found = |crate_name: &str| {
            let named = |(folder, externs): (&String, &Externs)| {
                let (_, file) = externs
                    .adapter
                    .iter()
                    .find(|(name, _)| name == crate_name)?;
                Some(draft.join(folder).join(file))
            };
            let path = self.externs.iter().find_map(named);
            path.ok_or_else(|| DependencyGraphError::Missing(crate_name.to_owned()))
        };
        let (ndarray, grader) = (found("ndarray")?, found("attentive_grader")?);
        // Whatever exercise it is that names the grader, its folder has all that is below the grader.
        let crates = grader.parent().unwrap_or(draft);
        let compiler = Compiler {
            sysroot: &self.sysroot,
            crates,
            ndarray: &ndarray,
            grader: &grader,
        };
        let shared = draft.join(SHARED);
        fs::create_dir(&shared).map_err(failed(&shared))?;
        let folder = tempfile::tempdir_in(draft).map_err(failed(draft))?;
        for mut command in compiler
            .commands(folder.path())
            .map_err(failed(folder.path()))?
        {
            output(&mut command)?;
        }
        let into = |to: &Path, name: &str| {
            let to = to.join(name);
            link(&folder.path().join(name), &to).map_err(failed(&to))
        };
        into(&shared, prebuilt::WORKER)?;
        for (exercise, externs) in &mut self.externs {
            let exercise = draft.join(exercise);
            into(&exercise, prebuilt::NDARRAY)?;
            into(&exercise, prebuilt::WORKER)?;
            for (name, file) in externs.library.iter_mut().chain(&mut externs.adapter) {
                match name.as_str() {
                    "ndarray" => *file = prebuilt::NDARRAY.to_owned(),
                    "attentive_grader" => *file = prebuilt::WORKER.to_owned(),
                    _ => (),
                }
            }
        }
        let standard =
            prebuilt::standard_library(&self.sysroot, &self.host).map_err(failed(&self.sysroot))?;
        let to = shared.join(standard.file_name().unwrap_or_default());
        // Not a second name of the toolchain's file, whose permissions are not ours to change.
        fs::copy(&standard, &to).map_err(failed(&to))?;
        Ok(())
    }

    /// The folder of the shared libraries that a worker's program starts with.
    pub(crate) fn shared(&self) -> PathBuf {
        self.root.join(SHARED)
    }
}

/// Returns a function that turns an I/O error at this path into an error.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> DependencyError + use<> {
    let path = path.to_owned();
    move |error| DependencyError::File { path, error }
}

/// The file of each named package.
fn named(
    direct: Vec<(String, String)>,
    artifacts: &[Artifact],
) -> Result<Vec<(String, String)>, DependencyError> {
    let file = |(name, package): (String, String)| {
        let artifact = artifacts
            .iter()
            .rfind(|artifact| artifact.package == package);
        let path = artifact.and_then(|artifact| artifact.file.file_name());
        let file = path.ok_or_else(|| DependencyGraphError::Missing(package.clone()))?;
        Ok((name, file.to_string_lossy().into_owned()))
    };
    direct.into_iter().map(file).collect()
}

/// A second name for a file; a copy, where the cache is on another disk.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}

/// Sandboxes of root run as another user, who has to be able to read this whatever the instructor's habits.
fn open_to_all(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            open_to_all(&path)?;
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

/// Runs a program of the toolchain, and returns its standard output.
fn output(command: &mut Command) -> Result<String, DependencyError> {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| DependencyError::Run {
        program: program.clone(),
        error,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr)
        .trim_end()
        .to_owned();
    Err(DependencyError::Failed { program, said })
}
