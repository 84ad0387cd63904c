//! The list of habits.

use std::ops::Range;
use std::path::Path;

use attentive_course::Location;
use attentive_course::files::read_text;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::Spanned;

use crate::BookError;

/// The habits of language that the book keeps out.
pub(super) struct Habits(Vec<Habit>);

/// Words that readers have to decode.
pub(super) struct Habit {
    words: Regex,
    /// Longer phrases around the words that are good English.
    fine: Option<Regex>,
    /// The usual words.
    pub(super) instead: String,
    /// The reason, which follows the words that were found.
    pub(super) why: String,
}

/// Words that were found in a text.
pub(super) struct Found<'a> {
    pub(super) habit: &'a Habit,
    pub(super) range: Range<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    habit: Vec<RawHabit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHabit {
    words: Spanned<String>,
    fine: Option<Spanned<String>>,
    instead: String,
    why: String,
}

impl Habits {
    pub(super) fn read(file: &Path) -> Result<Self, BookError> {
        Self::parse(&read_text(file)?, file)
    }

    pub(super) fn parse(text: &str, file: &Path) -> Result<Self, BookError> {
        let invalid = |byte: usize, reason: String| BookError::Language {
            at: Location::of_byte(file, text, byte),
            reason,
        };
        let list: RawList = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            invalid(start, error.message().replace('\n', " "))
        })?;
        let compile = |pattern: &Spanned<String>| {
            // Whole words, and lines may break between them.
            let words = format!(r"\b(?:{})\b", pattern.get_ref().replace(' ', r"\s+"));
            let compiled = RegexBuilder::new(&words).case_insensitive(true).build();
            compiled.map_err(|error| {
                invalid(pattern.span().start, error.to_string().replace('\n', " "))
            })
        };
        let mut habits = Vec::new();
        for raw in list.habit {
            habits.push(Habit {
                words: compile(&raw.words)?,
                fine: raw.fine.as_ref().map(compile).transpose()?,
                instead: raw.instead,
                why: raw.why,
            });
        }
        Ok(Self(habits))
    }

    /// Finds the habits in a text.
    pub(super) fn find<'a>(&'a self, text: &str) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        for habit in &self.0 {
            let fine: Vec<Range<usize>> = match &habit.fine {
                Some(fine) => fine.find_iter(text).map(|phrase| phrase.range()).collect(),
                None => Vec::new(),
            };
            for words in habit.words.find_iter(text) {
                let range = words.range();
                let inside =
                    |phrase: &Range<usize>| phrase.start <= range.start && range.end <= phrase.end;
                if !fine.iter().any(inside) {
                    found.push(Found { habit, range });
                }
            }
        }
        found
    }
}
