//! Looks at what a page refers to outside the book before mdBook does: mdBook tells neither file nor line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag};

use crate::course::name_of;
use crate::files::read;
use crate::{BookError, Place};

/// Whether `SUMMARY.md` in the folder `sources` names lessons, and all of them can be read.
pub(crate) fn check_summary(sources: &Path) -> Result<(), BookError> {
    let file = sources.join("SUMMARY.md");
    let markdown = read(&file)?;
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
            let place = Place::at(&file, &markdown, range.start);
            return Err(BookError::NoChapter { place, path });
        }
        read(&path)?;
        lessons += 1;
    }
    if lessons == 0 {
        Err(BookError::NoLesson {
            place: Place { file, line: 1 },
        })
    } else {
        Ok(())
    }
}

/// mdBook's own directives that put a file into a page.
pub(crate) const INCLUDES: [&str; 4] = ["include", "rustdoc_include", "playground", "playpen"];

/// Whether all that the lesson in `file` includes is there.
pub(crate) fn check_includes(markdown: &str, file: &Path) -> Result<(), BookError> {
    for (at, what) in includes(markdown) {
        if let Err((reason, fix)) = included(what, file.parent().unwrap_or(Path::new(""))) {
            let (place, what) = (Place::at(file, markdown, at), what.to_owned());
            return Err(BookError::Include {
                place,
                what,
                reason,
                fix,
            });
        }
    }
    Ok(())
}

/// What a text includes, such as `../code/softmax.rs:largest`, and where it says so.
fn includes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("{{#").filter_map(|(at, start)| {
        if text[..at].ends_with('\\') {
            return None; // shown, not carried out
        }
        let (inner, _) = text[at + start.len()..].split_once("}}")?;
        let (kind, what) = inner.split_once(char::is_whitespace)?;
        INCLUDES.contains(&kind).then(|| (at, what.trim()))
    })
}

/// What is wrong with `what`, and what to do about it.
fn included(what: &str, dir: &Path) -> Result<(), (String, String)> {
    let what = what.split_whitespace().next().unwrap_or_default();
    let (path, part) = what.split_once(':').unwrap_or((what, ""));
    let path = dir.join(path);
    let wrong =
        |reason: String, fix: &str| Err((format!("{} {reason}", path.display()), fix.to_owned()));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            return wrong(
                format!("cannot be read ({error})"),
                "correct the path; it starts at the folder of this file",
            );
        }
    };
    if path.extension().is_some_and(|extension| extension == "md") {
        let fix = "include code only, and make a lesson a chapter of its own";
        return wrong(
            "is Markdown, whose formulas and quizzes would stay as they are".to_owned(),
            fix,
        );
    }
    let shown = match shown(&text, part) {
        Ok(shown) => shown,
        Err((reason, fix)) => return wrong(reason, fix),
    };
    match includes(&shown).next() {
        None => Ok(()),
        Some((_, inner)) => wrong(
            format!("includes {inner} in turn"),
            "include that from the lesson, or write \\{{#include}} to show it",
        ),
    }
}

/// The lines of `text` that mdBook shows for `part`: those between two marks, or from one line to another.
fn shown(text: &str, part: &str) -> Result<String, (String, &'static str)> {
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

/// Whether the course has every exercise that the lesson in `file` sends its readers to, by its folder or with
/// `cargo test -p`. `crates` are those of the exercises; a book on its own has none, and nothing to compare with.
pub(crate) fn check_exercises(
    markdown: &str,
    file: &Path,
    crates: &BTreeMap<String, PathBuf>,
) -> Result<(), BookError> {
    if crates.is_empty() {
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
                name_of(word)
            } else {
                Some(word)
            };
            let Some(name) = name.filter(|name| is_exercise_name(name)) else {
                continue;
            };
            if !crates.contains_key(name) {
                let (place, known) = (
                    Place::at(file, markdown, at),
                    crates.keys().cloned().collect(),
                );
                return Err(BookError::NoExercise {
                    place,
                    name: name.to_owned(),
                    known,
                });
            }
        }
    }
    Ok(())
}

/// Not a placeholder such as `NAME`, and not one of the course's other crates.
fn is_exercise_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.starts_with("attentive")
        && !name.ends_with("-solution")
        && name != "name"
}
