//! Exercises from solutions: everything is computed and checked before anything is written.

mod facts;
mod manifest;
mod stub;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use attentive_course::files::{self, FileError};
use attentive_course::{CourseError, Exercise, Tree};
use thiserror::Error;

use crate::root::course;
use facts::FactError;
use manifest::ManifestError;
use stub::{StubError, StubProblem};

/// Where an exercise keeps its stubs, so that `reset` needs neither git nor the solutions.
pub(crate) const PRISTINE: &str = ".stub";

/// Why exercises cannot be made from the solutions.
#[derive(Debug, Error)]
pub(crate) enum SyncError {
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Fact(#[from] Box<FactError>),
    #[error("{path}:{error}", path = path.display())]
    Stub { path: PathBuf, error: StubError },
    #[error("{path}:{error}", path = path.display())]
    Manifest { path: PathBuf, error: ManifestError },
}

/// What the exercises should be: every generated file, from the course's root.
#[derive(Debug)]
pub(crate) struct Plan {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// How a generated file and its plan compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Up to date.
    Same,
    /// Not there.
    Missing,
    /// As an earlier run left it.
    Outdated,
    /// Somebody has worked on it.
    Edited,
}

impl Plan {
    /// Computes all exercises.
    ///
    /// # Errors
    /// When a solution is at fault; the message has file and line.
    pub(crate) fn new() -> Result<Self, SyncError> {
        let mut files = BTreeMap::new();
        for solution in course().exercises(Tree::Solutions)? {
            facts::agree(&solution).map_err(Box::new)?;
            let exercise = Exercise {
                tree: Tree::Exercises,
                ..solution.clone()
            };
            add(&mut files, &solution, &exercise.directory())?;
        }
        Ok(Self { files })
    }

    /// The generated files, each with its state.
    pub(crate) fn states(&self) -> Result<Vec<(&Path, State)>, FileError> {
        self.files
            .iter()
            .map(|(path, planned)| Ok((path.as_path(), state(path, planned)?)))
            .collect()
    }

    /// Writes one of the generated files; the copy of somebody's work is kept, and where it is is returned.
    pub(crate) fn write(&self, path: &Path, state: State) -> Result<Option<PathBuf>, FileError> {
        let kept = if state == State::Edited {
            Some(files::back_up(path)?)
        } else {
            None
        };
        match self.files.get(path) {
            Some(planned) => files::write(path, planned).map(|()| kept),
            None => Ok(kept),
        }
    }

    /// What is in `exercises/` though no solution gives rise to it: folders of exercises that are no more, and files.
    /// What learners may add, which is sources and copies of them, is not among it.
    pub(crate) fn stale(&self) -> Result<Vec<PathBuf>, SyncError> {
        let mut stale = Vec::new();
        for exercise in course().exercises(Tree::Exercises)? {
            let directory = exercise.directory();
            if !self.files.keys().any(|path| path.starts_with(&directory)) {
                stale.push(directory);
                continue;
            }
            let sources = directory.join("src");
            let paths = files::list(&directory)?
                .into_iter()
                .map(|file| directory.join(file));
            stale.extend(
                paths.filter(|path| !path.starts_with(&sources) && !self.files.contains_key(path)),
            );
        }
        Ok(stale)
    }
}

fn add(
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
    solution: &Exercise,
    to: &Path,
) -> Result<(), SyncError> {
    let from = solution.directory();
    let grade = Path::new("tests/grade.rs");
    let mut code = files::read_text(&from.join(grade))?;
    let mut regions = 0;
    for source in files::list(&from.join("src"))? {
        let path = from.join("src").join(&source);
        let text = files::read_text(&path)?;
        let (stub, found) = stub::stub(&text).map_err(|error| SyncError::Stub { path, error })?;
        regions += found;
        code.push_str(&stub);
        for folder in [PRISTINE, "src"] {
            files.insert(to.join(folder).join(&source), stub.clone().into_bytes());
        }
    }
    if regions == 0 {
        let error = StubError {
            line: 1,
            problem: StubProblem::NoRegion,
        };
        return Err(SyncError::Stub {
            path: solution.source(),
            error,
        });
    }
    let path = from.join("Cargo.toml");
    let text = files::read_text(&path)?;
    let manifest = manifest::manifest(&text, solution, &code)
        .map_err(|error| SyncError::Manifest { path, error })?;
    files.insert(to.join("Cargo.toml"), manifest.into_bytes());
    // Only one exercise has a trained model.
    let model = Some(Path::new("model.safetensors")).filter(|model| from.join(model).exists());
    for copied in [
        Path::new("exercise.toml"),
        Path::new("golden.safetensors"),
        grade,
    ]
    .into_iter()
    .chain(model)
    {
        files.insert(to.join(copied), files::read(&from.join(copied))?);
    }
    Ok(())
}

fn state(path: &Path, planned: &[u8]) -> Result<State, FileError> {
    if !path.exists() {
        return Ok(State::Missing);
    }
    let found = files::read(path)?;
    if found == planned {
        return Ok(State::Same);
    }
    // The stub that an earlier run wrote tells whether anybody has worked on the file since.
    let earlier = pristine(path)
        .filter(|copy| copy.exists())
        .map(|copy| files::read(&copy))
        .transpose()?;
    match (is_source(path), earlier) {
        (true, earlier) if earlier.as_ref() != Some(&found) => Ok(State::Edited),
        _ => Ok(State::Outdated),
    }
}

/// Whether a path is `exercises/NN-name/src/…`.
fn is_source(path: &Path) -> bool {
    path.iter().nth(2).is_some_and(|folder| folder == "src")
}

/// Where the copy of the stub of a source file is.
fn pristine(source: &Path) -> Option<PathBuf> {
    let exercise: PathBuf = source.iter().take(2).collect();
    let file = source.strip_prefix(exercise.join("src")).ok()?;
    Some(exercise.join(PRISTINE).join(file))
}
