//! A quiz file, its tables, and their line numbers.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use crate::{Problem, QuizError};

/// The path and the text of a quiz file.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn read(path: &Path) -> Result<Self, QuizError> {
        let bytes = std::fs::read(path).map_err(|error| QuizError::Read {
            path: path.to_owned(),
            error,
        })?;
        let file = Self {
            path: path.to_owned(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        };
        match std::str::from_utf8(&bytes) {
            Ok(_) => Ok(file),
            Err(error) => Err(file.invalid(&(error.valid_up_to()..bytes.len()), Problem::NotUtf8)),
        }
    }

    /// Returns the number of the line on which `span` begins, from 1.
    pub(crate) fn line(&self, span: &Range<usize>) -> usize {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        1 + before.iter().filter(|&&byte| byte == b'\n').count()
    }

    /// Returns an error about the line on which `span` begins.
    pub(crate) fn invalid(&self, span: &Range<usize>, problem: Problem) -> QuizError {
        QuizError::Invalid {
            path: self.path.clone(),
            line: self.line(span),
            problem,
        }
    }
}

/// A table of a quiz file, from which required keys are taken.
pub(crate) struct Table<'a> {
    pub(crate) file: &'a File,
    /// The table's name in messages: "quiz", "question" or "choice".
    pub(crate) name: &'static str,
    pub(crate) span: Range<usize>,
}

impl Table<'_> {
    pub(crate) fn line(&self) -> usize {
        self.file.line(&self.span)
    }

    pub(crate) fn invalid(&self, problem: Problem) -> QuizError {
        self.file.invalid(&self.span, problem)
    }

    /// Returns the value of a required key; `example` is TOML.
    pub(crate) fn required<T>(
        &self,
        key: &'static str,
        value: Option<T>,
        example: &'static str,
    ) -> Result<T, QuizError> {
        value.ok_or_else(|| {
            self.invalid(Problem::Missing {
                table: self.name,
                key,
                example,
            })
        })
    }

    /// Returns a required text, without the white space around it.
    pub(crate) fn text(
        &self,
        key: &'static str,
        value: Option<Spanned<String>>,
        example: &'static str,
    ) -> Result<String, QuizError> {
        let value = self.required(key, value, example)?;
        match value.get_ref().trim() {
            "" => Err(self.file.invalid(&value.span(), Problem::Empty(key))),
            text => Ok(text.to_owned()),
        }
    }

    /// Returns a required finite number that is at least `least`.
    pub(crate) fn number(
        &self,
        key: &'static str,
        value: Option<Spanned<f64>>,
        example: &'static str,
        least: f64,
    ) -> Result<f64, QuizError> {
        let spanned = self.required(key, value, example)?;
        let value = *spanned.get_ref();
        if value.is_finite() && value >= least {
            Ok(value)
        } else {
            Err(self.file.invalid(
                &spanned.span(),
                Problem::BadNumber {
                    key,
                    value,
                    example,
                },
            ))
        }
    }
}
