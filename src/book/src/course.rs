//! The course around the book: its exercises, and what they say about the book's pages.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::files::read;
use crate::{BookError, Place};

/// The folder that the book, the exercises and the solutions are in: the one around the book's.
pub(crate) fn folder(book: &Path) -> PathBuf {
    match (book.file_name(), book.parent()) {
        (Some(_), Some(parent)) => parent.to_owned(),
        _ => book.join(".."), // "." and "..", whose parents have no name
    }
}

/// The crates of the exercises: name → folder. Solutions come first, for they are what exercises are made of.
pub(crate) fn crates(course: &Path) -> Result<BTreeMap<String, PathBuf>, BookError> {
    let mut crates = BTreeMap::new();
    for kind in ["solutions", "exercises"] {
        let dir = course.join(kind);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(BookError::Io { path: dir, source }),
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

/// The name in a folder's name such as `05-scaled-dot-product`.
pub(crate) fn name_of(folder: &str) -> Option<&str> {
    let (number, name) = folder.split_once('-')?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(name)
}

/// What an exercise says about the book.
pub(crate) struct Exercise {
    pub(crate) name: String,
    /// Its page without `.html`, and where it says so.
    pub(crate) chapter: (String, Place),
    pub(crate) mistakes: Vec<Mistake>,
}

/// A mistake that the grader can name.
pub(crate) struct Mistake {
    pub(crate) id: String,
    /// What was done, in a sentence.
    pub(crate) what: String,
    /// `page.html#id`
    pub(crate) anchor: String,
    /// Where the anchor is written.
    pub(crate) place: Place,
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

/// All exercises that have an `exercise.toml`, by folder.
pub(crate) fn exercises(course: &Path) -> Result<Vec<Exercise>, BookError> {
    let mut exercises = Vec::new();
    for (name, folder) in crates(course)? {
        let path = folder.join("exercise.toml");
        if !path.exists() {
            continue;
        }
        let text = read(&path)?;
        let place = |span: Range<usize>| Place::at(&path, &text, span.start);
        let raw: Raw = toml::from_str(&text).map_err(|error| BookError::Exercise {
            place: place(error.span().unwrap_or(0..0)),
            reason: error.message().replace('\n', " "),
        })?;
        let mistake = |raw: RawMistake| Mistake {
            id: raw.id,
            what: raw.what,
            place: place(raw.anchor.span()),
            anchor: raw.anchor.into_inner(),
        };
        let chapter = (raw.chapter.get_ref().clone(), place(raw.chapter.span()));
        let mistakes = raw.mistakes.into_iter().map(mistake).collect();
        exercises.push(Exercise {
            name,
            chapter,
            mistakes,
        });
    }
    Ok(exercises)
}
