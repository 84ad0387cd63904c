//! Answers, and the comparison of an answer with the right one.

use crate::{Kind, Question};

/// An answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The indices of the chosen choices in [`Question::choices`], in any order.
    Choices(Vec<usize>),
    /// The number given.
    Number(f64),
}

impl Question {
    /// Returns `true` if an answer is right as a whole: it has every right choice and no wrong one.
    ///
    /// An answer of a different kind than the question's is wrong, and so is an index without a choice.
    pub fn accepts(&self, answer: &Answer) -> bool {
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
