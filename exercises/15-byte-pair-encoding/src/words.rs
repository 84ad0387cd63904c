//! Words of a text, as GPT-2 cuts it.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// The ends of English words that are words of their own: `don't` is `don` and `'t`.
const ENDINGS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

/// Cuts a text into words. Nothing is lost: joined, the words are the text.
///
/// A word is a run of letters, of digits, or of other signs, with the one space before it if there is one:
/// `a query, 42` becomes `a`, `␣query`, `,`, `␣42`. Of several spaces or line breaks before a word, the last belongs to
/// the word if it is a space, and the others are a word of their own.
///
/// This is the pattern of GPT-2 in plain Rust:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(first_word(rest));
        words.push(word);
        rest = after;
    }
    words
}

/// Returns the length in bytes of a text's first word. The text is not empty.
fn first_word(text: &str) -> usize {
    if let Some(ending) = ENDINGS.iter().find(|ending| text.starts_with(**ending)) {
        return ending.len();
    }
    let space = usize::from(text.starts_with(' '));
    if let Some(kind) = text[space..].chars().next().map(Kind::of)
        && kind != Kind::Space
    {
        return space + run(&text[space..], kind);
    }
    let spaces = run(text, Kind::Space);
    let last = text[..spaces].chars().next_back().map_or(0, char::len_utf8);
    if spaces == text.len() || spaces == last {
        return spaces;
    }
    // The last one is left to the word after it.
    spaces - last
}

/// Returns the length in bytes of the run of one kind with which a text begins.
fn run(text: &str, kind: Kind) -> usize {
    text.find(|sign| Kind::of(sign) != kind)
        .unwrap_or(text.len())
}

/// The kinds of signs that do not share a word.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Letter,
    Digit,
    Space,
    Other,
}

impl Kind {
    fn of(sign: char) -> Self {
        match sign.general_category_group() {
            GeneralCategoryGroup::Letter => Self::Letter,
            GeneralCategoryGroup::Number => Self::Digit,
            _ if sign.is_whitespace() => Self::Space,
            _ => Self::Other,
        }
    }
}
