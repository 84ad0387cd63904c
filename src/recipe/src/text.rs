//! The text that a model learns from.

use std::path::Path;

use attentive_course::files;

use crate::error::TextError;

/// Written by `cargo run -p attentive-reference -- recipe-text`.
const SHIPPED: &str = include_str!("../shipped/text.txt");

/// A text, as documents of paragraphs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its name, for records.
    pub name: String,
    /// The documents; a paragraph is a line.
    pub documents: Vec<String>,
}

impl Text {
    /// The text of the recipes: prose of the course's book as it was when it was written down. The book changes, and this
    /// text does not, so that a run is the same for everybody.
    pub fn shipped() -> Self {
        Self {
            name: "a copy of the course's own book".to_owned(),
            documents: vec![SHIPPED.to_owned()],
        }
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
    fn the_text_of_recipes_is_plain() {
        let text = Text::shipped();
        assert!((200_000..450_000).contains(&text.whole().len()));
        assert!(
            !text.whole().contains('\r'),
            "its bytes are the same everywhere"
        );
        assert!(text.whole().ends_with(".\n"));
    }
}
