//! The part that is an mdBook preprocessor.

use std::path::PathBuf;

use attentive_quiz::quizzes;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::BookError;
use crate::page::Pages;

/// Puts formulas, quizzes and figures into the lessons.
///
/// It goes before mdBook's own `links`, because after that one the lines of a page are no longer the lines of its
/// file: `before = ["links"]` in `book.toml`.
pub struct Lessons {
    /// The folder of the book, as it should be called in messages.
    root: PathBuf,
    /// Told the title of each page that is begun.
    on_page: Box<dyn Fn(&str)>,
}

impl Lessons {
    /// The name by which `book.toml` knows this preprocessor.
    pub const NAME: &str = "attentive";

    /// A preprocessor for the book in the folder `root`; `on_page` is told the title of each page that is begun.
    pub fn new(root: impl Into<PathBuf>, on_page: impl Fn(&str) + 'static) -> Self {
        Self { root: root.into(), on_page: Box::new(on_page) }
    }
}

impl Preprocessor for Lessons {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let dir = self.root.join("quizzes");
        let pages =
            Pages::new(if dir.exists() { quizzes(&dir).map_err(BookError::from)? } else { Vec::new() });
        let sources = self.root.join(&context.config.book.src);

        let mut result = Ok(());
        book.for_each_mut(|item| {
            let BookItem::Chapter(chapter) = item else { return };
            let Some(source) = &chapter.source_path else { return };
            if result.is_err() {
                return;
            }
            (self.on_page)(&chapter.name);
            match pages.render(&chapter.content, &sources.join(source)) {
                Ok(content) => chapter.content = content,
                Err(error) => result = Err(error),
            }
        });
        result?;
        Ok(book)
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }
}
