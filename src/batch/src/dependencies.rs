//! The dependencies of students' crates: built once by cargo, for a toolchain, a lock file and a grader.
//!
//! Each exercise has a folder with the compiled crates that it depends on, and with no other: where a later exercise
//! builds on the solution of an earlier one, the earlier one must not see it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use attentive_course::cargo_program;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::course::Course;
use crate::dependency_graph::{BuiltLibrary, Dependency, DependencyGraph, DependencyGraphError};
use crate::hash::Hash;
use crate::prebuilt::{self, Compiler};
use crate::toolchain::{Toolchain, ToolchainError, stdout_of};

/// The folder of shared libraries among those of the exercises, whose names begin with a number.
const SHARED: &str = "shared";
/// The version of the layout of a folder of dependencies.
const LAYOUT: &str = "2";

/// A reason for which there are no compiled dependencies.
#[derive(Debug, Error)]
pub(crate) enum DependencyError {
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    #[error(transparent)]
    Graph(#[from] DependencyGraphError),
    #[error("{path}: {error}; is the disk full? (--cache names another folder)", path = path.display())]
    File { path: PathBuf, error: io::Error },
}

/// The toolchain and the compiled dependencies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dependencies {
    /// Tells this toolchain with these dependencies from every other.
    pub(crate) id: String,
    /// The toolchain.
    pub(crate) toolchain: Toolchain,
    /// The hash of the lock file.
    pub(crate) lock: String,
    /// The hash of the grader's sources.
    pub(crate) grader: String,
    /// The crates that each exercise names, by its folder.
    pub(crate) externs: BTreeMap<String, Externs>,
    /// The folder of compiled crates, with a folder for each exercise.
    #[serde(skip)]
    pub(crate) root: PathBuf,
}

/// The crates that an exercise's code names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Externs {
    /// The student's library.
    pub(crate) library: Vec<Extern>,
    /// Its adapter, `tests/grade.rs`; the library itself not included.
    pub(crate) adapter: Vec<Extern>,
}

/// A crate that code names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Extern {
    /// Its name in the source.
    pub(crate) name: String,
    /// Its file in the exercise's folder of dependencies.
    pub(crate) file: String,
}

impl Dependencies {
    /// Builds the dependencies of a course's exercises, or finds them built.
    pub(crate) fn prepare(course: &Course, cache: &Path) -> Result<Self, DependencyError> {
        let toolchain = Toolchain::find(&course.root)?;
        let mut metadata = Command::new(cargo_program());
        metadata
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(&course.root);
        let graph = DependencyGraph::parse(&stdout_of(&mut metadata)?)?;
        let file = |name: &str| fs::read(course.root.join(name)).unwrap_or_default();
        let lock = Hash::new().part(file("Cargo.lock")).text();
        let names: Vec<&str> = course
            .exercises
            .iter()
            .map(|exercise| exercise.name.as_str())
            .collect();
        let grader = graph.hash_own_sources(&names)?;
        let mut id = Hash::new()
            .part(LAYOUT)
            .part(&toolchain.description)
            .part(&lock)
            .part(file("Cargo.toml"))
            .part(&grader);
        for exercise in &course.exercises {
            let manifest = format!("exercises/{}/Cargo.toml", exercise.folder);
            id = id.part(&exercise.folder).part(file(&manifest));
        }
        for source in prebuilt::sources() {
            id = id.part(source);
        }
        let id = id.text();
        let root = cache.join("dependencies").join(&id);
        if let Some(found) = Self::load(&root) {
            return Ok(found);
        }
        let dependencies = Self {
            id,
            toolchain,
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
        found.toolchain.sysroot.is_dir().then(|| Self {
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
        let libraries = build_libraries(course, graph, &cache.join("target"))?;
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
            let needed = graph.transitive(&exercise.name)?;
            for library in libraries
                .iter()
                .filter(|library| needed.contains(&library.package))
            {
                let to = folder.join(library.file.file_name().unwrap_or_default());
                link(&library.file, &to).map_err(failed(&to))?;
            }
            let externs = Externs {
                library: externs(graph.library_dependencies(&exercise.name)?, &libraries)?,
                adapter: externs(graph.test_dependencies(&exercise.name)?, &libraries)?,
            };
            self.externs.insert(exercise.folder.clone(), externs);
        }
        self.add_prebuilt_crates(draft.path())?;
        let json = draft.path().join("dependencies.json");
        let text = serde_json::to_string_pretty(&self).map_err(io::Error::from);
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

    /// Compiles the prebuilt crates, and has all exercises name them instead of the crates that they are made of.
    fn add_prebuilt_crates(&mut self, draft: &Path) -> Result<(), DependencyError> {
        let ndarray = self.compiled(draft, "ndarray")?;
        let grader = self.compiled(draft, "attentive_grader")?;
        let compiler = Compiler {
            sysroot: &self.toolchain.sysroot,
            // Any exercise that names the grader has all of the grader's dependencies in its folder.
            crates: grader.parent().unwrap_or(draft),
            ndarray: &ndarray,
            grader: &grader,
        };
        let shared = draft.join(SHARED);
        fs::create_dir(&shared).map_err(failed(&shared))?;
        let folder = tempfile::tempdir_in(draft).map_err(failed(draft))?;
        let commands = compiler.commands(folder.path());
        for mut command in commands.map_err(failed(folder.path()))? {
            stdout_of(&mut command)?;
        }
        let link_into = |to: &Path, name: &str| {
            let to = to.join(name);
            link(&folder.path().join(name), &to).map_err(failed(&to))
        };
        link_into(&shared, prebuilt::WORKER)?;
        for (exercise, externs) in &mut self.externs {
            let exercise = draft.join(exercise);
            link_into(&exercise, prebuilt::NDARRAY)?;
            link_into(&exercise, prebuilt::WORKER)?;
            for named in externs.library.iter_mut().chain(&mut externs.adapter) {
                match named.name.as_str() {
                    "ndarray" => named.file = prebuilt::NDARRAY.to_owned(),
                    "attentive_grader" => named.file = prebuilt::WORKER.to_owned(),
                    _ => (),
                }
            }
        }
        let Toolchain { sysroot, host, .. } = &self.toolchain;
        let standard = prebuilt::standard_library(sysroot, host).map_err(failed(sysroot))?;
        let to = shared.join(standard.file_name().unwrap_or_default());
        // Not a second name of the toolchain's file, whose permissions are not ours to change.
        fs::copy(&standard, &to).map_err(failed(&to))?;
        Ok(())
    }

    /// Finds a compiled crate that some adapter names.
    fn compiled(&self, draft: &Path, name: &str) -> Result<PathBuf, DependencyGraphError> {
        for (exercise, externs) in &self.externs {
            if let Some(found) = externs.adapter.iter().find(|named| named.name == name) {
                return Ok(draft.join(exercise).join(&found.file));
            }
        }
        Err(DependencyGraphError::NoLibrary(name.to_owned()))
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

/// Has cargo build all direct dependencies of the exercises.
fn build_libraries(
    course: &Course,
    graph: &DependencyGraph,
    target: &Path,
) -> Result<Vec<BuiltLibrary>, DependencyError> {
    let mut packages = BTreeSet::new();
    for exercise in &course.exercises {
        for dependency in graph.test_dependencies(&exercise.name)? {
            packages.insert(dependency.package);
        }
    }
    let mut cargo = Command::new(cargo_program());
    cargo
        .args(["build", "--locked", "--lib"])
        .arg("--message-format=json-render-diagnostics")
        .arg("--target-dir")
        .arg(target)
        .current_dir(&course.root);
    for package in packages {
        cargo.args(["--package", &package.repr]);
    }
    Ok(BuiltLibrary::parse(&stdout_of(&mut cargo)?)?)
}

/// Finds the file of each dependency.
fn externs(
    dependencies: Vec<Dependency>,
    libraries: &[BuiltLibrary],
) -> Result<Vec<Extern>, DependencyGraphError> {
    let mut externs = Vec::new();
    for Dependency { name, package } in dependencies {
        let library = libraries.iter().rfind(|library| library.package == package);
        let file = library
            .and_then(|library| library.file.file_name())
            .ok_or(DependencyGraphError::NoLibrary(package.repr))?;
        externs.push(Extern {
            name,
            file: file.to_string_lossy().into_owned(),
        });
    }
    Ok(externs)
}

/// Gives a file a second name, or copies it if the cache is on another disk.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}

/// Lets everybody read a folder: sandboxes of root run as another user.
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
