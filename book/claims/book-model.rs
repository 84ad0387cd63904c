//! Claims of `book-model.md`, computed from the files of the model that ships.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::lesson::{Lesson, commas};
use crate::lessons::three_families::block;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[],
    checks: &[],
    slips: &[],
};

/// A file of `book-gpt`.
fn shipped(file: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/shipped/book-gpt");
    let text = fs::read(folder.join(file)).expect("it ships");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// A whole number of one.
fn number(file: &Value, name: &str) -> usize {
    let number = file[name].as_u64().expect("a whole number");
    number.try_into().expect("it fits")
}

#[test]
fn the_size_follows_from_the_configuration() {
    let (config, record) = (shipped("config.json"), shipped("training.json"));
    let (width, blocks) = (number(&config, "n_embd"), number(&config, "n_layer"));
    let vocabulary = number(&config, "vocab_size");
    let positions = number(&config, "n_positions");
    // The output layer is the embedding once more.
    let parameters =
        (vocabulary + positions) * width + blocks * block(width, 4 * width) + 2 * width;
    assert_eq!(number(&record, "parameters"), parameters);
    let lesson = Lesson::read("book-model");
    lesson.says(format!(
        "{blocks} blocks, a width of {width}, and a vocabulary of {} tokens",
        commas(vocabulary)
    ));
    lesson.says(format!(
        "{} parameters, and the book has {} tokens",
        commas(parameters),
        commas(number(&record, "tokens"))
    ));
    lesson.says(format!("It reads {positions} tokens"));
}

#[test]
fn the_losses_are_those_of_the_record() {
    let (config, record) = (shipped("config.json"), shipped("training.json"));
    let lesson = Lesson::read("book-model");
    let says = |text: &str, loss: f64| {
        let perplexity = loss.exp().round() as usize;
        lesson.says(format!("| {text} | {loss:.2} | {} |", commas(perplexity)));
        perplexity
    };
    let loss = |name: &str| record[name].as_f64().expect("a number");
    let learned = says("learned from", loss("train_loss"));
    let held_out = says("held out", loss("held_out_loss"));
    let vocabulary = number(&config, "vocab_size") as f64;
    says("any text, for a model that guesses", vocabulary.ln());
    lesson.says(format!("choose among {held_out} tokens"));
    lesson.says(format!("chooses among {learned}"));
}
