//! The file of reviews, or a file of your own in its format. Everything in this file is given.

use thiserror::Error;

use crate::data::Labelled;

/// Labelled texts to learn from, and others to find out whether anything was learned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviews {
    /// The texts that are learned from.
    pub training: Labelled,
    /// The texts that are judged at the end, and not looked at before.
    pub held_out: Labelled,
}

/// A file that holds no reviews.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReviewsError {
    /// A line without three columns.
    #[error(
        "line {line}: expected a part, a label and a text with tabs between them, found {found} columns"
    )]
    Columns {
        /// The number of the line, from 1.
        line: usize,
        /// The number of its columns.
        found: usize,
    },
    /// A part that is not known.
    #[error("line {line}: expected the part `training` or `held-out`, found `{found}`")]
    Part {
        /// The number of the line, from 1.
        line: usize,
        /// Its first column.
        found: String,
    },
    /// A label that is no class.
    #[error(
        "line {line}: expected the label 1 for a positive text or 0 for a negative one, found `{found}`"
    )]
    Label {
        /// The number of the line, from 1.
        line: usize,
        /// Its second column.
        found: String,
    },
    /// A line without a text.
    #[error("line {line}: expected a text after the label, found none")]
    Text {
        /// The number of the line, from 1.
        line: usize,
    },
    /// A part without texts.
    #[error("expected texts in the part `{part}`, found none; an experiment needs both parts")]
    Empty {
        /// The name of the part.
        part: &'static str,
    },
}

impl Reviews {
    /// The reviews of this exercise.
    ///
    /// # Panics
    /// When `reviews.txt`, which is compiled in, is not the file that came with the course.
    pub fn of_course() -> Self {
        let file = include_str!("../reviews.txt");
        Self::parse(file).unwrap_or_else(|error| panic!("reviews.txt: {error}"))
    }

    /// Reads lines with a part, a label and a text, with tabs between them. Empty lines and those that begin with `#` are
    /// passed over.
    ///
    /// # Errors
    /// When a line has different columns, a different part or label, or no text, and when a part has no texts.
    pub fn parse(file: &str) -> Result<Self, ReviewsError> {
        let mut reviews = Self::default();
        for (index, content) in file.lines().enumerate() {
            if !content.is_empty() && !content.starts_with('#') {
                reviews.add(index + 1, content)?;
            }
        }
        for (part, texts) in [
            ("training", &reviews.training),
            ("held-out", &reviews.held_out),
        ] {
            if texts.texts.is_empty() {
                return Err(ReviewsError::Empty { part });
            }
        }
        Ok(reviews)
    }

    fn add(&mut self, line: usize, content: &str) -> Result<(), ReviewsError> {
        let columns: Vec<&str> = content.split('\t').collect();
        let &[part, label, text] = &columns[..] else {
            let found = columns.len();
            return Err(ReviewsError::Columns { line, found });
        };
        let part = match part {
            "training" => &mut self.training,
            "held-out" => &mut self.held_out,
            _ => {
                let found = part.to_owned();
                return Err(ReviewsError::Part { line, found });
            }
        };
        let label = match label {
            "0" => 0,
            "1" => 1,
            _ => {
                let found = label.to_owned();
                return Err(ReviewsError::Label { line, found });
            }
        };
        if text.trim().is_empty() {
            return Err(ReviewsError::Text { line });
        }
        part.texts.push(text.to_owned());
        part.labels.push(label);
        Ok(())
    }
}
