//! Numbers as people write them. The book's script is tested with the same table, in a browser.

use attentive_quiz::{Kind, Question};
use serde::Deserialize;

/// A text, the right answer to a question, and the number that the text stands for there.
#[derive(Deserialize)]
struct Reading {
    text: String,
    answer: f64,
    number: Option<f64>,
}

#[test]
fn a_number_is_read_as_people_write_it() {
    let table: Vec<Reading> = serde_json::from_str(include_str!("numbers.json")).expect("a table");
    assert!(table.len() > 30);
    for Reading {
        text,
        answer,
        number,
    } in table
    {
        let kind = Kind::Number {
            answer,
            tolerance: 1e-9,
            why: String::new(),
        };
        let question = Question {
            id: "number".to_owned(),
            prompt: String::new(),
            kind,
            line: 1,
        };
        assert_eq!(
            question.read_number(&text),
            number,
            "{text:?} where {answer} is right"
        );
    }
}

#[test]
fn a_choice_is_not_a_number() {
    let question = Question {
        id: "choice".to_owned(),
        prompt: String::new(),
        kind: Kind::Single(Vec::new()),
        line: 1,
    };
    assert_eq!(question.read_number("1"), None);
}
