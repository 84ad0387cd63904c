//! Words of a text, and their places in Markdown.

use std::ops::Range;

/// A word.
pub(super) struct Word {
    /// In lower case.
    pub(super) text: String,
    pub(super) range: Range<usize>,
    /// `true` if only space is between this word and the one before it, or the beginning of the text.
    pub(super) follows: bool,
}

/// Splits a text, which begins at the byte `start` of its page, into words. A hyphen within a word is part of it.
pub(super) fn words(text: &str, start: usize) -> impl Iterator<Item = Word> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let begin = at + rest.find(is_word)?;
        let between = &text[at..begin];
        let length = text[begin..].find(|c| !is_word(c) && c != '-');
        let word =
            text[begin..length.map_or(text.len(), |length| begin + length)].trim_end_matches('-');
        at = begin + word.len();
        Some(Word {
            text: word.to_lowercase(),
            range: start + begin..start + at,
            follows: between.chars().all(char::is_whitespace),
        })
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns `true` if the words at `range` can be put into a link: neither part of a longer word, nor next to emphasis
/// that a tag might turn into something else. Whether `*` opens or closes depends on the characters on both of its sides:
/// next to a tag, it is the same as next to a letter only if the other one is space.
pub(super) fn stands_alone(markdown: &str, range: &Range<usize>) -> bool {
    let before = markdown[..range.start].chars().rev();
    let after = markdown[range.end..].chars();
    can_be_next_to_a_tag(before) && can_be_next_to_a_tag(after)
}

/// Looks at the characters on one side of words, the nearest first.
fn can_be_next_to_a_tag(mut outwards: impl Iterator<Item = char>) -> bool {
    match outwards.next() {
        Some(delimiter @ ('*' | '~' | '_')) => outwards
            .find(|c| *c != delimiter)
            .is_none_or(char::is_whitespace),
        Some(c) => !is_word(c) && !matches!(c, '-' | '\\' | '&'),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(String, bool)> {
        words(text, 0)
            .map(|word| (word.text, word.follows))
            .collect()
    }

    #[test]
    fn words_keep_their_hyphens_and_know_what_is_between_them() {
        let word = |text: &str, follows| (text.to_owned(), follows);
        assert_eq!(
            texts("Self-attention reads- all\n  keys, too"),
            [
                word("self-attention", true),
                word("reads", true),
                word("all", false),
                word("keys", true),
                word("too", false)
            ]
        );
    }

    #[test]
    fn words_next_to_others_or_to_broken_emphasis_do_not_stand_alone() {
        let alone = |text: &str| {
            let start = text.find("key").expect("a key");
            stands_alone(text, &(start..start + 3))
        };
        assert!(alone("a key.") && alone("(key)") && alone("key") && alone("a **key**"));
        assert!(!alone("a-key") && !alone("key_1") && !alone("a*key*") && !alone("*key*s"));
        // Next to a tag, the second ~ would end what the first begins.
        assert!(!alone("~)~key") && !alone("key~(~") && !alone("*~key"));
    }
}
