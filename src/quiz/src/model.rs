//! What a quiz is, once it is known to make sense.

use std::path::{Path, PathBuf};

use crate::{QuizError, read};

/// The questions about one chapter.
#[derive(Debug, Clone, PartialEq)]
pub struct Quiz {
    /// The file's name without `.toml`: what lessons and the command line call it.
    pub name: String,
    /// The file that it was read from.
    pub path: PathBuf,
    /// The heading above the questions.
    pub title: String,
    /// At least one question, in the order of the file.
    pub questions: Vec<Question>,
}

impl Quiz {
    /// Reads the quiz in the file at `path`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not TOML, or is a quiz that could not be answered sensibly; see [`Problem`]
    /// for all of these.
    ///
    /// [`Problem`]: crate::Problem
    pub fn load(path: &Path) -> Result<Self, QuizError> {
        read::one_quiz(path)
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The name under which progress is kept: unique among all quizzes, made of `a-z`, `0-9` and `-`.
    pub id: String,
    /// What is asked, in Markdown.
    pub prompt: String,
    /// How it is answered.
    pub kind: Kind,
    /// The line of the file at which the question begins, from 1.
    pub line: usize,
}

/// How a question is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// By the one choice that is right.
    Single(Vec<Choice>),
    /// By all the choices that are right, of which there is at least one.
    Multiple(Vec<Choice>),
    /// By a number.
    Number {
        /// The number asked for.
        answer: f64,
        /// How far from it a given number may be, at most.
        tolerance: f64,
        /// Why it is this number, in Markdown.
        why: String,
    },
}

/// One of the answers offered. No two of a question have the same text.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What is offered, in Markdown.
    pub text: String,
    /// Whether it is a right answer.
    pub right: bool,
    /// Why it is right, or what is wrong with it, in Markdown.
    pub why: String,
    /// The line of the file at which the choice begins, from 1.
    pub line: usize,
}

impl Question {
    /// The choices offered; none for a number.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Single(choices) | Kind::Multiple(choices) => choices,
            Kind::Number { .. } => &[],
        }
    }
}
