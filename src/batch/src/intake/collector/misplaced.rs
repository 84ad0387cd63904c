//! Explanations of missing exercises: what was found in their place, and why it does not count.

use std::collections::BTreeMap;

use super::location::Root;
use crate::course::{Course, Exercise};
use crate::intake::archive_format::has_archive_name;
use crate::intake::submission::Collected;
use crate::intake::unused::{UnusedFile, UnusedReason};
use crate::text::plain;

/// The most files that are named.
const MAX_NAMED: usize = 3;

/// Explains each exercise that is missing from the collected ones, where something can be said.
pub(super) fn find(
    course: &Course,
    collected: &BTreeMap<String, Collected>,
    others: &[(Root, BTreeMap<String, Collected>)],
    unused: &[UnusedFile],
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for exercise in &course.exercises {
        let taken = collected.get(&exercise.folder);
        if taken.is_some_and(Collected::is_handed_in) {
            continue;
        }
        let explanation = in_other_copy(exercise, others)
            .or_else(|| in_its_place(exercise, unused))
            .or_else(|| lookalike(exercise, unused))
            .or_else(|| match collected.is_empty() {
                true => nothing_like_it(course, unused),
                false => None,
            });
        if let Some(explanation) = explanation {
            let message = format!("src/lib.rs was not handed in: {explanation}");
            found.insert(exercise.folder.clone(), plain(&message));
        }
    }
    found
}

fn in_other_copy(
    exercise: &Exercise,
    others: &[(Root, BTreeMap<String, Collected>)],
) -> Option<String> {
    let (root, _) = others.iter().find(|(_, collected)| {
        let taken = collected.get(&exercise.folder);
        taken.is_some_and(Collected::is_handed_in)
    })?;
    Some(format!(
        "it is in `{root}`, a second copy of the course, of which only the first counts"
    ))
}

/// Explains what is where the source should be: a link, or something unreadable there or around it.
fn in_its_place(exercise: &Exercise, unused: &[UnusedFile]) -> Option<String> {
    let library = format!("{}/src/lib.rs", exercise.folder);
    for file in unused {
        let path = &file.path;
        let is_it = format!("/{path}").ends_with(&format!("/{library}"));
        // An unreadable or linked folder hides all that is below it.
        let is_around =
            format!("exercises/{library}").starts_with(&format!("{}/", from_exercises(path)));
        match &file.reason {
            UnusedReason::NoSource { .. } => {}
            UnusedReason::StrangePath if is_it => {
                return Some(format!("`{path}` does not count: {}", file.reason));
            }
            UnusedReason::StrangePath => {}
            reason if is_it || is_around => return Some(format!("`{path}` is {reason}")),
            _ => {}
        }
    }
    None
}

/// Removes the folders in front of `exercises` from a path.
fn from_exercises(path: &str) -> &str {
    let start = path.find("exercises").unwrap_or(0);
    &path[start..]
}

/// Explains a source whose path resembles that of the exercise.
fn lookalike(exercise: &Exercise, unused: &[UnusedFile]) -> Option<String> {
    let (folder, name) = (letters(&exercise.folder), letters(&exercise.name));
    let mut found: Option<&UnusedFile> = None;
    for file in unused {
        let path = letters(&file.path);
        // The name alone could be a part of another exercise's.
        let is_like_it =
            path.ends_with("rs") && (path.contains(&folder) || has_part(&file.path, &name));
        let is_library = path.ends_with("librs");
        let is_other = file.path.contains("solutions/") || file.path.contains("/tests/");
        if is_like_it && !is_other && (found.is_none() || is_library) {
            found = Some(file);
        }
    }
    found.map(|file| {
        format!(
            "`{}` does not count: expected `exercises/{}/src/lib.rs`",
            file.path, exercise.folder
        )
    })
}

fn has_part(path: &str, name: &str) -> bool {
    path.split('/').any(|part| {
        let part = letters(part);
        part.trim_start_matches(|c: char| c.is_ascii_digit()) == name
            || part.strip_suffix("rs") == Some(name)
    })
}

/// Returns the letters and digits of a text, in lower case.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Says what there is in an upload without any exercise.
fn nothing_like_it(course: &Course, unused: &[UnusedFile]) -> Option<String> {
    let added = || {
        unused
            .iter()
            .filter(|file| file.describe(&course.root, "").is_some())
    };
    if let Some(inner) = added().find(|file| has_archive_name(&file.path)) {
        return Some(format!(
            "`{}` is an archive inside of what was handed in, which is not opened",
            inner.path
        ));
    }
    let mut names = Vec::new();
    for file in added().take(MAX_NAMED) {
        names.push(format!("`{}`", file.path));
    }
    match added().count() {
        0 => None,
        count if count > MAX_NAMED => Some(format!(
            "there are {}, … ({count} files) instead",
            names.join(", ")
        )),
        _ => Some(format!("there is {} instead", names.join(", "))),
    }
}
