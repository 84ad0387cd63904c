//! Pictures of mistakes: the right numbers beside the wrong ones, at the end of each section that explains a mistake.
//!
//! The numbers are libtorch's, from the exercise's golden pack, which has the right outputs and those of each mistake.
//! The sentence below them is the grader's. The lesson only needs the heading that `exercise.toml` names as the
//! mistake's anchor.
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

use std::collections::HashMap;
use std::path::Path;

use attentive_course::Course;
use attentive_grader::Pack;

use crate::{BookError, course};
use example::best_example;
use picture::picture;

pub(crate) use fold::fold;
pub(crate) use shared::SharedMistakes;

/// The pictures of all mistakes.
pub(crate) struct MistakePictures {
    /// HTML by anchor, `page.html#id`.
    pictures: HashMap<String, String>,
}

impl MistakePictures {
    /// Draws the mistakes of all exercises of the course. An exercise without a golden pack has none.
    pub(crate) fn read(course: &Course) -> Result<Self, BookError> {
        let mut pictures: HashMap<String, String> = HashMap::new();
        for exercise in course::exercise_pages(course)? {
            let path = course.path(exercise.exercise.pack());
            if !path.is_file() {
                continue;
            }
            let pack = Pack::load(&path).map_err(BookError::Pack)?;
            let mut drawn = Vec::new();
            for mistake in exercise.mistakes {
                let key = (mistake.id.clone(), mistake.anchor.clone());
                if drawn.contains(&key) {
                    continue; // several tasks have it
                }
                if let Some(example) = best_example(&pack, &mistake.id) {
                    // A heading may explain several mistakes: one picture follows the other.
                    *pictures.entry(mistake.anchor).or_default() +=
                        &picture(&example, &mistake.what);
                    drawn.push(key);
                }
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
