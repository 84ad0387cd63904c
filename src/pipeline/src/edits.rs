//! Labels that are edits, as those of `grammar`: the text that they make.
//!
//! A word takes the label of its first token. An edit that can be done by its name and the word alone is applied. All others
//! are kept apart, such as `$TRANSFORM_VERB_VB_VBZ`, for which one needs a dictionary of verbs.

use std::ops::Range;

use console::Style;
use serde::Serialize;

/// The label of what stays. Labels are edits where this is one of them.
const KEEP: &str = "$KEEP";

/// The beginning of a token that continues a word.
const CONTINUES: &str = "##";

/// A token of a text, and its label.
#[derive(Debug, Clone)]
pub(crate) struct EditedToken<'a> {
    pub(crate) token: &'a str,
    pub(crate) label: &'a str,
    /// The bytes of the text.
    pub(crate) place: Range<usize>,
}

/// A text after the edits.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Correction {
    text: String,
    changes: Vec<Change>,
    not_applied: Vec<NotApplied>,
}

/// A part of a text that was changed.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Change {
    /// The characters of the text before the edits, from `start` up to `end`.
    start: usize,
    end: usize,
    before: String,
    after: String,
    label: String,
}

/// An edit that cannot be applied.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct NotApplied {
    word: String,
    label: String,
}

/// A word, which may have several tokens.
#[derive(Debug, PartialEq, Eq)]
struct Word<'a> {
    place: Range<usize>,
    label: &'a str,
}

/// The change that a label makes to its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit<'a> {
    Keep,
    Delete,
    Replace(&'a str),
    Append(&'a str),
    Capital,
    Lower,
    Upper,
    /// Adds an s.
    Plural,
    /// Takes an s away.
    Singular,
    /// Puts this in place of the space after the word.
    Merge(&'static str),
    /// Puts spaces in place of hyphens.
    Split,
    /// Needs more than the word.
    Unknown,
}

/// Returns `true` if the labels of a model are edits.
pub(crate) fn are_edits(labels: &[String]) -> bool {
    labels.iter().any(|label| label == KEEP)
}

impl<'a> Edit<'a> {
    fn of_label(label: &'a str) -> Self {
        if let Some(word) = label.strip_prefix("$REPLACE_") {
            return Self::Replace(word);
        }
        if let Some(word) = label.strip_prefix("$APPEND_") {
            return Self::Append(word);
        }
        match label {
            KEEP => Self::Keep,
            "$DELETE" => Self::Delete,
            "$CASE_CAPITAL" | "$TRANSFORM_CASE_CAPITAL" => Self::Capital,
            "$CASE_LOWER" | "$TRANSFORM_CASE_LOWER" => Self::Lower,
            "$CASE_UPPER" | "$TRANSFORM_CASE_UPPER" => Self::Upper,
            "$TRANSFORM_AGREEMENT_PLURAL" => Self::Plural,
            "$TRANSFORM_AGREEMENT_SINGULAR" => Self::Singular,
            "$MERGE_SPACE" => Self::Merge(""),
            "$MERGE_HYPHEN" => Self::Merge("-"),
            "$TRANSFORM_SPLIT_HYPHEN" => Self::Split,
            _ => Self::Unknown,
        }
    }
}

impl Correction {
    /// Applies the labels of all tokens of a text.
    pub(crate) fn new(text: &str, tokens: &[EditedToken<'_>]) -> Self {
        let words = words(text, tokens);
        let mut correction = Self {
            text: String::new(),
            changes: Vec::new(),
            not_applied: Vec::new(),
        };
        // The bytes that are done.
        let mut done = 0;
        for (number, word) in words.iter().enumerate() {
            let next = words.get(number + 1);
            let is_first =
                correction.text.trim().is_empty() && text[done..word.place.start].trim().is_empty();
            let found = changed(text, word, next, Edit::of_label(word.label), is_first);
            // What an edit has changed is no longer there for the next one.
            let found = found.filter(|(place, _)| place.start >= done);
            let Some((place, after)) = found else {
                correction.not_applied.push(NotApplied {
                    word: text[word.place.clone()].to_owned(),
                    label: word.label.to_owned(),
                });
                continue;
            };
            let before = &text[place.clone()];
            if before == after {
                continue;
            }
            correction.text += &text[done..place.start];
            correction.text += &after;
            done = place.end;
            correction.changes.push(Change {
                start: text[..place.start].chars().count(),
                end: text[..place.end].chars().count(),
                before: before.to_owned(),
                after,
                label: word.label.to_owned(),
            });
        }
        correction.text += &text[done..];
        correction
    }

    /// The lines below a table of tokens: the new text, and what could not be applied. In a terminal, what was taken away
    /// and what came are marked.
    pub(crate) fn lines(&self, before: &str, is_terminal: bool) -> String {
        let mut lines = match (self.changes.is_empty(), is_terminal) {
            (true, _) => "→ no change\n".to_owned(),
            (false, true) => format!("→ {}\n", self.marked(before)),
            (false, false) => format!("→ {}\n", self.text),
        };
        for NotApplied { word, label } in &self.not_applied {
            lines += &format!("  not applied: {label} of `{word}`\n");
        }
        lines
    }

    /// The text before the edits with what came, and with what was taken away struck through.
    fn marked(&self, before: &str) -> String {
        let old = Style::new().red().strikethrough().force_styling(true);
        let new = Style::new().green().bold().force_styling(true);
        let characters: Vec<char> = before.chars().collect();
        let (mut text, mut done) = (String::new(), 0);
        for change in &self.changes {
            text.extend(&characters[done..change.start]);
            for (style, part) in [(&old, &change.before), (&new, &change.after)] {
                if !part.is_empty() {
                    text += &style.apply_to(part).to_string();
                }
            }
            done = change.end;
        }
        text.extend(&characters[done..]);
        text
    }
}

/// Puts tokens together that are of one word: its later pieces, and what is on both sides of an apostrophe.
fn words<'a>(text: &str, tokens: &[EditedToken<'a>]) -> Vec<Word<'a>> {
    let mut words: Vec<Word<'a>> = Vec::new();
    for token in tokens {
        let start = token.place.start;
        match words.last_mut() {
            Some(word)
                if word.place.end == start
                    && (token.token.starts_with(CONTINUES) || is_apostrophe_at(text, start)) =>
            {
                word.place.end = token.place.end;
            }
            _ => words.push(Word {
                place: token.place.clone(),
                label: token.label,
            }),
        }
    }
    words
}

/// Returns `true` if there is an apostrophe before or after this byte, and letters on both sides of it.
fn is_apostrophe_at(text: &str, byte: usize) -> bool {
    let (before, after) = text.split_at(byte);
    let (mut before, mut after) = (before.chars().rev(), after.chars());
    let near = (before.next(), after.next());
    let far = match near {
        (Some(letter), Some('\'' | '’')) => (Some(letter), after.next()),
        (Some('\'' | '’'), Some(letter)) => (before.next(), Some(letter)),
        _ => return false,
    };
    matches!(far, (Some(left), Some(right)) if left.is_alphabetic() && right.is_alphabetic())
}

/// The bytes that an edit of a word changes, and what they become. `None` if it cannot be applied. `is_first` says that no
/// word is left before it.
fn changed(
    text: &str,
    word: &Word<'_>,
    next: Option<&Word<'_>>,
    edit: Edit<'_>,
    is_first: bool,
) -> Option<(Range<usize>, String)> {
    let place = word.place.clone();
    let old = &text[place.clone()];
    let new = match edit {
        Edit::Keep => old.to_owned(),
        Edit::Delete => return Some((with_space(text, place, is_first), String::new())),
        Edit::Replace(new) => new.to_owned(),
        Edit::Append(new) => {
            // Punctuation follows without a space.
            let is_word = new.starts_with(char::is_alphanumeric);
            let new = format!("{}{new}", if is_word { " " } else { "" });
            return Some((place.end..place.end, new));
        }
        Edit::Capital => capitalised(old),
        Edit::Lower => old.to_lowercase(),
        Edit::Upper => old.to_uppercase(),
        Edit::Plural => format!("{old}s"),
        Edit::Singular => old.strip_suffix('s')?.to_owned(),
        Edit::Merge(glue) => {
            let gap = place.end..next?.place.start;
            return Some((gap, glue.to_owned()));
        }
        Edit::Split => old.contains('-').then(|| old.replace('-', " "))?,
        Edit::Unknown => return None,
    };
    Some((place, new))
}

/// The bytes of a word and of the space before it, or after it if it is the first.
fn with_space(text: &str, place: Range<usize>, is_first: bool) -> Range<usize> {
    if !is_first {
        return text[..place.start].trim_end().len()..place.end;
    }
    let after = &text[place.end..];
    let space = after.len() - after.trim_start().len();
    place.start..place.end + space
}

/// A word with a capital first, and small letters after it.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first: String = letters
        .by_ref()
        .take(1)
        .flat_map(char::to_uppercase)
        .collect();
    first + &letters.as_str().to_lowercase()
}

#[cfg(test)]
mod tests;
