//! The text that a model learns from.

use std::path::Path;

use attentive_course::{Course, files};

use crate::error::TextError;
use crate::prose::prose;

/// The book's pages, from the root of the course.
const PAGES: &str = "book/src";
/// The page that lists the others.
const CONTENTS: &str = "SUMMARY.md";

/// A text, as documents of paragraphs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its name, for records.
    pub name: String,
    /// The documents; a paragraph is a line.
    pub documents: Vec<String>,
}

impl Text {
    /// The prose of the course's book: a document for each page, in the order of the table of contents.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub fn of_book(course: &Course) -> Result<Self, TextError> {
        let folder = course.path(PAGES);
        let contents = files::read_text(&folder.join(CONTENTS))?;
        let mut documents = Vec::new();
        for page in pages(&contents) {
            let markdown = files::read_text(&folder.join(page))?;
            documents.push(prose(&markdown).join("\n"));
        }
        documents.retain(|document| !document.is_empty());
        Ok(Self {
            name: "the course's own book".to_owned(),
            documents,
        })
    }

    /// A file of plain text, whose paragraphs are separated by empty lines.
    ///
    /// # Errors
    /// When it cannot be read, or has nothing but space.
    pub fn of_file(path: &Path) -> Result<Self, TextError> {
        let text = files::read_text(path)?;
        let document = paragraphs(&text).join("\n");
        if document.is_empty() {
            return Err(TextError::Empty(path.to_owned()));
        }
        Ok(Self {
            name: file_name(path),
            documents: vec![document],
        })
    }

    /// A file of any text, line by line as it is, which is one document.
    ///
    /// # Errors
    /// When it cannot be read, or has nothing but space.
    pub fn verbatim(path: &Path) -> Result<Self, TextError> {
        let text = files::read_text(path)?;
        let document = text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
        if document.trim().is_empty() {
            return Err(TextError::Empty(path.to_owned()));
        }
        Ok(Self {
            name: file_name(path),
            documents: vec![document],
        })
    }

    /// All documents, with an empty line between them.
    pub fn whole(&self) -> String {
        self.documents.join("\n\n")
    }

    /// The SHA-256 of the whole, in hexadecimal digits.
    pub fn digest(&self) -> String {
        let hash = hmac_sha256::Hash::hash(self.whole().as_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The number of characters.
    pub fn characters(&self) -> usize {
        self.documents
            .iter()
            .map(|document| document.chars().count())
            .sum()
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The files that a table of contents leads to.
fn pages(contents: &str) -> Vec<&str> {
    let links = contents.split("](").skip(1);
    links
        .filter_map(|link| link.split_once(')'))
        .map(|(page, _)| page)
        .filter(|page| page.ends_with(".md"))
        .collect()
}

/// Paragraphs of plain text, each on one line.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match paragraphs.last_mut() {
            Some(last) if !words.is_empty() => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(&words.join(" "));
            }
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_paragraph_are_joined() {
        let text = "\n\u{FEFF}One\r\n  two \tthree\r\n\r\n \r\nFour\n";
        assert_eq!(
            paragraphs(text.trim_start_matches('\n')),
            ["\u{FEFF}One two three", "Four"]
        );
        assert_eq!(paragraphs(" \n\n"), Vec::<String>::new());
    }

    #[test]
    fn lines_of_a_verbatim_text_stay_as_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("poem.txt");
        files::write(&path, "\u{FEFF}A query\r\n  asks\n\n").expect("it can be written");
        let text = Text::verbatim(&path).expect("it is a text");
        assert_eq!(text.whole(), "A query\n  asks\n\n");
        assert_eq!(text.name, "poem.txt");
        files::write(&path, " \n").expect("it can be written");
        let error = Text::verbatim(&path).expect_err("it is empty").to_string();
        assert!(error.ends_with("poem.txt: expected a text to train on, found none"));
    }

    #[test]
    fn the_book_is_read_in_the_order_of_its_contents() {
        assert_eq!(
            pages("# Summary\n\n[One](one.md)\n- [Two](two.md)\n  - [Out](https://example.org)\n"),
            ["one.md", "two.md"]
        );
        let course = Course::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let text = Text::of_book(&course).expect("it is there");
        assert_eq!(text, Text::of_book(&course).expect("it is there"));
        for document in &text.documents {
            for sign in ["{{#", "```", "$$", "<details>", "|---"] {
                assert!(!document.contains(sign), "{sign} in {document}");
            }
        }
        assert!(text.characters() > 200_000, "{}", text.characters());
    }
}
