//! The course around the book: its exercises, and the pages that their manifests refer to.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::read_text::read_text;
use crate::{BookError, SourceLine};

/// Returns the folder that the book, the exercises and the solutions are in.
pub(crate) fn folder(book: &Path) -> PathBuf {
    match (book.file_name(), book.parent()) {
        (Some(_), Some(parent)) => parent.to_owned(),
        _ => book.join(".."), // "." and "..", whose parents have no name
    }
}

/// Returns the folder of each exercise's crate, by name. Solutions are preferred: exercises are generated from them.
pub(crate) fn crates(course: &Path) -> Result<BTreeMap<String, PathBuf>, BookError> {
    let mut crates = BTreeMap::new();
    for kind in ["solutions", "exercises"] {
        let dir = course.join(kind);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(BookError::Io { path: dir, error }),
        };
        for entry in entries.flatten() {
            let folder = entry.file_name().to_string_lossy().into_owned();
            if let Some(name) = name_of(&folder) {
                crates
                    .entry(name.to_owned())
                    .or_insert_with(|| entry.path());
            }
        }
    }
    Ok(crates)
}

/// Returns the exercise's name in a folder's name such as `05-scaled-dot-product`.
pub(crate) fn name_of(folder: &str) -> Option<&str> {
    let (number, name) = folder.split_once('-')?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(name)
}

/// The parts of an `exercise.toml` that refer to the book.
pub(crate) struct Exercise {
    pub(crate) name: String,
    /// The page's name without `.html`.
    pub(crate) chapter: String,
    /// The line of `exercise.toml` that names the page.
    pub(crate) chapter_line: SourceLine,
    pub(crate) mistakes: Vec<Mistake>,
}

/// A mistake that the grader can name.
pub(crate) struct Mistake {
    pub(crate) id: String,
    /// A sentence that describes the mistake.
    pub(crate) what: String,
    /// The heading that explains the mistake: `page.html#id`.
    pub(crate) anchor: String,
    /// The line of `exercise.toml` with the anchor.
    pub(crate) anchor_line: SourceLine,
}

#[derive(Deserialize)]
struct Raw {
    chapter: Spanned<String>,
    #[serde(default, rename = "mistake")]
    mistakes: Vec<RawMistake>,
}

#[derive(Deserialize)]
struct RawMistake {
    id: String,
    what: String,
    anchor: Spanned<String>,
}

/// Reads all exercises that have an `exercise.toml`, sorted by name.
pub(crate) fn exercises(course: &Path) -> Result<Vec<Exercise>, BookError> {
    let mut exercises = Vec::new();
    for (name, folder) in crates(course)? {
        let path = folder.join("exercise.toml");
        if !path.exists() {
            continue;
        }
        let text = read_text(&path)?;
        let line = |span: Range<usize>| SourceLine::at(&path, &text, span.start);
        let raw: Raw = toml::from_str(&text).map_err(|error| BookError::InvalidExercise {
            at: line(error.span().unwrap_or(0..0)),
            reason: error.message().replace('\n', " "),
        })?;
        let mut mistakes = Vec::new();
        for mistake in raw.mistakes {
            mistakes.push(Mistake {
                id: mistake.id,
                what: mistake.what,
                anchor_line: line(mistake.anchor.span()),
                anchor: mistake.anchor.into_inner(),
            });
        }
        exercises.push(Exercise {
            name,
            chapter_line: line(raw.chapter.span()),
            chapter: raw.chapter.into_inner(),
            mistakes,
        });
    }
    Ok(exercises)
}
