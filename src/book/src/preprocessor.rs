//! The mdBook preprocessor, called within this program or as a program of its own.

use std::io::{Read, Write};
use std::path::PathBuf;

use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};

use crate::BookError;
use crate::page::PageRenderer;

/// Puts formulas, quizzes and figures into the lessons.
///
/// It runs before mdBook's own `links` (`before = ["links"]` in `book.toml`), which changes the numbers of lines.
pub struct LessonPreprocessor {
    /// The folder of the book, as messages should write it.
    root: PathBuf,
    on_page: Box<dyn Fn(Progress<'_>)>,
}

/// The page on which work begins.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// The page's number, from 1.
    pub number: usize,
    /// The number of all pages.
    pub of: usize,
    /// The page's title.
    pub title: &'a str,
}

impl LessonPreprocessor {
    /// The name by which `book.toml` knows this preprocessor.
    pub const NAME: &str = "attentive";

    /// Creates a preprocessor for the book in the folder `root`; `on_page` is called at the beginning of each page.
    pub fn new(root: impl Into<PathBuf>, on_page: impl Fn(Progress<'_>) + 'static) -> Self {
        Self {
            root: root.into(),
            on_page: Box::new(on_page),
        }
    }

    /// Returns `true` for mdBook's HTML renderer, the only one that this preprocessor writes for.
    pub fn supports(renderer: &str) -> bool {
        renderer == "html"
    }
}

impl Preprocessor for LessonPreprocessor {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let sources = self.root.join(&context.config.book.src);
        let pages = PageRenderer::new(&self.root, &sources)?;
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

/// Runs mdBook's protocol for preprocessors: reads a context and a book as JSON, and writes the book with its lessons
/// rendered.
///
/// # Errors
///
/// Fails if the input is no book of this version of mdBook, and if anything in the book is wrong.
pub fn preprocess(input: impl Read, mut output: impl Write) -> std::result::Result<(), BookError> {
    let protocol = |error: String| BookError::Protocol(error);
    let (context, book) = parse_input(input).map_err(|error| protocol(format!("{error:#}")))?;
    let lessons = LessonPreprocessor::new(&context.root, |_| {});
    let book = lessons
        .run(&context, book)
        .map_err(BookError::from_mdbook)?;
    let json = serde_json::to_string(&book).map_err(|error| protocol(error.to_string()))?;
    output
        .write_all(json.as_bytes())
        .map_err(|error| protocol(error.to_string()))
}
