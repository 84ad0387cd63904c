//! Looks at what a page refers to outside the book before mdBook does: mdBook tells neither file nor line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag};

use crate::course::name_of;
use crate::{BookError, Place};

/// Whether all the lessons that `SUMMARY.md` in the folder `sources` names are there.
pub(crate) fn check_summary(sources: &Path) -> Result<(), BookError> {
    let file = sources.join("SUMMARY.md");
    let Ok(markdown) = fs::read_to_string(&file) else { return Ok(()) }; // which mdBook says well enough
    for (event, range) in Parser::new(&markdown).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        if !dest_url.is_empty() && !sources.join(&*dest_url).is_file() {
            let place = Place::at(&file, &markdown, range.start);
            return Err(BookError::NoChapter { place, path: sources.join(&*dest_url) });
        }
    }
    Ok(())
}

/// Whether all that the lesson in `file` includes is there.
pub(crate) fn check_includes(markdown: &str, file: &Path) -> Result<(), BookError> {
    for (at, _) in markdown.match_indices("{{#") {
        if markdown[..at].ends_with('\\') {
            continue; // shown, not carried out
        }
        let Some((inner, _)) = markdown[at + 3..].split_once("}}") else { continue };
        let Some((kind, what)) = inner.split_once(char::is_whitespace) else { continue };
        if !matches!(kind, "include" | "rustdoc_include" | "playground") {
            continue;
        }
        if let Err((reason, fix)) = included(what.trim(), file.parent().unwrap_or(Path::new(""))) {
            let (place, what) = (Place::at(file, markdown, at), what.trim().to_owned());
            return Err(BookError::Include { place, what, reason, fix });
        }
    }
    Ok(())
}

/// What is wrong with `what`, such as `../code/softmax.rs:largest`, and what to do about it.
fn included(what: &str, dir: &Path) -> Result<(), (String, String)> {
    let what = what.split_whitespace().next().unwrap_or_default();
    let (path, part) = what.split_once(':').unwrap_or((what, ""));
    let path = dir.join(path);
    let text = fs::read_to_string(&path).map_err(|error| {
        let fix = "correct the path; it starts at the folder of this file".to_owned();
        (format!("{} cannot be read ({error})", path.display()), fix)
    })?;
    let is_anchor = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !is_anchor {
        return Ok(()); // lines: mdBook shows as many of them as there are
    }
    for mark in [format!("ANCHOR: {part}"), format!("ANCHOR_END: {part}")] {
        if !text.lines().any(|line| line.trim_end().ends_with(&mark)) {
            let reason = format!("{} has no line that ends with \"{mark}\"", path.display());
            return Err((reason, "add it there, as a comment, or correct the anchor's name".to_owned()));
        }
    }
    Ok(())
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
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
            let word = &rest[..end];
            let name = if start.ends_with('/') { name_of(word) } else { Some(word) };
            let Some(name) = name.filter(|name| is_exercise_name(name)) else { continue };
            if !crates.contains_key(name) {
                let (place, known) = (Place::at(file, markdown, at), crates.keys().cloned().collect());
                return Err(BookError::NoExercise { place, name: name.to_owned(), known });
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
