//! The instructor's course: the exercises that are graded, with their words, packs and adapters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use attentive_course::Tree;
use attentive_course::files::{self, FileError};
use attentive_grader::{ExerciseText, ExerciseTextError, Pack, PackError};
use thiserror::Error;

use crate::hash::Hash;

/// A reason for which a course cannot be used for grading.
#[derive(Debug, Error)]
pub(crate) enum CourseError {
    #[error(transparent)]
    Course(#[from] attentive_course::CourseError),
    #[error(transparent)]
    Stub(#[from] attentive_course::StubError),
    #[error("{0}; restore it from the repository")]
    File(FileError),
    #[error(
        "{path}: this pack belongs to the exercise `{found}`, and `{expected}` was expected; record the hidden packs again",
        path = path.display()
    )]
    OtherPack {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    ExerciseText(#[from] ExerciseTextError),
}

/// An exercise that is graded.
#[derive(Debug)]
pub(crate) struct Exercise {
    /// Its names and where its files are in the course.
    pub(crate) identity: attentive_course::Exercise,
    /// Its folder's name, such as `05-scaled-dot-product`.
    pub(crate) folder: String,
    /// Its name, such as `scaled-dot-product`, which is its package's.
    pub(crate) name: String,
    /// The exercise in words.
    pub(crate) text: ExerciseText,
    /// Its cases.
    pub(crate) pack: Pack,
    /// The hash of the pack's file.
    pub(crate) pack_hash: String,
    /// `true` if the pack is not the one that learners have: then they must not see its numbers.
    pub(crate) hidden: bool,
    /// The text of `tests/grade.rs`.
    pub(crate) adapter: String,
    /// The stub's sources, below `src`, by path.
    pub(crate) stub: BTreeMap<String, String>,
    /// Other files in its folder for its code to include, such as a model's weights.
    pub(crate) assets: Vec<Asset>,
}

/// A file for an exercise's code to include.
#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) path: PathBuf,
    pub(crate) hash: String,
}

/// The course that submissions are graded against.
#[derive(Debug)]
pub(crate) struct Course {
    /// Its root.
    pub(crate) root: PathBuf,
    /// The exercises that are graded, in order.
    pub(crate) exercises: Vec<Exercise>,
}

impl Course {
    /// Reads a course. `packs` is a folder of hidden packs, `NN-name/golden.safetensors` each; `only` names the
    /// exercises to grade, all of them if it is empty.
    pub(crate) fn load(
        root: &Path,
        packs: Option<&Path>,
        only: &[String],
    ) -> Result<Self, CourseError> {
        let course = attentive_course::Course::open(root)?;
        let mut exercises = Vec::new();
        for exercise in course.select(Tree::Exercises, only)? {
            exercises.push(Exercise::load(&course, exercise, packs)?);
        }
        Ok(Self {
            root: course.root().to_owned(),
            exercises,
        })
    }

    /// Finds an exercise by its folder, name or number.
    pub(crate) fn find(&self, wanted: &str) -> Option<&Exercise> {
        self.exercises
            .iter()
            .find(|exercise| exercise.identity.is_called(wanted))
    }

    /// Finds an exercise by its folder.
    pub(crate) fn exercise(&self, folder: &str) -> Option<&Exercise> {
        self.exercises
            .iter()
            .find(|exercise| exercise.folder == folder)
    }
}

impl Exercise {
    fn load(
        course: &attentive_course::Course,
        identity: attentive_course::Exercise,
        packs: Option<&Path>,
    ) -> Result<Self, CourseError> {
        let folder = identity.folder();
        let own = course.path(identity.pack());
        let path = match packs {
            Some(packs) => packs.join(&folder).join("golden.safetensors"),
            None => own.clone(),
        };
        let pack = Pack::load(&path)?;
        if pack.manifest().exercise != identity.name {
            return Err(CourseError::OtherPack {
                path,
                expected: identity.name,
                found: pack.manifest().exercise.clone(),
            });
        }
        let pack_hash = file_hash(&path).map_err(CourseError::File)?;
        let hidden = packs.is_some() && file_hash(&own).map_or(true, |own| own != pack_hash);
        let directory = course.path(identity.directory());
        Ok(Self {
            folder,
            name: identity.name.clone(),
            text: ExerciseText::load(&course.path(identity.data_directory()))?,
            pack,
            pack_hash,
            hidden,
            adapter: files::read_text(&course.path(identity.adapter()))
                .map_err(CourseError::File)?,
            stub: stub(course, &identity)?,
            assets: assets(&directory)?,
            identity,
        })
    }

    /// Returns the name of the learners' library in Rust code.
    pub(crate) fn library(&self) -> String {
        self.identity.library()
    }

    /// Returns the points of a task.
    pub(crate) fn points(&self, task: &str) -> u32 {
        self.text
            .tasks
            .iter()
            .find(|info| info.name == task)
            .map_or(1, |info| info.points)
    }

    /// Returns the points of the whole exercise.
    pub(crate) fn worth(&self) -> u32 {
        self.pack
            .manifest()
            .tasks
            .iter()
            .map(|task| self.points(&task.name))
            .sum()
    }
}

/// Returns the sources of an exercise before anybody has worked on it, by their paths below `src`.
fn stub(
    course: &attentive_course::Course,
    exercise: &attentive_course::Exercise,
) -> Result<BTreeMap<String, String>, CourseError> {
    let mut sources = BTreeMap::new();
    let given = course.given_code(exercise).map_err(CourseError::File)?;
    for (file, text) in course.stub(exercise)?.into_iter().chain(given) {
        sources.insert(file.to_string_lossy().into_owned(), text);
    }
    Ok(sources)
}

/// Lists the files for an exercise's code to include, with their hashes.
fn assets(directory: &Path) -> Result<Vec<Asset>, CourseError> {
    let mut assets = Vec::new();
    for path in files::list_assets(directory).map_err(CourseError::File)? {
        let hash = file_hash(&path).map_err(CourseError::File)?;
        assets.push(Asset { path, hash });
    }
    Ok(assets)
}

fn file_hash(path: &Path) -> Result<String, FileError> {
    let bytes = files::read(path)?;
    Ok(Hash::new().part(&bytes).text())
}
