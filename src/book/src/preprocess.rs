//! The part that is an mdBook preprocessor, within this program or as one of its own.

use std::io::{Read, Write};
use std::path::PathBuf;

use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};

use crate::BookError;
use crate::page::Pages;

/// Puts formulas, quizzes and figures into the lessons.
///
/// It goes before mdBook's own `links`, because after that one the lines of a page are no longer the lines of its
/// file: `before = ["links"]` in `book.toml`.
pub struct Lessons {
    /// The folder of the book, as it should be called in messages.
    root: PathBuf,
    on_page: Box<dyn Fn(Progress<'_>)>,
}

/// The page that is begun.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Its title.
    pub title: &'a str,
}

impl Lessons {
    /// The name by which `book.toml` knows this preprocessor.
    pub const NAME: &str = "attentive";

    /// A preprocessor for the book in the folder `root`; `on_page` is told of each page that is begun.
    pub fn new(root: impl Into<PathBuf>, on_page: impl Fn(Progress<'_>) + 'static) -> Self {
        Self {
            root: root.into(),
            on_page: Box::new(on_page),
        }
    }

    /// Whether it makes pages for a renderer of mdBook: what it writes is HTML.
    pub fn supports(renderer: &str) -> bool {
        renderer == "html"
    }
}

impl Preprocessor for Lessons {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let pages = Pages::new(&self.root)?;
        let sources = self.root.join(&context.config.book.src);
        let of = book
            .iter()
            .filter(|item| matches!(item, BookItem::Chapter(_)))
            .count();

        let (mut result, mut number) = (Ok(()), 0);
        book.for_each_mut(|item| {
            let BookItem::Chapter(chapter) = item else {
                return;
            };
            number += 1;
            let Some(source) = &chapter.source_path else {
                return;
            };
            if result.is_err() {
                return;
            }
            (self.on_page)(Progress {
                number,
                of,
                title: &chapter.name,
            });
            match pages.render(&chapter.content, &sources.join(source)) {
                Ok(content) => chapter.content = content,
                Err(error) => result = Err(error),
            }
        });
        result?;
        Ok(book)
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(Self::supports(renderer))
    }
}

/// Speaks mdBook's protocol for preprocessors: a context and a book come in as JSON, and the book with its lessons
/// rendered goes out.
///
/// # Errors
///
/// When what comes in is no book of this version of mdBook, and when anything in the book is wrong.
pub fn preprocess(input: impl Read, mut output: impl Write) -> std::result::Result<(), BookError> {
    let protocol = |error: String| BookError::Protocol(error);
    let (context, book) = parse_input(input).map_err(|error| protocol(format!("{error:#}")))?;
    let lessons = Lessons::new(&context.root, |_| {});
    let book = lessons
        .run(&context, book)
        .map_err(BookError::from_mdbook)?;
    let json = serde_json::to_string(&book).map_err(|error| protocol(error.to_string()))?;
    output
        .write_all(json.as_bytes())
        .map_err(|error| protocol(error.to_string()))
}
