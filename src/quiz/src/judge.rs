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

impl Question {
    /// Whether an answer is right as a whole: every right choice chosen, and no other.
    ///
    /// An answer of another kind than the question's is wrong, and so is a position at which there is no choice.
    pub fn is_answered_by(&self, answer: &Answer) -> bool {
        match (&self.kind, answer) {
            (
                Kind::Number {
                    answer, tolerance, ..
                },
                Answer::Number(given),
            ) => (given - answer).abs() <= *tolerance,
            (Kind::Single(choices) | Kind::Multiple(choices), Answer::Choices(chosen)) => {
                chosen.iter().all(|&index| index < choices.len())
                    && choices
                        .iter()
                        .enumerate()
                        .all(|(i, choice)| choice.right == chosen.contains(&i))
            }
            _ => false,
        }
    }
}
