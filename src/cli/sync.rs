//! Makes the exercises from the solutions: everything is computed and checked before anything is written.
//!
//! The data of an exercise (pack, words, adapter, given code) are in `exercises/` only, and stay as they are. Its stub
//! and its manifest are generated.

mod book;
mod facts;
mod manifest;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use attentive_course::files::{self, FileError};
use attentive_course::{CourseError, Exercise, STUB_FOLDER, StubError, Tree};
use thiserror::Error;

use crate::fingerprint::sha256;
use crate::root::course;
use facts::FactError;
use manifest::{ManifestError, exercise_manifest};

/// File with the SHA-256 of each stub that was written last, as `sha256sum` prints it. A source file that is none of
/// these is somebody's work.
const STUB_HASHES: &str = "exercises/stubs.sha256";

/// A reason why exercises cannot be made from the solutions.
#[derive(Debug, Error)]
pub(crate) enum SyncError {
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Fact(#[from] Box<FactError>),
    #[error(transparent)]
    Stub(#[from] StubError),
    #[error("{path}:{error}", path = path.display())]
    Manifest { path: PathBuf, error: ManifestError },
}

/// Generated files as they should be, by their paths from the course's root.
#[derive(Debug)]
pub(crate) struct Plan {
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// `true` if these are the files of all exercises.
    is_whole: bool,
    /// Golden packs that are not recorded yet.
    unrecorded: Vec<PathBuf>,
}

/// State of a generated file, compared with its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileState {
    /// Up to date.
    Same,
    /// Not there.
    Missing,
    /// As an earlier run wrote it.
    Outdated,
    /// Changed since by somebody.
    Edited,
}

impl Plan {
    /// Computes the exercises that are named, or all if none is.
    ///
    /// # Errors
    /// When a solution is at fault; the message has file and line.
    pub(crate) fn new(names: &[String]) -> Result<Self, SyncError> {
        let selected = course().select(Tree::Solutions, names)?;
        let mut plan = Self {
            files: BTreeMap::new(),
            is_whole: names.is_empty(),
            unrecorded: Vec::new(),
        };
        let mut hashes = String::new();
        let written = written_hashes()?;
        let solutions = course().exercises(Tree::Solutions)?;
        for solution in &solutions {
            if selected.contains(solution) {
                hashes += &plan.add(solution)?;
            } else {
                hashes += &hashes_of(solution, &written);
            }
        }
        plan.files.insert(STUB_HASHES.into(), hashes.into_bytes());
        if let Some(manifest) = book::plan_manifest(&solutions)? {
            let path = PathBuf::from(book::MANIFEST);
            plan.files.insert(path, manifest.into_bytes());
        }
        Ok(plan)
    }

    /// Adds the files of an exercise, and returns the hashes of its stub, a line each.
    fn add(&mut self, solution: &Exercise) -> Result<String, SyncError> {
        if solution.pack().exists() {
            facts::check(solution).map_err(Box::new)?;
        } else {
            self.unrecorded.push(solution.pack());
        }
        let exercise = solution.in_tree(Tree::Exercises);
        let mut code = files::read_text(&exercise.adapter())?;
        let mut hashes = String::new();
        for (file, text) in course().stub(&exercise)? {
            let path = exercise.directory().join("src").join(file);
            code += &text;
            hashes += &format!("{}  {}\n", sha256(&text), with_slashes(&path));
            self.files.insert(path, text.into_bytes());
        }
        let manifest = plan_manifest(solution, &code)?;
        self.files
            .insert(exercise.manifest(), manifest.into_bytes());
        Ok(hashes)
    }

    /// The golden packs that are not recorded yet.
    pub(crate) fn unrecorded(&self) -> &[PathBuf] {
        &self.unrecorded
    }

    /// Compares the generated files with the plan.
    pub(crate) fn states(&self) -> Result<Vec<(&Path, FileState)>, FileError> {
        let hashes = written_hashes()?;
        let mut states = Vec::new();
        for (path, planned) in &self.files {
            states.push((path.as_path(), state(path, planned, &hashes)?));
        }
        Ok(states)
    }

    /// Writes one of the generated files. Somebody's work is kept, and the path of its copy returned.
    pub(crate) fn write(
        &self,
        path: &Path,
        state: FileState,
    ) -> Result<Option<PathBuf>, FileError> {
        let kept = match state {
            FileState::Edited => Some(files::back_up(path)?),
            FileState::Same | FileState::Missing | FileState::Outdated => None,
        };
        if let Some(planned) = self.files.get(path) {
            files::write(path, planned)?;
        }
        Ok(kept)
    }

    /// Lists what is in `exercises/` though it comes from no solution: exercises that are no more, and kept stubs,
    /// which only a release has. Nothing is listed where exercises were named.
    pub(crate) fn stale(&self) -> Result<Vec<PathBuf>, SyncError> {
        let mut stale = Vec::new();
        if !self.is_whole {
            return Ok(stale);
        }
        for exercise in course().exercises(Tree::Exercises)? {
            let kept = exercise.directory().join(STUB_FOLDER);
            if !self.files.contains_key(&exercise.manifest()) {
                stale.push(exercise.directory());
            } else if kept.exists() {
                stale.push(kept);
            }
        }
        Ok(stale)
    }
}

/// Reads the hashes of the stubs that were written last.
fn written_hashes() -> Result<String, FileError> {
    let path = Path::new(STUB_HASHES);
    if path.exists() {
        files::read_text(path)
    } else {
        Ok(String::new())
    }
}

/// Returns those lines of the hashes that are of one exercise.
fn hashes_of(solution: &Exercise, hashes: &str) -> String {
    let folder = with_slashes(&solution.in_tree(Tree::Exercises).directory());
    let is_of_exercise = |line: &&str| line.contains(&format!("  {folder}/"));
    hashes
        .split_inclusive('\n')
        .filter(is_of_exercise)
        .collect()
}

fn plan_manifest(solution: &Exercise, code: &str) -> Result<String, SyncError> {
    let path = solution.manifest();
    let text = files::read_text(&path)?;
    exercise_manifest(&text, solution, code).map_err(|error| SyncError::Manifest { path, error })
}

fn state(path: &Path, planned: &[u8], hashes: &str) -> Result<FileState, FileError> {
    if !path.exists() {
        return Ok(FileState::Missing);
    }
    let found = files::read(path)?;
    if found == planned {
        return Ok(FileState::Same);
    }
    let written = format!("{}  {}", sha256(&found), with_slashes(path));
    if is_source(path) && !hashes.lines().any(|line| line == written) {
        return Ok(FileState::Edited);
    }
    Ok(FileState::Outdated)
}

/// Returns `true` for a path such as `exercises/NN-name/src/…`.
fn is_source(path: &Path) -> bool {
    path.iter().nth(2).is_some_and(|folder| folder == "src")
}

/// Formats a path in the same way on all systems.
fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
