//! The inputs of the four tasks, written and read.

use crate::inputs::Inputs;

/// The entries of the cases of `word_piece`. The special ones are not where BERT has them: ids cannot be known by heart.
const PIECES: &[&str] = &[
    "the",
    "[SEP]",
    "cat",
    "[UNK]",
    "[PAD]",
    "[CLS]",
    "un",
    "##do",
    "##dodo",
    "##able",
    "##s",
    "##a",
    "a",
    "cats",
    "##sat",
    "trans",
    "##former",
    "transform",
    "##er",
    "t",
    ".",
    "sø",
    "##ren",
    "##ø",
    "s",
];

/// The entries of the cases of `encode`.
const ENTRIES: &[&str] = &[
    "the", "[SEP]", "cat", "[UNK]", "sat", "[PAD]", "[CLS]", "who", "un", "##do", "##able", "##s",
    "trans", "##form", "##ed", "cafe", "Café", "The", ".", "?", ",", "[", "]", "sep", "東", "京",
    "100", "$",
];

pub(super) fn text(text: &str) -> Inputs {
    Inputs::default().with_text("text", text)
}

/// The inputs of `word_piece`.
pub(super) fn word(word: &str) -> Inputs {
    Inputs::default()
        .with_text("word", word)
        .with_texts("vocabulary", PIECES)
}

/// The inputs of `encode`.
pub(super) fn input(first: &str, longest: i64, padded: i64) -> Inputs {
    Inputs::default()
        .with_text("first", first)
        .with_texts("vocabulary", ENTRIES)
        .with("cased", 0_i64)
        .with("longest", longest)
        .with("padded", padded)
}

/// The inputs of `encode` with a pair of texts.
pub(super) fn pair(first: &str, second: &str, longest: i64, padded: i64) -> Inputs {
    input(first, longest, padded).with_text("second", second)
}

pub(super) fn is_cased(x: &Inputs) -> bool {
    x.size("cased") == 1
}

/// The id of an entry of the case's vocabulary.
pub(super) fn id(x: &Inputs, entry: &str) -> usize {
    let vocabulary = x.texts("vocabulary");
    let id = vocabulary.iter().position(|known| known == entry);
    id.unwrap_or_else(|| panic!("expected `{entry}` in the vocabulary"))
}
