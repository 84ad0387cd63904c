//! Each mistake beside what is right: where a lesson explains a mistake of an exercise, it gets both pictures.
//!
//! The numbers are libtorch's, from the exercise's golden pack: what it returns, and what it returns when it makes the
//! mistake itself. What is said about them is what the grader says to learners. The lesson has nothing to write for it
//! but the heading that `exercise.toml` names as the anchor.

mod choice;
mod picture;

use std::collections::HashMap;
use std::path::Path;

use attentive_grader::Pack;

use crate::{BookError, course};
use choice::choose;
use picture::picture;

/// The pictures of all mistakes.
pub(crate) struct Mistakes {
    /// By anchor, `page.html#id`, as HTML.
    pictures: HashMap<String, String>,
}

impl Mistakes {
    /// Those of the exercises of the course. An exercise without a golden pack has none.
    pub(crate) fn read(course: &Path) -> Result<Self, BookError> {
        let crates = course::crates(course)?;
        let mut pictures: HashMap<String, String> = HashMap::new();
        for exercise in course::exercises(course)? {
            let path = crates[&exercise.name].join("golden.safetensors");
            if !path.is_file() {
                continue;
            }
            let pack = Pack::load(&path).map_err(BookError::Pack)?;
            let mut drawn = Vec::new();
            for mistake in exercise.mistakes {
                let key = (mistake.id.clone(), mistake.anchor.clone());
                if drawn.contains(&key) {
                    continue; // one that several tasks know
                }
                if let Some(shown) = choose(&pack, &mistake.id) {
                    // A heading may stand for several mistakes: one picture after the other.
                    *pictures.entry(mistake.anchor).or_default() += &picture(&shown, &mistake.what);
                    drawn.push(key);
                }
            }
        }
        Ok(Self { pictures })
    }

    /// The HTML, on one line, for the heading `id` of the page that `file` becomes.
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
        let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (name, folder) in course::crates(&course).expect("the crates") {
            let pack = Pack::load(&folder.join("golden.safetensors")).expect("a pack");
            let mistakes = pack.manifest().tasks.iter().flat_map(|task| &task.mistakes);
            for id in mistakes.map(|mistake| &mistake.id).collect::<BTreeSet<_>>() {
                let shown =
                    choose(&pack, id).unwrap_or_else(|| panic!("{name}: {id} does not show"));
                let html = picture(&shown, "");
                assert!(
                    html.contains("off\""),
                    "{name}: {id}: nothing looks wrong in {html}"
                );
            }
        }
    }
}
