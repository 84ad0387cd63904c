//! The dependencies of students' crates: built once by cargo, for a toolchain, a lock file and the course's own crates.
//!
//! Each exercise has a folder with the compiled crates that it depends on, and with no other: where a later exercise
//! builds on the solution of an earlier one, the earlier one must not see it. All exercises of the course have one,
//! also those that are not graded now, so that another selection needs no other dependencies.

mod libraries;
mod store;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use attentive_course::files::FileError;
use attentive_course::{Tree, cargo_program};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::course::Course;
use crate::dependency_graph::{BuiltLibrary, Dependency, DependencyGraph, DependencyGraphError};
use crate::hash::Hash;
use crate::prebuilt::{self, Compiler};
use crate::toolchain::{Toolchain, ToolchainError, stdout_of};
use libraries::build_libraries;
use store::{InUse, Store};

/// The folder of shared libraries among those of the exercises, whose names begin with a number.
const SHARED: &str = "shared";
/// The version of the layout of a folder of dependencies.
const LAYOUT: &str = "3";

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
        for exercise in exercises {
            let folder = draft.join(exercise.folder());
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
                library: externs(graph.library_dependencies(&exercise.name)?, libraries)?,
                adapter: externs(graph.test_dependencies(&exercise.name)?, libraries)?,
            };
            self.externs.insert(exercise.folder(), externs);
        }
        Ok(())
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
}

/// Returns a function that turns an I/O error at this path into an error.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> DependencyError + use<> {
    let path = path.to_owned();
    move |error| DependencyError::File { path, error }
}

/// Everything that compiled dependencies depend on.
#[derive(Debug)]
struct Inputs {
    toolchain: Toolchain,
    /// All exercises of the course.
    exercises: Vec<attentive_course::Exercise>,
    graph: DependencyGraph,
    /// The hash of the lock file.
    lock: String,
    /// The hash of the course's own crates.
    grader: String,
    /// The hash of the manifests and of cargo's configuration.
    settings: String,
}

impl Inputs {
    fn read(course: &Path) -> Result<Self, DependencyError> {
        let exercises = attentive_course::Course::open(course)?.exercises(Tree::Exercises)?;
        let mut metadata = Command::new(cargo_program());
        metadata
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(course);
        let graph = DependencyGraph::parse(&stdout_of(&mut metadata)?)?;
        let names: Vec<&str> = exercises
            .iter()
            .map(|exercise| exercise.name.as_str())
            .collect();
        // A file that is not there is one without content: it may be there the next time.
        let file = |name: &Path| fs::read(course.join(name)).unwrap_or_default();
        let mut settings = Hash::new()
            .part(file("Cargo.toml".as_ref()))
            .part(file(".cargo/config.toml".as_ref()));
        for exercise in &exercises {
            settings = settings
                .part(exercise.folder())
                .part(file(&exercise.manifest()));
        }
        Ok(Self {
            toolchain: Toolchain::find(course)?,
            lock: Hash::new().part(file("Cargo.lock".as_ref())).text(),
            grader: graph.hash_own_sources(&names)?,
            settings: settings.text(),
            exercises,
            graph,
        })
    }

    /// Returns the name of these dependencies: others have another.
    fn id(&self) -> String {
        let mut id = Hash::new()
            .part(LAYOUT)
            .part(&self.toolchain.description)
            .part(&self.lock)
            .part(&self.settings)
            .part(&self.grader);
        for source in prebuilt::sources() {
            id = id.part(source);
        }
        id.text()
    }
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
