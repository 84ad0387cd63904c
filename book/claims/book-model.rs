//! Claims of `book-model.md`, computed from the files of the models that ship.

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

/// A file of a model.
fn shipped(model: &str, file: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/shipped");
    let text = fs::read(folder.join(model).join(file)).expect("it ships");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// A whole number of a file.
fn number(file: &Value, name: &str) -> usize {
    let number = file[name].as_u64().expect("a whole number");
    number.try_into().expect("it fits")
}

/// A number of a model's record.
pub(crate) fn recorded(model: &str, name: &str) -> f64 {
    shipped(model, "training.json")[name]
        .as_f64()
        .expect("a number")
}

#[test]
fn the_sizes_follow_from_the_configurations() {
    let config = shipped("book-gpt", "config.json");
    let record = shipped("book-gpt", "training.json");
    let (width, blocks) = (number(&config, "n_embd"), number(&config, "n_layer"));
    let vocabulary = number(&config, "vocab_size");
    let positions = number(&config, "n_positions");
    // The output layer is the embedding once more.
    let embeddings = (vocabulary + positions) * width;
    let parameters = embeddings + blocks * block(width, 4 * width) + 2 * width;
    assert_eq!(number(&record, "parameters"), parameters);
    let bert = shipped("book-bert", "config.json");
    let lesson = Lesson::read("book-model");
    for (blocks, width, vocabulary) in [
        (blocks, width, vocabulary),
        (
            number(&bert, "num_hidden_layers"),
            number(&bert, "hidden_size"),
            number(&bert, "vocab_size"),
        ),
    ] {
        lesson.says(format!(
            "{blocks} blocks, a width of {width}, and a vocabulary of {} tokens",
            commas(vocabulary)
        ));
    }
    lesson.says(format!(
        "{} parameters, and the book has {} tokens",
        commas(parameters),
        commas(number(&record, "tokens"))
    ));
    lesson.says(format!(
        "`book-gpt` reads {positions} tokens, about a paragraph, and `book-bert` {}",
        number(&bert, "max_position_embeddings")
    ));
}

#[test]
fn the_losses_are_those_of_the_records() {
    let lesson = Lesson::read("book-model");
    let says = |text: &str, loss: f64| {
        let perplexity = loss.exp().round() as usize;
        lesson.says(format!("| {text} | {loss:.2} | {} |", commas(perplexity)));
        perplexity
    };
    let learned = says("learned from", recorded("book-gpt", "train_loss"));
    let held_out = says("held out", recorded("book-gpt", "held_out_loss"));
    says(
        "held out, by frequencies alone",
        recorded("book-gpt", "frequency_loss"),
    );
    let vocabulary = number(&shipped("book-gpt", "config.json"), "vocab_size");
    says(
        "any text, for a model that guesses",
        (vocabulary as f64).ln(),
    );
    lesson.says(format!("choose among {held_out} tokens"));
    lesson.says(format!("chooses among {learned}"));
    lesson.says(format!(
        "it is {:.2}, and by frequencies alone it would be {:.2}",
        recorded("book-bert", "held_out_loss"),
        recorded("book-bert", "frequency_loss")
    ));
}
