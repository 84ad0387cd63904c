//! The tokens of the model that writes strings backwards.

/// The token that fills up a batch.
pub(crate) const PADDING: i64 = 0;
/// The token that a target begins with.
pub(crate) const START: i64 = 1;
/// The token that sources and targets end with.
pub(crate) const END: i64 = 2;
/// The token of the letter a.
const FIRST_LETTER: i64 = 3;
/// The number of tokens: padding, start, end and the letters from a to z.
pub(crate) const SIZE: i64 = FIRST_LETTER + 26;

/// The sign of each token by its number.
pub(crate) fn vocabulary() -> Vec<String> {
    let signs = ['·', '<', '>'].into_iter().chain('a'..='z');
    signs.map(String::from).collect()
}

/// The tokens of a word of small letters.
pub(crate) fn tokens(word: &str) -> Vec<i64> {
    word.bytes()
        .map(|letter| FIRST_LETTER + i64::from(letter - b'a'))
        .collect()
}

/// The tokens that the encoder reads: a word and the end.
pub(crate) fn source(word: &str) -> Vec<i64> {
    [&tokens(word)[..], &[END]].concat()
}

/// The tokens that the decoder is to write: the start, the word backwards, and the end.
pub(crate) fn target(word: &str) -> Vec<i64> {
    let mut backwards = tokens(word);
    backwards.reverse();
    [&[START], &backwards[..], &[END]].concat()
}
