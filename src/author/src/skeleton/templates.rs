//! The text of every file of a skeleton.

use std::path::PathBuf;

use attentive_course::{Exercise, Tree};

use crate::part::Part;

const MANIFEST: &str = include_str!("templates/manifest.toml.template");

/// Texts of the files of a new exercise, by their paths from the course's root, in the order in which its author fills
/// them in.
pub(super) fn files(exercise: &Exercise) -> Vec<(PathBuf, String)> {
    let mut files = vec![(
        exercise.in_tree(Tree::Solutions).manifest(),
        fill(MANIFEST, exercise),
    )];
    for part in Part::ALL {
        if let Some(template) = template(part) {
            files.push((part.path(exercise), fill(template, exercise)));
        }
    }
    files
}

/// The template of a part; the pack is recorded.
fn template(part: Part) -> Option<&'static str> {
    let template = match part {
        Part::Solution => include_str!("templates/lib.rs.template"),
        Part::Adapter => include_str!("templates/grade.rs.template"),
        Part::Variants => include_str!("templates/variants.rs.template"),
        Part::Words => include_str!("templates/exercise.toml.template"),
        Part::Reference => include_str!("templates/reference.rs.template"),
        Part::Pack => return None,
        Part::Page => include_str!("templates/page.md.template"),
        Part::Figure => include_str!("templates/figure.rs.template"),
        Part::Claims => include_str!("templates/claims.rs.template"),
        Part::Quiz => include_str!("templates/quiz.toml.template"),
    };
    Some(template)
}

fn fill(template: &str, exercise: &Exercise) -> String {
    template
        .replace("@NAME@", &exercise.name)
        .replace("@FOLDER@", &exercise.folder())
        .replace("@LIBRARY@", &exercise.library())
        .replace("@TITLE@", &title(&exercise.name))
}

/// A name as a title: `cross-entropy` becomes `Cross entropy`.
pub(super) fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
