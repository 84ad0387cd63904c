//! The course around the book: its exercises, and the pages that their manifests refer to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use attentive_course::files::read_text;
use attentive_course::{Course, Exercise, Location, Tree};
use serde::Deserialize;
use toml::Spanned;

use crate::BookError;

/// Returns the course that the book in the folder `root` belongs to.
pub(crate) fn around(root: &Path) -> Course {
    match (root.file_name(), root.parent()) {
        (Some(_), Some(parent)) => Course::at(parent),
        _ => Course::at(root.join("..")), // "." and "..", whose parents have no name
    }
}

/// Lists the exercises of the course by name: solutions where there are any, and what learners edit otherwise.
pub(crate) fn exercises(course: &Course) -> Result<BTreeMap<String, Exercise>, BookError> {
    let mut exercises = BTreeMap::new();
    for tree in [Tree::Exercises, Tree::Solutions] {
        for exercise in course.exercises_if_any(tree).map_err(BookError::Course)? {
            exercises.insert(exercise.name.clone(), exercise);
        }
    }
    Ok(exercises)
}

/// The parts of an `exercise.toml` that refer to the book.
pub(crate) struct ExercisePages {
    pub(crate) exercise: Exercise,
    /// The page's name without `.html`.
    pub(crate) chapter: String,
    /// The line of `exercise.toml` that names the page.
    pub(crate) chapter_line: Location,
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
    pub(crate) anchor_line: Location,
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

/// Reads the `exercise.toml` of all exercises that have one, sorted by name.
pub(crate) fn exercise_pages(course: &Course) -> Result<Vec<ExercisePages>, BookError> {
    let mut all = Vec::new();
    for exercise in exercises(course)?.into_values() {
        let path = course.path(exercise.words());
        if !path.exists() {
            continue;
        }
        let text = read_text(&path)?;
        let line = |span: Range<usize>| Location::of_byte(&path, &text, span.start);
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
        all.push(ExercisePages {
            exercise,
            chapter_line: line(raw.chapter.span()),
            chapter: raw.chapter.into_inner(),
            mistakes,
        });
    }
    Ok(all)
}
