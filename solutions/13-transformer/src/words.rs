//! Words as tokens, and what the trained model does with them. Everything in this file is given.

use ndarray::{Array3, Axis, aview1};
use thiserror::Error;

use crate::{END, START, decode, encode, greedy_decode, trained};

/// The token of the letter a; the other letters follow.
const FIRST_LETTER: usize = 3;

/// The longest word that the model has been trained on.
const LONGEST: usize = 12;

/// A word with something other than the letters from a to z.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("expected a word of the letters from a to z, found `{0}`")]
pub struct NotALetter(pub char);

/// The tokens of a source: those of the word's letters, and [`END`].
///
/// # Errors
/// When it has something other than the letters from a to z.
pub fn tokens(word: &str) -> Result<Vec<usize>, NotALetter> {
    let letter = |letter: char| match letter {
        'a'..='z' => Ok(FIRST_LETTER + (letter as usize - 'a' as usize)),
        other => Err(NotALetter(other)),
    };
    word.chars().map(letter).chain([Ok(END)]).collect()
}

/// Tokens as text: letters as themselves, the start as `<`, the end as `>`, and anything else as `·`.
pub fn word(tokens: &[usize]) -> String {
    let text = |&token: &usize| match token {
        START => '<',
        END => '>',
        _ => token
            .checked_sub(FIRST_LETTER)
            .and_then(|letter| ('a'..='z').nth(letter))
            .unwrap_or('·'),
    };
    tokens.iter().map(text).collect()
}

/// Lets the trained model write a word backwards. Words of up to 12 letters come out right.
///
/// ```text
/// assert_eq!(reverse("attention")?, "noitnetta");
/// ```
///
/// # Errors
/// When the word has something other than the letters from a to z.
pub fn reverse(word: &str) -> Result<String, NotALetter> {
    let (source, weights) = (tokens(word)?, trained());
    let model = weights
        .model()
        .unwrap_or_else(|error| panic!("model.safetensors: {error}"));
    Ok(crate::word(&greedy_decode(&source, LONGEST + 1, &model)))
}

/// Cross-attention of the decoder while it wrote a word backwards.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The start, then the letters: what it had written last. One for each row of the weights.
    pub given: Vec<String>,
    /// The letters, then the end: what it wrote next. One for each row of the weights.
    pub written: Vec<String>,
    /// The word's letters and the end, which it read. One for each column of the weights.
    pub read: Vec<String>,
    /// The weights of cross-attention in each block: (heads, target, source).
    pub weights: Vec<Array3<f32>>,
}

/// Lets the trained model write a word backwards, and returns its cross-attention.
///
/// # Errors
/// When the word has something other than the letters from a to z.
pub fn reading(word: &str) -> Result<Reading, NotALetter> {
    let (source, weights) = (tokens(word)?, trained());
    let model = weights
        .model()
        .unwrap_or_else(|error| panic!("model.safetensors: {error}"));
    let written = greedy_decode(&source, LONGEST + 1, &model);
    let given = [&[START], written.as_slice()].concat();
    let (batch, target) = (
        aview1(&source).insert_axis(Axis(0)),
        aview1(&given).insert_axis(Axis(0)),
    );
    let memory = encode(batch, &model).pop().expect("at least the embedding");
    let decoded = decode(target, memory.view(), batch, &model);
    let labels = |tokens: &[usize]| tokens.iter().map(|&token| crate::word(&[token])).collect();
    Ok(Reading {
        written: labels(&[written.as_slice(), &[END]].concat()),
        given: labels(&given),
        read: labels(&source),
        weights: decoded
            .cross_weights
            .into_iter()
            .map(|weights| weights.index_axis_move(Axis(0), 0))
            .collect(),
    })
}
