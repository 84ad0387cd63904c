//! Judging an answer.

use crate::{Kind, Question};

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The chosen choices, as positions in [`Question::choices`], in any order.
    Choices(Vec<usize>),
    /// The number given.
    Number(f64),
}

/// Whether an answer is right, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement<'a> {
    /// Whether the whole answer is right: every right choice chosen, and no other.
    pub right: bool,
    /// In Markdown: the reason of each chosen choice, in the order of the question; for a number its one reason.
    pub reasons: Vec<&'a str>,
}

impl Question {
    /// Judges an answer.
    ///
    /// An answer of another kind than the question's is wrong, for no reason that the quiz could give; so is a
    /// position at which there is no choice.
    pub fn judge(&self, answer: &Answer) -> Judgement<'_> {
        match (&self.kind, answer) {
            (Kind::Number { answer, tolerance, why }, Answer::Number(given)) => {
                Judgement { right: (given - answer).abs() <= *tolerance, reasons: vec![why] }
            }
            (Kind::Single(choices) | Kind::Multiple(choices), Answer::Choices(chosen)) => Judgement {
                right: chosen.iter().all(|&index| index < choices.len())
                    && choices.iter().enumerate().all(|(i, choice)| choice.right == chosen.contains(&i)),
                reasons: choices
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| chosen.contains(i))
                    .map(|(_, choice)| choice.why.as_str())
                    .collect(),
            },
            _ => Judgement { right: false, reasons: Vec::new() },
        }
    }
}
