//! What a search finds: the words of the lessons.
//!
//! mdBook indexes all the text of a page. Of a formula that is three times the same, as MathML, as TeX and as letters
//! to be looked at; of a figure, every number in it; of a quiz, the answers. So the index is made of other pages, on
//! which formulas are plain letters, and figures, explorers and quizzes are left out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use attentive_quiz::plain_text;
use mdbook_driver::MDBook;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, Parser, Tag};

use crate::Lessons;
use crate::markdown::{Edits, options};
use crate::math::inert;
use crate::page::Directive;

/// Puts an index of the words of `book` into the pages that were made of it in the folder `made`.
pub(crate) fn index_words(mut book: MDBook, made: &Path) -> Result<()> {
    let aside = tempfile::tempdir()?;
    book.config.build.build_dir = aside.path().join("html");
    book.with_preprocessor(Words);
    book.build()?;
    // The pages ask for their index by the name that it has there.
    if let (Some(words), Some(all)) = (index(&book.config.build.build_dir)?, index(made)?) {
        fs::copy(words, all)?;
    }
    Ok(())
}

/// The index in a folder of pages; a book may have none.
fn index(pages: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(pages)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("searchindex")
        {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// The preprocessor that leaves words, in the place of the one that makes pages.
struct Words;

impl Preprocessor for Words {
    fn name(&self) -> &str {
        Lessons::NAME
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item {
                chapter.content = words(&chapter.content);
            }
        });
        Ok(book)
    }
}

/// A lesson with its formulas in plain letters, and without what only a page can show.
fn words(markdown: &str) -> String {
    let mut edits = Edits::default();
    for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
        match event {
            // Matrices have no place in a line of letters.
            Event::InlineMath(tex) if !tex.contains("\\begin") => {
                edits.replace(range, inert(&plain_text(&format!("${tex}$"))));
            }
            Event::InlineMath(_) | Event::DisplayMath(_) => edits.replace(range, String::new()),
            Event::Start(Tag::Paragraph)
                if Directive::parse(&markdown[range.clone()]).is_some() =>
            {
                edits.replace(range, String::new());
            }
            _ => {}
        }
    }
    edits.apply(markdown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_what_is_computed_goes() {
        let lesson = "# L\n\nBy $\\sqrt{d_k}$, as `$x$` says:\n\n$$\nx\n$$\n\n{{#quiz softmax}}\n\nThe end.\n";
        let words = words(lesson);
        let text = words.replace("&#95;", "_");
        assert_eq!(text, "# L\n\nBy √d_k, as `$x$` says:\n\n\n\n\nThe end.\n");
    }
}
