//! A text classifier from texts to an evaluation. The model is computed by libtorch's kernels in `f64`, its gradients by
//! autograd, and its training by libtorch's own AdamW and clipping.
//!
//! [`model`] has the classifier, in which a mistake can take a step differently, and [`experiment`] the whole of it on the
//! [reviews].

pub mod experiment;
pub mod model;
pub mod reviews;

mod classify;
mod dropout;
mod encode;
mod evaluate;
mod gradients;
mod pool;
mod vocabulary;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;
use crate::word_piece;

/// The right numbers are those of `f64`. A correct `f32` program adds a few roundings.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The axes of an output that is one number.
const ONE_NUMBER: [&str; 0] = [];

/// The id that pads a text.
const PADDING: i64 = 0;
/// The id of a word that is not in the vocabulary.
const UNKNOWN: i64 = 1;
/// The first entries of every vocabulary.
const SPECIAL: [&str; 2] = ["[PAD]", "[UNK]"];

/// The exercise `text-classification`.
pub fn exercise() -> Exercise {
    Exercise::new("text-classification", TOLERANCE)
        .task(vocabulary::task())
        .task(encode::task())
        .task(pool::forward())
        .task(pool::backward())
        .task(dropout::task())
        .task(classify::task())
        .task(gradients::task())
        .task(evaluate::task())
        .task(experiment::task())
}

/// The words of a text, by the library `tokenizers`.
fn words(text: &str) -> Vec<String> {
    word_piece::words(&word_piece::normalized(text, false))
}

/// Words with the capitals and the accents of the text.
fn cased_words(text: &str) -> Vec<String> {
    word_piece::words(&word_piece::normalized(text, true))
}

/// The pieces of a text between its spaces.
fn words_between_spaces(text: &str) -> Vec<String> {
    let text = word_piece::normalized(text, false);
    text.split_whitespace().map(str::to_owned).collect()
}

/// The words of a text without those that are a punctuation character.
fn words_without_punctuation(text: &str) -> Vec<String> {
    let mut words = words(text);
    words.retain(|word| word.chars().any(char::is_alphanumeric));
    words
}
