//! Errors in the book, in words for its author.

use std::io;
use std::path::PathBuf;

use attentive_course::files::FileError;
use attentive_course::{CourseError, Location};
use attentive_quiz::QuizError;
use thiserror::Error;

use crate::suggest::{nearest, suggest_or};

/// A book that could not be built. The book built before it is still there.
#[derive(Debug, Error)]
pub enum BookError {
    /// A folder without a book.
    #[error("{}: there is no book.toml in this folder\n  fix: name the folder of the book with --book", .0.display())]
    NoBook(PathBuf),
    /// A destination that is no built book.
    #[error(
        "{}: this is not a built book, so it is not replaced\n  fix: delete it, or choose another --dest",
        .0.display()
    )]
    ForeignDest(PathBuf),
    /// A broken quiz.
    #[error(transparent)]
    Quiz(#[from] QuizError),
    /// A formula that KaTeX does not accept.
    #[error(
        "{at}: cannot typeset ${tex}$: {reason}\n  fix: correct the formula; write \\$ where you mean a dollar"
    )]
    Math {
        /// Line on which the formula begins.
        at: Location,
        /// The formula, in TeX.
        tex: String,
        /// KaTeX's message.
        reason: String,
    },
    /// A dollar that begins no formula.
    #[error(
        "{at}: this $ begins no formula\n  \
         fix: close the formula with another $ and its braces with }}; write \\$ where you mean a dollar"
    )]
    StrayDollar {
        /// Line of the dollar, or of the beginning of the text that contains it.
        at: Location,
    },
    /// A quiz, question, figure, diagram, explorer, count, page of mistakes or mistake that does not exist.
    #[error(
        "{at}: there is no {kind} \"{name}\"\n  fix: {}",
        use_one_of(name, known)
    )]
    Unknown {
        /// Line of the directive.
        at: Location,
        /// Kind of what is missing, such as "quiz" or "figure".
        kind: &'static str,
        /// The unknown name.
        name: String,
        /// All known names.
        known: Vec<String>,
    },
    /// A question on a page without the quiz that counts it.
    #[error(
        "{at}: the question \"{id}\" belongs to the quiz \"{quiz}\", which is not on this page\n  \
         fix: end the page with {{{{#quiz {quiz}}}}}, or ask a question of the page's own quiz"
    )]
    QuestionElsewhere {
        /// Line of the directive.
        at: Location,
        /// Id of the question.
        id: String,
        /// Name of its quiz.
        quiz: String,
    },
    /// A quiz, figure, diagram, explorer or anchor that is on the page already.
    #[error(
        "{at}: {text} is on this page already\n  fix: keep one; their places in the page have names, which are unique"
    )]
    Twice {
        /// Line of the second one.
        at: Location,
        /// The directive or the anchor.
        text: String,
    },
    /// A term of the glossary that cannot be linked.
    #[error("{at}: {problem}\n  fix: {fix}")]
    Glossary {
        /// Line of the problem.
        at: Location,
        /// The problem.
        problem: String,
        /// The remedy.
        fix: String,
    },
    /// A list of habits of language, or a file that is compared with it, that cannot be parsed.
    #[error(
        "{at}: {reason}\n  fix: correct the TOML; a [[habit]] has `words`, `instead` and `why`"
    )]
    Language {
        /// Line of the problem.
        at: Location,
        /// The parser's message.
        reason: String,
    },
    /// HTML where only Markdown is allowed.
    #[error(
        "{at}: {html} is HTML, which is not read here\n  fix: say it in Markdown, or put it into `code` to show it"
    )]
    Html {
        /// Line on which the text with the HTML begins.
        at: Location,
        /// The first tag.
        html: String,
    },
    /// A quiz, figure, diagram or explorer within a line of text.
    #[error(
        "{at}: a quiz, figure, diagram or explorer is within a line of text: {text:?}\n  \
         fix: put it into a paragraph of its own, or into `code` to show it"
    )]
    NotAlone {
        /// Line of the directive.
        at: Location,
        /// The text around it.
        text: String,
    },
    /// A directive of an unknown kind.
    #[error(
        "{at}: unknown directive {text:?}\n  fix: write {{{{#quiz NAME}}}}, {{{{#question ID}}}}, \
         {{{{#figure NAME}}}}, {{{{#diagram NAME}}}}, {{{{#explorer NAME}}}}, {{{{#thread STAGE}}}}, \
         {{{{#mistakes-of PAGE: ID}}}}, {{{{#count NAME}}}} or {{{{#include FILE}}}}, or put it into `code` to show it"
    )]
    UnknownDirective {
        /// Line of the directive.
        at: Location,
        /// The directive.
        text: String,
    },
    /// An include of a file, or of a part of it, that does not exist.
    #[error("{at}: cannot include {what}: {reason}\n  fix: {fix}")]
    Include {
        /// Line of the directive.
        at: Location,
        /// The directive's argument: a path, often with lines or an anchor.
        what: String,
        /// The missing thing.
        reason: String,
        /// The remedy.
        fix: String,
    },
    /// A file that is not text.
    #[error("{at}: this is not UTF-8\n  fix: save the file as UTF-8")]
    NotUtf8 {
        /// First line that is not UTF-8.
        at: Location,
    },
    /// A `SUMMARY.md` that names no lesson.
    #[error(
        "{at}: this names no lesson\n  fix: write [Title](lesson.md), on a line of its own, for each"
    )]
    NoLesson {
        /// First line of `SUMMARY.md`.
        at: Location,
    },
    /// A chapter of `SUMMARY.md` without a file.
    #[error("{at}: there is no {}\n  fix: write it, or correct the path", path.display())]
    NoChapter {
        /// Line that refers to it.
        at: Location,
        /// The file that is missing.
        path: PathBuf,
    },
    /// A lesson refers to an exercise that the course does not have.
    #[error("{at}: the course has no exercise \"{name}\"\n  fix: use one of these: {}", known.join(", "))]
    UnknownExercise {
        /// Line that refers to it.
        at: Location,
        /// The unknown name.
        name: String,
        /// All known names.
        known: Vec<String>,
    },
    /// An `exercise.toml` that cannot be parsed.
    #[error(
        "{at}: {reason}\n  fix: give it a chapter, and each of its mistakes an id and an anchor"
    )]
    InvalidExercise {
        /// Line of the problem.
        at: Location,
        /// The parser's message.
        reason: String,
    },
    /// A folder of exercises that cannot be read.
    #[error("{0}\n  fix: see that the course around the book can be read")]
    Course(CourseError),
    /// There is no browser that could print the book.
    #[error(
        "there is no Chromium, which prints the book as PDF\n  fix: install chromium, or Chrome, or name its program in the \
         environment variable CHROMIUM"
    )]
    NoBrowser,
    /// The browser printed nothing.
    #[error(
        "Chromium has printed nothing ({status}): {message}\n  fix: correct what it names, or name another browser in the \
         environment variable CHROMIUM"
    )]
    Print {
        /// Status with which it ended.
        status: std::process::ExitStatus,
        /// Its messages.
        message: String,
    },
    /// The book cannot be served at this port.
    #[error("port {port} cannot be had: {error}\n  fix: {}", port_remedy(error))]
    Port {
        /// The port asked for.
        port: u16,
        /// The system's error.
        error: std::io::Error,
    },
    /// A figure that does not exist.
    #[error("there is no figure \"{name}\"\n  fix: use one of these: {}", known.join(", "))]
    UnknownFigure {
        /// The unknown name.
        name: String,
        /// All known names.
        known: Vec<String>,
    },
    /// An export to a file that ends neither in `.svg` nor in `.png`.
    #[error("{}: a figure is written as SVG or PNG\n  fix: let the file's name end in .svg or .png", .0.display())]
    FigureFile(PathBuf),
    /// A figure that cannot be drawn as PNG.
    #[error(
        "the figure cannot be drawn as PNG: {0}\n  fix: install a font such as DejaVu Sans, or write .svg"
    )]
    Png(String),
    /// A golden pack that cannot be read.
    #[error(
        "{0}\n  fix: record it again with the reference crate, or take it from version control"
    )]
    Pack(attentive_grader::PackError),
    /// An error or a warning of mdBook.
    #[error("mdBook: {0}\n  fix: correct what it names; warnings count as errors here")]
    Mdbook(String),
    /// A message that mdBook's protocol does not allow, or a closed standard output.
    #[error(
        "mdBook's protocol: {0}\n  fix: let mdBook 0.5 call this, with \"mdbook build\"; to build without it, use \"build\""
    )]
    Protocol(String),
    /// A file that cannot be read or written.
    #[error("{}: {error}\n  fix: see that it is there, and can be read and written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
}

fn use_one_of(name: &str, known: &[String]) -> String {
    if known.is_empty() {
        return "remove it: this book has none".to_owned();
    }
    let all = format!("use one of these: {}", known.join(", "));
    suggest_or(nearest(name, known.iter()), &all)
}

impl From<FileError> for BookError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Io { path, error, .. } => Self::Io { path, error },
            FileError::NotUtf8(at) => Self::NotUtf8 { at },
        }
    }
}

impl BookError {
    /// Converts an error that came through mdBook: one of this crate stays as it was.
    pub(crate) fn from_mdbook(error: mdbook_preprocessor::errors::Error) -> Self {
        error
            .downcast()
            .unwrap_or_else(|error| Self::Mdbook(format!("{error:#}")))
    }
}

/// Returns the remedy for a port that cannot be used.
fn port_remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "choose another with --port, or any that is free with --port 0",
        _ => "choose another with --port; those below 1024 are for the system",
    }
}
