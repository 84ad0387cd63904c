//! The dependencies of students' crates: built once by cargo, for a toolchain, a lock file and the course's own crates.
//!
//! Each exercise has a folder with the compiled crates that it depends on, and with no other: where a later exercise
//! builds on the solution of an earlier one, the earlier one must not see it. All exercises of the course have one,
//! also those that are not graded now, so that another selection needs no other dependencies. One more folder has the
//! crates of all of them.

mod externs;
mod inputs;
mod libraries;
mod store;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use attentive_course::files::FileError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::course::Course;
use crate::dependency_graph::{BuiltLibrary, DependencyGraph, DependencyGraphError};
use crate::hash::Hash;
use crate::prebuilt::{self, Compiler};
use crate::toolchain::{Toolchain, ToolchainError, stdout_of};
use externs::externs;
pub(crate) use externs::{Extern, Externs};
use inputs::Inputs;
use libraries::build_libraries;
use store::{InUse, Store};

/// The folder of shared libraries among those of the exercises, whose names begin with a number.
const SHARED: &str = "shared";
/// The folder with the crates of all exercises, for programs of several exercises.
const ALL: &str = "all";

/// A reason for which there are no compiled dependencies.
#[derive(Debug, Error)]
pub(crate) enum DependencyError {
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    #[error(transparent)]
    Graph(#[from] DependencyGraphError),
    #[error(transparent)]
    Course(#[from] attentive_course::CourseError),
    #[error(transparent)]
    Lock(#[from] FileError),
    #[error(
        "expected {course} to stay as it is while it is compiled, and files in it have changed; run this again",
        course = .0.display()
    )]
    CourseChanged(PathBuf),
    #[error("{path}: {error}; is the disk full? (--cache names a different folder)", path = path.display())]
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
    /// The hash of the course's own crates that are compiled for the exercises: the grader, and solutions that
    /// exercises build on.
    pub(crate) grader: String,
    /// The crates that each exercise names, by its folder.
    pub(crate) externs: BTreeMap<String, Externs>,
    /// The folder of compiled crates, with a folder for each exercise.
    #[serde(skip)]
    pub(crate) root: PathBuf,
    /// Keeps the folder from being removed.
    #[serde(skip)]
    in_use: InUse,
}

impl Dependencies {
    /// Builds the dependencies of a course's exercises, or finds them built.
    pub(crate) fn prepare(course: &Course, cache: &Path) -> Result<Self, DependencyError> {
        let (root, store) = (&course.root, Store::new(cache));
        let inputs = Inputs::read(root)?;
        if let Some(found) = Self::load(&store, &inputs) {
            return Ok(found);
        }
        // One after the other: cargo's folder is the same for all, and so may be what is missing.
        let _locked =
            store.lock(|| eprintln!("waiting for another run to build dependencies …"))?;
        if let Some(found) = Self::load(&store, &inputs) {
            return Ok(found);
        }
        eprintln!(
            "Building what the exercises depend on: once for this toolchain and this course …"
        );
        Self::build(root, inputs, &store)
    }

    fn load(store: &Store, inputs: &Inputs) -> Option<Self> {
        let (root, in_use) = store.find(&inputs.id())?;
        let text = fs::read_to_string(root.join("dependencies.json")).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        found.toolchain.sysroot.is_dir().then(|| Self {
            root,
            in_use,
            ..found
        })
    }

    fn build(course: &Path, inputs: Inputs, store: &Store) -> Result<Self, DependencyError> {
        let id = inputs.id();
        let Inputs {
            toolchain,
            lock,
            grader,
            exercises,
            graph,
            ..
        } = inputs;
        let mut dependencies = Self {
            root: store.path(&id),
            id,
            toolchain,
            lock,
            grader,
            externs: BTreeMap::new(),
            in_use: InUse::default(),
        };
        let libraries = build_libraries(course, &graph, &exercises, &store.target())?;
        let draft = store.draft()?;
        dependencies.link_all(&exercises, &graph, &libraries, draft.path())?;
        dependencies.add_prebuilt_crates(draft.path())?;
        let json = draft.path().join("dependencies.json");
        let text = serde_json::to_string_pretty(&dependencies).map_err(io::Error::from);
        text.and_then(|text| fs::write(&json, text))
            .map_err(failed(&json))?;
        // It was named by the sources as they were before the compiler read them.
        if Inputs::read(course)?.id() != dependencies.id {
            return Err(DependencyError::CourseChanged(course.to_owned()));
        }
        dependencies.in_use = store.keep(draft, &dependencies.root)?;
        Ok(dependencies)
    }

    /// Gives each exercise a folder of the crates that it depends on.
    fn link_all(
        &mut self,
        exercises: &[attentive_course::Exercise],
        graph: &DependencyGraph,
        libraries: &[BuiltLibrary],
        draft: &Path,
    ) -> Result<(), DependencyError> {
        let all = draft.join(ALL);
        fs::create_dir(&all).map_err(failed(&all))?;
        for exercise in exercises {
            let folder = draft.join(exercise.folder());
            fs::create_dir(&folder).map_err(failed(&folder))?;
            let needed = graph.transitive(&exercise.name)?;
            for library in libraries
                .iter()
                .filter(|library| needed.contains(&library.package))
            {
                let name = library.file.file_name().unwrap_or_default();
                let to = folder.join(name);
                link(&library.file, &to).map_err(failed(&to))?;
                let of_all = all.join(name);
                if !of_all.exists() {
                    link(&library.file, &of_all).map_err(failed(&of_all))?;
                }
            }
            let externs = Externs {
                library: externs(
                    graph,
                    graph.library_dependencies(&exercise.name)?,
                    libraries,
                )?,
                adapter: externs(graph, graph.test_dependencies(&exercise.name)?, libraries)?,
            };
            self.externs.insert(exercise.folder(), externs);
        }
        Ok(())
    }

    /// Compiles the prebuilt crates, and has all exercises name them instead of the crates that they are made of.
    fn add_prebuilt_crates(&mut self, draft: &Path) -> Result<(), DependencyError> {
        let ndarray = self.compiled(draft, "ndarray")?;
        let grader = self.compiled(draft, prebuilt::WORKER_NAME)?;
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
        link_into(&draft.join(ALL), prebuilt::NDARRAY)?;
        link_into(&draft.join(ALL), prebuilt::WORKER)?;
        for (exercise, externs) in &mut self.externs {
            let exercise = draft.join(exercise);
            link_into(&exercise, prebuilt::NDARRAY)?;
            link_into(&exercise, prebuilt::WORKER)?;
            for named in externs.library.iter_mut().chain(&mut externs.adapter) {
                match named.name.as_str() {
                    "ndarray" => named.file = prebuilt::NDARRAY.to_owned(),
                    prebuilt::WORKER_NAME => named.file = prebuilt::WORKER.to_owned(),
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

    /// Returns the hash of all code of the course that results come from: what is compiled for the exercises, and the
    /// grader in this program, which compares, and which may be another checkout's.
    pub(crate) fn grading_code(&self) -> String {
        Hash::new()
            .part(&self.grader)
            .part(attentive_grader::own_digest())
            .text()
    }

    /// The folder of the shared libraries that a worker's program starts with.
    pub(crate) fn shared(&self) -> PathBuf {
        self.root.join(SHARED)
    }

    /// The folder with the crates of an exercise.
    pub(crate) fn of(&self, exercise: &str) -> PathBuf {
        self.root.join(exercise)
    }

    /// The folder with the crates of all exercises.
    pub(crate) fn of_all(&self) -> PathBuf {
        self.root.join(ALL)
    }
}

/// Returns a function that turns an I/O error at this path into an error.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> DependencyError + use<> {
    let path = path.to_owned();
    move |error| DependencyError::File { path, error }
}

/// Gives a file a second name, or copies it if the cache is on another disk.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}
