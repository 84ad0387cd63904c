//! Pictures of mistakes: the right numbers beside the wrong ones, at the end of each section that explains a mistake.
//!
//! The numbers are libtorch's, from the exercise's golden pack, which has the right outputs and those of each mistake.
//! The sentence below them is the grader's. The lesson only needs the heading that `exercise.toml` names as the
//! mistake's anchor.
//!
//! To choose a picture, the grader judges each mistake in each of its cases, which takes longer than all pages together. So
//! the pictures of an exercise are kept in the book's cache until its pack, its words or this code change.
//!
//! Only the first three mistakes of a lesson stay open ([`fold()`]), and what another lesson explains is not repeated
//! ([`SharedMistakes`]).

mod example;
mod fold;
mod picture;
mod prose;
mod reading;
mod sections;
mod shared;
mod window;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use attentive_course::{Course, files};
use attentive_grader::{Pack, own_digest};

use crate::cache::Cache;
use crate::course::ExercisePages;
use crate::{BookError, course};
use example::best_example;
use picture::picture;

pub(crate) use fold::fold;
pub(crate) use shared::SharedMistakes;

/// Sources of what chooses and draws the pictures, next to the grader.
const DRAWING: [&str; 9] = [
    include_str!("figures.rs"),
    include_str!("figures/draw/heat_map.rs"),
    include_str!("markdown.rs"),
    include_str!("mistakes.rs"),
    include_str!("mistakes/example.rs"),
    include_str!("mistakes/picture.rs"),
    include_str!("mistakes/prose.rs"),
    include_str!("mistakes/reading.rs"),
    include_str!("mistakes/window.rs"),
];

/// The pictures of all mistakes.
pub(crate) struct MistakePictures {
    /// HTML by anchor, `page.html#id`.
    pictures: HashMap<String, String>,
}

impl MistakePictures {
    /// Draws the mistakes of all exercises of the course, or takes them from the cache of the book in the folder `root`. An
    /// exercise without a golden pack has none.
    pub(crate) fn read(root: &Path, course: &Course) -> Result<Self, BookError> {
        let cache = Cache::new(root, "mistakes");
        let mut pictures: HashMap<String, String> = HashMap::new();
        for exercise in course::exercise_pages(course)? {
            let path = course.path(exercise.exercise.pack());
            if !path.is_file() {
                continue;
            }
            for (anchor, html) in cached(&cache, &exercise, &path)? {
                *pictures.entry(anchor).or_default() += &html;
            }
        }
        Ok(Self { pictures })
    }

    /// Returns the HTML, on one line, for the heading `id` of the page that is made of `file`.
    pub(crate) fn html(&self, file: &Path, id: &str) -> Option<&str> {
        let page = file.file_stem()?.to_str()?;
        self.pictures
            .get(&format!("{page}.html#{id}"))
            .map(String::as_str)
    }
}

/// Returns the pictures of an exercise whose pack is in a file, by anchor, from the cache or drawn.
fn cached(
    cache: &Cache,
    exercise: &ExercisePages,
    pack: &Path,
) -> Result<BTreeMap<String, String>, BookError> {
    let name = exercise.exercise.folder();
    let key = key(exercise, &files::read(pack)?);
    let kept = cache.get(&name, key);
    if let Some(kept) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(kept);
    }
    let drawn = draw(exercise, &Pack::load(pack).map_err(BookError::Pack)?);
    if let Ok(text) = serde_json::to_string(&drawn) {
        cache.put(&name, key, &text);
    }
    Ok(drawn)
}

/// Hashes all that the pictures of an exercise depend on.
fn key(exercise: &ExercisePages, pack: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (pack, own_digest(), DRAWING).hash(&mut hasher);
    for mistake in &exercise.mistakes {
        (&mistake.id, &mistake.what, &mistake.anchor).hash(&mut hasher);
    }
    hasher.finish()
}

/// Draws the mistakes of an exercise: HTML by anchor.
fn draw(exercise: &ExercisePages, pack: &Pack) -> BTreeMap<String, String> {
    let mut pictures: BTreeMap<String, String> = BTreeMap::new();
    let mut drawn = Vec::new();
    for mistake in &exercise.mistakes {
        let key = (&mistake.id, &mistake.anchor);
        if drawn.contains(&key) {
            continue; // several tasks have it
        }
        if let Some(example) = best_example(pack, &mistake.id) {
            // A heading may explain several mistakes: one picture follows the other.
            *pictures.entry(mistake.anchor.clone()).or_default() +=
                &picture(&example, &mistake.what);
            drawn.push(key);
        }
    }
    pictures
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_recorded_mistake_of_every_exercise_has_its_picture() {
        let course = Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        for (name, exercise) in course::exercises(&course).expect("the exercises") {
            let pack = Pack::load(&course.path(exercise.pack())).expect("a pack");
            let mistakes = pack.manifest().tasks.iter().flat_map(|task| &task.mistakes);
            for id in mistakes.map(|mistake| &mistake.id).collect::<BTreeSet<_>>() {
                let example =
                    best_example(&pack, id).unwrap_or_else(|| panic!("{name}: {id} does not show"));
                let html = picture(&example, "");
                assert!(
                    html.contains("off\""),
                    "{name}: {id}: nothing looks wrong in {html}"
                );
            }
        }
    }
}
