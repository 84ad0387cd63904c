//! Directives: what a lesson asks for in double braces.

use std::ops::Range;

use attentive_course::Location;

use crate::BookError;
use crate::includes::INCLUDES;

/// Checks that each directive in this part of a lesson is one that is expanded within a text.
pub(crate) fn check_directives(
    markdown: &str,
    part: &Range<usize>,
    at: impl Fn() -> Location,
) -> Result<(), BookError> {
    for (offset, start) in markdown[part.clone()].match_indices("{{#") {
        let begin = part.start + offset;
        let (before, inner) = (&markdown[..begin], &markdown[begin + start.len()..]);
        if before.ends_with('\\') {
            continue; // escaped: shown, not expanded
        }
        let line = inner.lines().next().unwrap_or_default();
        let closed = line.split_once("}}").map(|(inner, _)| inner);
        let kind = line
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        match kind {
            "quiz" | "question" | "figure" | "diagram" | "explorer" | "thread" | "mistakes" => {
                return Err(BookError::NotAlone {
                    at: at(),
                    text: markdown[part.clone()].to_owned(),
                });
            }
            _ if closed.is_some()
                && (matches!(kind, "title" | "count") || INCLUDES.contains(&kind)) => {}
            _ => {
                let text = format!(
                    "{{{{#{}",
                    closed.map_or(line.to_owned(), |inner| format!("{inner}}}}}"))
                );
                return Err(BookError::UnknownDirective { at: at(), text });
            }
        }
    }
    Ok(())
}

/// A paragraph such as `{{#quiz softmax}}`, with its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Directive<'a> {
    Quiz(&'a str),
    /// One question of the page's quiz, by its id.
    Question(&'a str),
    Figure(&'a str),
    Diagram(&'a str),
    Explorer(&'a str),
    Thread(&'a str),
    /// Mistakes, with commas between their anchors, that another page explains.
    MistakesOf {
        page: &'a str,
        ids: &'a str,
    },
}

impl<'a> Directive<'a> {
    pub(crate) fn parse(paragraph: &'a str) -> Option<Self> {
        let inner = paragraph.trim().strip_prefix("{{#")?.strip_suffix("}}")?;
        let (kind, name) = inner.split_once(' ')?;
        match kind {
            "quiz" => Some(Self::Quiz(name.trim())),
            "question" => Some(Self::Question(name.trim())),
            "figure" => Some(Self::Figure(name.trim())),
            "diagram" => Some(Self::Diagram(name.trim())),
            "explorer" => Some(Self::Explorer(name.trim())),
            "thread" => Some(Self::Thread(name.trim())),
            "mistakes-of" => {
                let (page, ids) = name.split_once(':')?;
                let page = page.trim();
                Some(Self::MistakesOf { page, ids })
            }
            _ => None, // one of mdBook's, such as {{#include …}}
        }
    }

    /// Returns the anchors that the directive gives to its page, if its author chose them.
    pub(crate) fn anchors(self) -> Vec<&'a str> {
        match self {
            Self::MistakesOf { ids, .. } => Self::split(ids).collect(),
            Self::Quiz(_)
            | Self::Question(_)
            | Self::Figure(_)
            | Self::Diagram(_)
            | Self::Explorer(_)
            | Self::Thread(_) => Vec::new(),
        }
    }

    /// Splits a list of names.
    pub(crate) fn split(names: &'a str) -> impl Iterator<Item = &'a str> {
        names.split(',').map(str::trim)
    }
}
