//! What can be wrong with the book, in words for its author.

use std::fmt;
use std::path::{Path, PathBuf};

use attentive_quiz::QuizError;
use thiserror::Error;

use crate::serve::advice;

/// A line of a file of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl Place {
    /// The line of `file`, whose text this is, that has the byte `at`.
    pub(crate) fn at(file: &Path, text: &str, at: usize) -> Self {
        let before = &text.as_bytes()[..at.min(text.len())];
        Self {
            file: file.to_owned(),
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Why the book could not be built. Whatever it is, the book built before is still there.
#[derive(Debug, Error)]
pub enum BookError {
    /// The folder holds no book.
    #[error("{}: there is no book.toml in this folder\n  fix: name the folder of the book with --book", .0.display())]
    NoBook(PathBuf),
    /// Something else is where the built book should go.
    #[error(
        "{}: this is not a built book, so it is not replaced\n  fix: delete it, or choose another --dest",
        .0.display()
    )]
    ForeignDest(PathBuf),
    /// A quiz makes no sense.
    #[error(transparent)]
    Quiz(#[from] QuizError),
    /// A formula that KaTeX does not accept.
    #[error(
        "{place}: cannot typeset ${tex}$: {reason}\n  fix: correct the formula; write \\$ where you mean a dollar"
    )]
    Math {
        /// Where it begins.
        place: Place,
        /// The formula, in TeX.
        tex: String,
        /// What KaTeX says.
        reason: String,
    },
    /// A dollar that begins no formula.
    #[error(
        "{place}: this $ begins no formula\n  \
         fix: close the formula with another $ and its braces with }}; write \\$ where you mean a dollar"
    )]
    StrayDollar {
        /// The line of it, or where the text that contains it begins.
        place: Place,
    },
    /// A quiz, figure or explorer that is not there.
    #[error("{place}: there is no {kind} \"{name}\"\n  fix: use one of these: {}", known.join(", "))]
    Unknown {
        /// Where it is asked for.
        place: Place,
        /// "quiz", "figure" or "explorer".
        kind: &'static str,
        /// Its name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A quiz, figure or explorer that is on the page already.
    #[error(
        "{place}: {text} is on this page already\n  fix: keep one; their places in the page have names, which are unique"
    )]
    Twice {
        /// Where it is asked for again.
        place: Place,
        /// The directive.
        text: String,
    },
    /// HTML where only Markdown is read.
    #[error(
        "{place}: {html} is HTML, which is not read here\n  fix: say it in Markdown, or put it into `code` to show it"
    )]
    Html {
        /// Where the text begins that has it.
        place: Place,
        /// The first tag.
        html: String,
    },
    /// A quiz, figure or explorer within a line of text.
    #[error(
        "{place}: a quiz, figure or explorer cannot stand within a text: {text:?}\n  \
         fix: put it into a paragraph of its own, or into `code` to show it"
    )]
    NotAlone {
        /// Where it is.
        place: Place,
        /// The text around it.
        text: String,
    },
    /// Something in the form of a directive that is none.
    #[error(
        "{place}: nobody understands {text:?}\n  fix: write {{{{#quiz NAME}}}}, {{{{#figure NAME}}}}, \
         {{{{#explorer NAME}}}} or {{{{#include FILE}}}}, or put it into `code` to show it"
    )]
    UnknownDirective {
        /// Where it is.
        place: Place,
        /// What stands there.
        text: String,
    },
    /// A file or a part of it that is to be shown, and is not there.
    #[error("{place}: cannot include {what}: {reason}\n  fix: {fix}")]
    Include {
        /// Where it is asked for.
        place: Place,
        /// What stands in the directive: a path, often with lines or an anchor.
        what: String,
        /// What is not there.
        reason: String,
        /// What to do.
        fix: String,
    },
    /// A file that is no text.
    #[error("{place}: this is not UTF-8\n  fix: save the file as UTF-8")]
    NotUtf8 {
        /// The first line that is not.
        place: Place,
    },
    /// A table of contents without contents.
    #[error(
        "{place}: this names no lesson\n  fix: write [Title](lesson.md), on a line of its own, for each"
    )]
    NoLesson {
        /// The table.
        place: Place,
    },
    /// A chapter of `SUMMARY.md` that nobody has written.
    #[error("{place}: there is no {}\n  fix: write it, or correct the path", path.display())]
    NoChapter {
        /// Where it is named.
        place: Place,
        /// The file that is missing.
        path: PathBuf,
    },
    /// A lesson sends its readers to an exercise that the course does not have.
    #[error("{place}: the course has no exercise \"{name}\"\n  fix: use one of these: {}", known.join(", "))]
    NoExercise {
        /// Where it is named.
        place: Place,
        /// Its name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// An `exercise.toml` that makes no sense.
    #[error(
        "{place}: {reason}\n  fix: give it a chapter, and each of its mistakes an id and an anchor"
    )]
    Exercise {
        /// Where.
        place: Place,
        /// What TOML says.
        reason: String,
    },
    /// The book cannot be shown at this port.
    #[error("port {port} cannot be had: {source}\n  fix: {}", advice(source))]
    Port {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// A figure that nobody computes.
    #[error("there is no figure \"{name}\"\n  fix: use one of these: {}", known.join(", "))]
    UnknownFigure {
        /// Its name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A file whose name does not say what should be in it.
    #[error("{}: a figure is written as SVG or PNG\n  fix: let the file's name end in .svg or .png", .0.display())]
    FigureFile(PathBuf),
    /// A picture that cannot be made of pixels.
    #[error(
        "the figure cannot be drawn as PNG: {0}\n  fix: install a font such as DejaVu Sans, or write .svg"
    )]
    Png(String),
    /// A golden pack that cannot be read.
    #[error(
        "{0}\n  fix: record it again with the reference crate, or take it from version control"
    )]
    Pack(attentive_grader::PackError),
    /// mdBook refuses the book, or warns of something in it.
    #[error("mdBook: {0}\n  fix: correct what it names; warnings count as errors here")]
    Mdbook(String),
    /// Standard input is not what mdBook sends to its preprocessors, or standard output is closed.
    #[error(
        "mdBook's protocol: {0}\n  fix: let mdBook 0.5 call this, with \"mdbook build\"; to build without it, use \"build\""
    )]
    Protocol(String),
    /// A file cannot be read or written.
    #[error("{}: {source}\n  fix: see that it is there, and can be read and written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl BookError {
    /// What mdBook passes on: an error of ours as it was, or one of its own.
    pub(crate) fn from_mdbook(error: mdbook_preprocessor::errors::Error) -> Self {
        error
            .downcast()
            .unwrap_or_else(|error| Self::Mdbook(format!("{error:#}")))
    }
}
