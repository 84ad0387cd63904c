//! Errors in quizzes, in words for the author.

use std::path::PathBuf;

use thiserror::Error;

/// A quiz that could not be loaded.
#[derive(Debug, Error)]
pub enum QuizError {
    /// The file or the folder cannot be read.
    #[error("{}: cannot read it: {error}\n  fix: quizzes are TOML files in book/quizzes", path.display())]
    Read {
        /// File or folder that should be read.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// The file can be read, but is no quiz.
    #[error("{}:{line}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The problem on this line.
        problem: Problem,
    },
}

/// A problem in a quiz; its text says how to fix it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Problem {
    /// The file is not text.
    #[error("this is not UTF-8\n  fix: save the file as UTF-8")]
    NotUtf8,
    /// Broken TOML, an unknown key, or a value of the wrong type.
    #[error("{0}\n  fix: compare it with src/quiz/example.toml")]
    Toml(String),
    /// A required key is missing.
    #[error("this {table} has no `{key}`\n  fix: add `{key} = {example}`")]
    Missing {
        /// The table: "quiz", "question" or "choice".
        table: &'static str,
        /// The key.
        key: &'static str,
        /// A value that it could have, as TOML.
        example: &'static str,
    },
    /// A text is empty.
    #[error("`{0}` is empty\n  fix: write it, or delete what it belongs to")]
    Empty(&'static str),
    /// A key belongs to a different kind of question.
    #[error(
        "`{key}` does not belong to a question of kind \"{kind}\"\n  fix: delete it, or change the kind"
    )]
    Misplaced {
        /// The key.
        key: &'static str,
        /// The question's kind.
        kind: &'static str,
    },
    /// An id has characters that are not allowed.
    #[error(
        "the id {0:?} cannot be used in links\n  fix: use only a–z, 0–9 and -, such as \"why-scale\""
    )]
    BadId(String),
    /// Two questions have the same id.
    #[error(
        "the id \"{id}\" is taken by the question at {first}\n  \
         fix: choose another; ids are unique among all quizzes, because progress is kept under them"
    )]
    DuplicateId {
        /// The id.
        id: String,
        /// File and line of the first question with this id.
        first: String,
    },
    /// A question has fewer than two choices.
    #[error(
        "a choice needs an alternative: this question has {0}\n  fix: add another [[question.choice]]"
    )]
    TooFewChoices(usize),
    /// Two choices have the same text.
    #[error(
        "the choice {text:?} is there twice, first at line {first}\n  fix: change or delete one"
    )]
    EqualChoices {
        /// The text of both.
        text: String,
        /// The line of the first.
        first: usize,
    },
    /// No choice is right.
    #[error("no choice of this question is right\n  fix: add `right = true` to the one that is")]
    NoRightChoice,
    /// A question of kind "single" has several right choices.
    #[error(
        "{0} choices are right, but a question of kind \"single\" has one right answer\n  \
         fix: keep one `right = true`, or make it kind = \"multiple\""
    )]
    SeveralRightChoices(usize),
    /// A number is infinite, NaN or too small.
    #[error("`{key}` cannot be {value}\n  fix: give a number such as {example}")]
    BadNumber {
        /// The key.
        key: &'static str,
        /// Its value.
        value: f64,
        /// A value that it could have.
        example: &'static str,
    },
    /// The quiz has no questions.
    #[error("this quiz has no question\n  fix: add a [[question]]")]
    NoQuestion,
}
