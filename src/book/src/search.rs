//! The index of the book's search: the words of the lessons.
//!
//! mdBook indexes all the text of a page: a formula three times (as MathML, as TeX and as letters), every number of a
//! figure, and the answers of a quiz. So the index is taken from a second build, in which formulas are plain letters,
//! and figures, explorers and quizzes are left out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use attentive_quiz::plain_text;
use mdbook_driver::MDBook;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, Parser, Tag};

use crate::markdown::{Edits, options};
use crate::math::escape_markdown;
use crate::page::Directive;
use crate::{LessonPreprocessor, counts};

/// Replaces the search index of the built book in the folder `dest` by an index of the words of `book`.
pub(crate) fn replace_index(mut book: MDBook, dest: &Path) -> Result<()> {
    let temp = tempfile::tempdir()?;
    book.config.build.build_dir = temp.path().join("html");
    book.with_preprocessor(WordsPreprocessor);
    book.build()?;
    // The pages load the index by the name that it has in `dest`.
    if let (Some(words), Some(all)) = (index(&book.config.build.build_dir)?, index(dest)?) {
        fs::copy(words, all)?;
    }
    Ok(())
}

/// Finds the index in a folder of pages; a book may have none.
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

/// Reduces lessons to words, in place of [`LessonPreprocessor`].
struct WordsPreprocessor;

impl Preprocessor for WordsPreprocessor {
    fn name(&self) -> &str {
        LessonPreprocessor::NAME
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

/// Writes the formulas of a lesson in plain letters, and removes its directives.
fn words(markdown: &str) -> String {
    let mut edits = Edits::default();
    for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
        match event {
            // A matrix does not fit in a line of letters.
            Event::InlineMath(tex) if !tex.contains("\\begin") => {
                edits.replace(range, escape_markdown(&plain_text(&format!("${tex}$"))));
            }
            Event::InlineMath(_) | Event::DisplayMath(_) => edits.replace(range, String::new()),
            Event::Start(Tag::Paragraph)
                if Directive::parse(&markdown[range.clone()]).is_some() =>
            {
                edits.replace(range, String::new());
            }
            Event::Text(text) if text.contains("{{#count") => {
                for (part, _) in counts::directives(&markdown[range.clone()]) {
                    edits.replace(
                        range.start + part.start..range.start + part.end,
                        String::new(),
                    );
                }
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
    fn words_stay_and_computed_parts_are_removed() {
        let lesson = "# L\n\nBy $\\sqrt{d_k}$, as `$x$` says:\n\n$$\nx\n$$\n\n{{#quiz softmax}}\n\nThe end.\n";
        let words = words(lesson);
        let text = words.replace("&#95;", "_");
        assert_eq!(text, "# L\n\nBy √d_k, as `$x$` says:\n\n\n\n\nThe end.\n");
    }
}
