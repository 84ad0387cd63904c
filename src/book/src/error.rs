//! What can be wrong with the book, in words for its author.

use std::fmt;
use std::path::PathBuf;

use attentive_quiz::QuizError;
use thiserror::Error;

/// A line of a file of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
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
    /// A quiz or figure that is not there.
    #[error("{place}: there is no {kind} \"{name}\"\n  fix: use one of these: {}", known.join(", "))]
    Unknown {
        /// Where it is asked for.
        place: Place,
        /// "quiz" or "figure".
        kind: &'static str,
        /// Its name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A quiz or figure within a line of text.
    #[error(
        "{place}: a quiz or figure cannot stand within a text: {text:?}\n  \
         fix: put it into a paragraph of its own, or into `code` to show it"
    )]
    NotAlone {
        /// Where it is.
        place: Place,
        /// The text around it.
        text: String,
    },
    /// mdBook refuses the book, or warns of something in it.
    #[error("mdBook: {0}\n  fix: correct what it names; warnings count as errors here")]
    Mdbook(String),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
