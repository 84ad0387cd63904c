//! The instructor's course: the exercises that are graded, with their words, packs and adapters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use attentive_grader::{ExerciseText, ExerciseTextError, Pack, PackError};
use thiserror::Error;

use crate::hash::Hash;

/// A reason for which a course cannot be used for grading.
#[derive(Debug, Error)]
pub(crate) enum CourseError {
    #[error(
        "expected a checkout of Attentive (a folder with Cargo.toml and exercises), found {0}; name one with --course"
    )]
    NotHere(PathBuf),
    #[error("{path} cannot be read ({error}); restore it from the repository", path = path.display())]
    Read {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("expected an exercise, found `{found}`; these are there: {list}")]
    Unknown { found: String, list: String },
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
    /// Its folder's name, such as `05-scaled-dot-product`.
    pub(crate) folder: String,
    /// Its name, such as `scaled-dot-product`, which is its package's.
    pub(crate) name: String,
    /// The exercise in words.
    pub(crate) info: ExerciseText,
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
    /// Other files in its folder for its code to include, such as a model's weights: each file with its hash.
    pub(crate) assets: Vec<(PathBuf, String)>,
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
        let root = std::path::absolute(root).map_err(|error| read(root, error))?;
        if !root.join("Cargo.toml").is_file() || !root.join("exercises").is_dir() {
            return Err(CourseError::NotHere(root));
        }
        let mut folders = folders(&root.join("exercises"))?;
        for wanted in only {
            if !folders.iter().any(|folder| is_called(folder, wanted)) {
                return Err(CourseError::Unknown {
                    found: wanted.clone(),
                    list: folders.join(", "),
                });
            }
        }
        folders.retain(|folder| {
            only.is_empty() || only.iter().any(|wanted| is_called(folder, wanted))
        });
        let exercises = folders
            .iter()
            .map(|folder| Exercise::load(&root, folder, packs));
        Ok(Self {
            exercises: exercises.collect::<Result<_, _>>()?,
            root,
        })
    }

    /// The exercise that goes by a folder, a name or a number.
    pub(crate) fn find(&self, wanted: &str) -> Option<&Exercise> {
        self.exercises
            .iter()
            .find(|exercise| is_called(&exercise.folder, wanted))
    }

    /// The exercise in a folder.
    pub(crate) fn exercise(&self, folder: &str) -> Option<&Exercise> {
        self.exercises
            .iter()
            .find(|exercise| exercise.folder == folder)
    }
}

impl Exercise {
    fn load(root: &Path, folder: &str, packs: Option<&Path>) -> Result<Self, CourseError> {
        let directory = root.join("exercises").join(folder);
        let own = directory.join("golden.safetensors");
        let path = packs.map_or_else(
            || own.clone(),
            |packs| packs.join(folder).join("golden.safetensors"),
        );
        let pack = Pack::load(&path)?;
        let name = folder
            .split_once('-')
            .map_or(folder, |(_, name)| name)
            .to_owned();
        if pack.manifest().exercise != name {
            let found = pack.manifest().exercise.clone();
            return Err(CourseError::OtherPack {
                path,
                expected: name,
                found,
            });
        }
        let pack_hash = file_hash(&path)?;
        let hidden = packs.is_some() && file_hash(&own).map_or(true, |own| own != pack_hash);
        let adapter = directory.join("tests/grade.rs");
        let adapter = std::fs::read_to_string(&adapter).map_err(|error| read(&adapter, error))?;
        // What `reset` restores is the stub even where somebody has worked on the exercise.
        let pristine = directory.join(".stub");
        let stub = if pristine.is_dir() {
            pristine
        } else {
            directory.join("src")
        };
        Ok(Self {
            folder: folder.to_owned(),
            name,
            info: ExerciseText::load(&directory)?,
            pack,
            pack_hash,
            hidden,
            adapter,
            stub: sources(&stub)?,
            assets: assets(&directory)?,
        })
    }

    /// The library that learners write, as Rust calls it.
    pub(crate) fn library(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Returns the points of a task.
    pub(crate) fn points(&self, task: &str) -> u32 {
        self.info
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

/// Returns `true` if an exercise goes by a name: its folder, its name or its number.
fn is_called(folder: &str, wanted: &str) -> bool {
    let (number, name) = folder.split_once('-').unwrap_or((folder, folder));
    let value = |text: &str| text.parse::<u32>().ok();
    folder == wanted
        || name == wanted
        || value(wanted).is_some_and(|wanted| value(number) == Some(wanted))
}

fn folders(exercises: &Path) -> Result<Vec<String>, CourseError> {
    let entries = exercises
        .read_dir()
        .map_err(|error| read(exercises, error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_exercise = |name: &String| {
        let number = name.split('-').next().unwrap_or_default();
        name.contains('-') && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut names: Vec<String> = names.filter(is_exercise).collect();
    names.sort();
    Ok(names)
}

fn sources(directory: &Path) -> Result<BTreeMap<String, String>, CourseError> {
    let entries = directory
        .read_dir()
        .map_err(|error| read(directory, error))?;
    let files = entries.filter_map(Result::ok).map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(|error| read(&path, error))?;
            Ok((
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                text,
            ))
        })
        .collect()
}

/// The files of an exercise's folder that are none of those that every exercise has. The pack is not for its code.
fn assets(directory: &Path) -> Result<Vec<(PathBuf, String)>, CourseError> {
    const USUAL: [&str; 4] = [
        "Cargo.toml",
        "Cargo.lock",
        "exercise.toml",
        "golden.safetensors",
    ];
    let entries = directory
        .read_dir()
        .map_err(|error| read(directory, error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    files.retain(|path| path.is_file() && !USUAL.iter().any(|usual| path.ends_with(usual)));
    files.sort();
    files
        .into_iter()
        .map(|path| file_hash(&path).map(|hash| (path, hash)))
        .collect()
}

fn file_hash(path: &Path) -> Result<String, CourseError> {
    std::fs::read(path)
        .map(|bytes| Hash::new().part(&bytes).text())
        .map_err(|error| read(path, error))
}

fn read(path: &Path, error: std::io::Error) -> CourseError {
    CourseError::Read {
        path: path.to_owned(),
        error,
    }
}
