//! # WordPiece
//!
//! BERT turns text into ids in four steps. You build all of them, and the ids that come out are those that BERT was
//! trained with:
//!
//! ```text
//! normalize    "Où est-il?"            → "ou est-il?"                    what does not matter is removed
//! split        "ou est-il?"            → ou, est, -, il, ?               words and punctuation
//! word_piece   "undo"                  → un, ##do                        entries of the vocabulary, longest first
//! encode       [CLS] first [SEP] second [SEP] [PAD] [PAD] …              ids, token types and mask
//! ```
//!
//! (Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", section 3
//! and figure 2; Wu et al. 2016, "Google's Neural Machine Translation System", section 4.1, for WordPiece.)
//!
//! | symbol      | type     | meaning                                                                          |
//! |-------------|----------|----------------------------------------------------------------------------------|
//! | entry       | `&str`   | a line of the vocabulary; with `##` in front, it continues a word                |
//! | id          | `usize`  | the number of an entry; `[UNK]` has the id `vocabulary.unknown`                  |
//! | token types | (length) | 0 to the end of the first text, with its `[SEP]`; 1 for the second; 0 for padding |
//! | mask        | (length) | `true` for tokens, also for special ones, and `false` for padding                |
//!
//! The vocabulary is given. So are the kinds of characters: [`decompose`], [`is_accent`], [`is_control`],
//! [`is_ideograph`] and [`is_punctuation`] ask Unicode's tables.

#[path = "../../../exercises/16-word-piece/src/characters.rs"]
mod characters;
#[path = "../../../exercises/16-word-piece/src/vocabulary.rs"]
mod vocabulary;

pub use characters::{decompose, is_accent, is_control, is_ideograph, is_punctuation};
pub use vocabulary::{Vocabulary, VocabularyError};

/// The most characters of a word that is cut into pieces. A longer word is unknown.
pub const LONGEST_WORD: usize = 100;

/// The two kinds of BERT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Casing {
    /// The model tells capitals and accents from other letters, as `bert-base-cased` does.
    Cased,
    /// It does not, as `bert-base-uncased`.
    Uncased,
}

// ANCHOR: normalize
/// Removes from a text what the model is not to see.
///
/// 1. The control characters `\t`, `\n` and `\r` become spaces. All others are removed, those that Rust counts as
///    whitespace too, and so is U+FFFD. Whitespace that is no control character becomes a space.
/// 2. Each ideograph gets a space before and a space after it.
/// 3. For an uncased model, accents are removed, and all letters become lower case.
pub fn normalize(text: &str, casing: Casing) -> String {
    // region: solution "spaces, no control characters, room around ideographs; if uncased, no accents and no capitals"
    let mut spaced = String::new();
    for c in text.chars() {
        match c {
            '\t' | '\n' | '\r' => spaced.push(' '),
            '\u{FFFD}' => {}
            _ if is_control(c) => {}
            _ if c.is_whitespace() => spaced.push(' '),
            _ if is_ideograph(c) => spaced.extend([' ', c, ' ']),
            _ => spaced.push(c),
        }
    }
    match casing {
        Casing::Cased => spaced,
        Casing::Uncased => decompose(&spaced)
            .chars()
            .filter(|&c| !is_accent(c))
            .flat_map(char::to_lowercase)
            .collect(),
    }
    // endregion
}
// ANCHOR_END: normalize

// ANCHOR: split
/// Splits a normalised text into words. Whitespace separates them, and each punctuation character is a word of its own.
///
/// Punctuation is what Unicode calls punctuation, and every ASCII character that is neither a letter, a digit nor a space:
/// `$` and `+`, too.
pub fn split(text: &str) -> Vec<String> {
    // region: solution "the words, and each punctuation character by itself"
    let mut spaced = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() || is_punctuation(c) {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    spaced.split_whitespace().map(str::to_owned).collect()
    // endregion
}
// ANCHOR_END: split

// ANCHOR: word_piece
/// Cuts a word into entries of the vocabulary and returns their ids.
///
/// The first piece is the longest entry that the word begins with. Each further piece is the longest entry that the rest
/// begins with, among those that are written with `##`. If no entry fits a rest, the whole word is one
/// `vocabulary.unknown`, and so is a word of more than [`LONGEST_WORD`] characters.
pub fn word_piece(word: &str, vocabulary: &Vocabulary) -> Vec<usize> {
    // region: solution "the ids of the longest entries, from the beginning of the word to its end"
    if word.chars().count() > LONGEST_WORD {
        return vec![vocabulary.unknown];
    }
    let (mut pieces, mut rest, mut mark) = (Vec::new(), word, "");
    while !rest.is_empty() {
        let longest_first = rest.char_indices().rev();
        let fitting = longest_first
            .map(|(start, c)| start + c.len_utf8())
            .find_map(|end| Some((vocabulary.id(&format!("{mark}{}", &rest[..end]))?, end)));
        let Some((id, end)) = fitting else {
            return vec![vocabulary.unknown];
        };
        pieces.push(id);
        rest = &rest[end..];
        mark = "##";
    }
    pieces
    // endregion
}
// ANCHOR_END: word_piece

/// The numbers of tokens that an input may have, special tokens included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// The most: texts are cut to fit. It is at least 3.
    pub longest: usize,
    /// The fewest: a shorter input is padded. It is at most `longest`, or 0 for no padding.
    pub padded: usize,
}

/// An input as BERT reads it: three lists of one length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// The ids of the tokens.
    pub ids: Vec<usize>,
    /// The text that each token belongs to: 0 or 1.
    pub token_types: Vec<usize>,
    /// `true` for tokens, `false` for padding.
    pub mask: Vec<bool>,
}

// ANCHOR: encode
/// Encodes one text, `[CLS] first [SEP]`, or a pair, `[CLS] first [SEP] second [SEP]`.
///
/// An input that would have more than `lengths.longest` tokens is cut: tokens go from the end of the longer text until
/// both are equally long, and then from both in turn. (When one more has to go from two equally long texts, libraries
/// differ, and either may lose it.) The special tokens stay. Padding comes after everything else, with type 0. If a
/// text contains `[SEP]` or another special entry, these are characters like any others.
pub fn encode(
    first: &str,
    second: Option<&str>,
    vocabulary: &Vocabulary,
    casing: Casing,
    lengths: Lengths,
) -> Encoding {
    // region: solution "the pieces of one text or two, cut to fit, between special tokens; then padding"
    let pieces = |text: &str| -> Vec<usize> {
        let words = split(&normalize(text, casing));
        words
            .iter()
            .flat_map(|word| word_piece(word, vocabulary))
            .collect()
    };
    let (mut a, mut b) = (pieces(first), pieces(second.unwrap_or("")));

    let special = if second.is_some() { 3 } else { 2 };
    let room = lengths.longest - special;
    let (longer, shorter) = if a.len() > b.len() {
        (&mut a, &mut b)
    } else {
        (&mut b, &mut a)
    };
    shorter.truncate(room / 2);
    longer.truncate(room - shorter.len());

    let mut ids = [&[vocabulary.class], &a[..], &[vocabulary.separator]].concat();
    let mut token_types = vec![0; ids.len()];
    if second.is_some() {
        ids.extend(b);
        ids.push(vocabulary.separator);
        token_types.resize(ids.len(), 1);
    }
    let mut mask = vec![true; ids.len()];

    let length = lengths.padded.max(ids.len());
    ids.resize(length, vocabulary.padding);
    token_types.resize(length, 0);
    mask.resize(length, false);
    Encoding {
        ids,
        token_types,
        mask,
    }
    // endregion
}
// ANCHOR_END: encode
