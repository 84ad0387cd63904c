//! A quiz that has been checked: its questions can be answered.

use std::path::PathBuf;

/// The questions about one chapter.
#[derive(Debug, Clone, PartialEq)]
pub struct Quiz {
    /// The file's name without `.toml`, by which lessons and the command line refer to it.
    pub name: String,
    /// The file that it was read from.
    pub path: PathBuf,
    /// The heading above the questions.
    pub title: String,
    /// The questions in the order of the file, at least one.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The name under which progress is kept: unique among all quizzes, made of `a-z`, `0-9` and `-`.
    pub id: String,
    /// The question's text, in Markdown.
    pub prompt: String,
    /// The kind of answer, with the right one.
    pub kind: Kind,
    /// The line of the file at which the question begins, from 1.
    pub line: usize,
}

/// The kind of answer that a question takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// One choice, the only right one.
    Single(Vec<Choice>),
    /// All the right choices, at least one.
    Multiple(Vec<Choice>),
    /// A number.
    Number {
        /// The right number.
        answer: f64,
        /// Largest accepted distance from the right number.
        tolerance: f64,
        /// The reason, in Markdown.
        why: String,
    },
}

/// One of the answers offered. No two of a question have the same text.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The choice's text, in Markdown.
    pub text: String,
    /// `true` if the choice is right.
    pub right: bool,
    /// The reason why it is right or wrong, in Markdown.
    pub why: String,
    /// The line of the file at which the choice begins, from 1.
    pub line: usize,
}

impl Question {
    /// Returns the choices; a number has none.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Single(choices) | Kind::Multiple(choices) => choices,
            Kind::Number { .. } => &[],
        }
    }
}
