//! Checks the files and exercises that a page refers to before mdBook does: mdBook's errors name neither file nor line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use attentive_course::files::read_text;
use attentive_course::{Exercise, Location, Tree};
use pulldown_cmark::{Event, Parser, Tag};

use crate::BookError;

/// Checks that `SUMMARY.md` in the folder `sources` names lessons, and that all of them can be read.
pub(crate) fn check_summary(sources: &Path) -> Result<(), BookError> {
    let file = sources.join("SUMMARY.md");
    let markdown = read_text(&file)?;
    let mut lessons = 0;
    for (event, range) in Parser::new(&markdown).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else {
            continue;
        };
        if dest_url.is_empty() {
            continue; // announced, not written yet
        }
        let path = sources.join(&*dest_url);
        if !path.is_file() {
            let at = Location::of_byte(&file, &markdown, range.start);
            return Err(BookError::NoChapter { at, path });
        }
        read_text(&path)?;
        lessons += 1;
    }
    if lessons == 0 {
        Err(BookError::NoLesson {
            at: Location { file, line: 1 },
        })
    } else {
        Ok(())
    }
}

/// mdBook's own directives that put a file into a page.
pub(crate) const INCLUDES: [&str; 4] = ["include", "rustdoc_include", "playground", "playpen"];

/// Checks that everything that the lesson in `file` includes is there.
pub(crate) fn check_includes(markdown: &str, file: &Path) -> Result<(), BookError> {
    for (at, what) in includes(markdown) {
        let dir = file.parent().unwrap_or(Path::new(""));
        if let Err(IncludeProblem { reason, fix }) = check_include(what, dir) {
            return Err(BookError::Include {
                at: Location::of_byte(file, markdown, at),
                what: what.to_owned(),
                reason,
                fix,
            });
        }
    }
    Ok(())
}

/// Returns the includes of a text: the byte at which each begins, and its argument, such as
/// `../code/softmax.rs:largest`.
fn includes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("{{#").filter_map(|(at, start)| {
        if text[..at].ends_with('\\') {
            return None; // escaped: shown, not expanded
        }
        let (inner, _) = text[at + start.len()..].split_once("}}")?;
        let (kind, what) = inner.split_once(char::is_whitespace)?;
        INCLUDES.contains(&kind).then(|| (at, what.trim()))
    })
}

/// The reason why a file or a part of it cannot be included.
#[derive(Debug)]
struct IncludeProblem {
    reason: String,
    fix: String,
}

impl IncludeProblem {
    /// A problem with the file at `path`; `reason` continues the sentence that begins with the path.
    fn new(path: &Path, reason: &str, fix: &str) -> Self {
        Self {
            reason: format!("{} {reason}", path.display()),
            fix: fix.to_owned(),
        }
    }
}

/// Checks the argument of one include; paths start at the folder `dir`.
fn check_include(what: &str, dir: &Path) -> Result<(), IncludeProblem> {
    let what = what.split_whitespace().next().unwrap_or_default();
    let (path, part) = what.split_once(':').unwrap_or((what, ""));
    let path = dir.join(path);
    let text = fs::read_to_string(&path).map_err(|error| {
        IncludeProblem::new(
            &path,
            &format!("cannot be read ({error})"),
            "correct the path; it starts at the folder of this file",
        )
    })?;
    if path.extension().is_some_and(|extension| extension == "md") {
        return Err(IncludeProblem::new(
            &path,
            "is Markdown, whose formulas and quizzes would stay as they are",
            "include code only, and make a lesson a chapter of its own",
        ));
    }
    let lines = included_lines(&text, part)
        .map_err(|(reason, fix)| IncludeProblem::new(&path, &reason, fix))?;
    match includes(&lines).next() {
        None => Ok(()),
        Some((_, inner)) => Err(IncludeProblem::new(
            &path,
            &format!("includes {inner} in turn"),
            "include that from the lesson, or write \\{{#include}} to show it",
        )),
    }
}

/// Returns the lines of `text` that mdBook shows for `part`: those of an anchor, or from one line to another. An error
/// is a reason and a fix.
fn included_lines(text: &str, part: &str) -> Result<String, (String, &'static str)> {
    let lines: Vec<&str> = text.lines().collect();
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<usize>().ok());
    let mut parts = part.splitn(3, ':');
    let (first, last) = (parts.next(), parts.next());
    let is_anchor = first.is_some_and(|first| !first.is_empty() && first.parse::<usize>().is_err());
    let (start, end) = if is_anchor {
        let mark = |mark: &str| {
            let mark = format!("{mark}: {part}");
            lines
                .iter()
                .position(|line| line.trim_end().ends_with(&mark))
                .ok_or((
                    format!("has no line that ends with \"{mark}\""),
                    "add it there, as a comment, or correct the anchor's name",
                ))
        };
        (mark("ANCHOR")? + 1, mark("ANCHOR_END")?)
    } else {
        let start = number(first);
        let end = if last.is_some() { number(last) } else { start };
        (
            start.unwrap_or(1).saturating_sub(1),
            end.unwrap_or(lines.len()),
        )
    };
    lines
        .get(start..end)
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join("\n"))
        .ok_or((
            format!("has no lines {part}; it has {}", lines.len()),
            "correct the lines, or mark them by an anchor, which stays right when others are added",
        ))
}

/// Checks that the course has every exercise that the lesson in `file` refers to, by its folder or with
/// `cargo test -p`. A book outside a course has no exercises, and nothing is checked.
pub(crate) fn check_exercises(
    markdown: &str,
    file: &Path,
    exercises: &BTreeMap<String, Exercise>,
) -> Result<(), BookError> {
    if exercises.is_empty() {
        return Ok(());
    }
    for start in ["exercises/", "solutions/", "cargo test -p "] {
        for (at, _) in markdown.match_indices(start) {
            let rest = &markdown[at + start.len()..];
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .unwrap_or(rest.len());
            let word = &rest[..end];
            let name = if start.ends_with('/') {
                match Exercise::from_folder(word, Tree::Exercises) {
                    Some(exercise) => exercise.name,
                    None => continue,
                }
            } else {
                word.to_owned()
            };
            if is_exercise_name(&name) && !exercises.contains_key(&name) {
                return Err(BookError::UnknownExercise {
                    at: Location::of_byte(file, markdown, at),
                    name,
                    known: exercises.keys().cloned().collect(),
                });
            }
        }
    }
    Ok(())
}

/// Returns `false` for placeholders such as `NAME` and for the course's other crates.
fn is_exercise_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.starts_with("attentive")
        && !name.ends_with("-solution")
        && name != "name"
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_searched_for_includes(text in r"(\{\{#|\}\}|include |title |\\|[a-z.:\né ]){0,40}") {
            for (at, what) in includes(&text) {
                prop_assert!(text[at..].starts_with("{{#") && text[at..].contains(what));
            }
        }

        #[test]
        fn any_part_of_any_text_is_found_or_refused(
            text in r"([a-z]|\n|ANCHOR: a|ANCHOR_END: a){0,30}",
            part in r"[a0-9:]{0,8}|\PC{0,8}",
        ) {
            if let Ok(lines) = included_lines(&text, &part) {
                prop_assert!(lines.lines().count() <= text.lines().count());
            }
        }

        #[test]
        fn lines_and_anchors_give_what_they_name(
            before in vec("[a-z ]{1,9}", 0..5),
            shown in vec("[a-z ]{1,9}", 1..5),
            after in vec("[a-z ]{1,9}", 0..5),
        ) {
            let plain = [&before[..], &shown, &after].concat().join("\n");
            let (first, last) = (before.len() + 1, before.len() + shown.len());
            prop_assert_eq!(included_lines(&plain, &format!("{first}:{last}")), Ok(shown.join("\n")));
            let (start, end) = (["// ANCHOR: part".to_owned()], ["// ANCHOR_END: part".to_owned()]);
            let marked = [&before[..], &start, &shown, &end, &after].concat().join("\n");
            prop_assert_eq!(included_lines(&marked, "part"), Ok(shown.join("\n")));
        }
    }
}
