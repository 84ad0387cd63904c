//! The fields of a file's metadata, and the types that a model asks of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::CheckpointError;

/// All fields by their keys.
#[derive(Debug)]
pub(crate) struct Metadata {
    path: PathBuf,
    fields: BTreeMap<String, Value>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// An integer of any width, with a sign or without.
    Integer(i128),
    /// A float of either width.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A list of integers of 32 bits, which is what types of tokens are.
    Integers(Vec<i32>),
    /// A list of anything else, of which no model needs the contents.
    Others,
}

impl Value {
    /// A description for errors.
    fn describe(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Bool(truth) => truth.to_string(),
            Self::Text(text) => format!("`{text}`"),
            Self::Texts(_) => "a list of texts".to_owned(),
            Self::Integers(_) => "a list of integers".to_owned(),
            Self::Others => "a list of numbers".to_owned(),
        }
    }
}

impl Metadata {
    pub(super) fn new(path: &Path, fields: BTreeMap<String, Value>) -> Self {
        Self {
            path: path.to_owned(),
            fields,
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns `true` if there is a field of this key.
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// The error of a field that is not what a model needs.
    pub(crate) fn unexpected(&self, key: &str, expected: impl Into<String>) -> CheckpointError {
        let found = self.fields.get(key).map(Value::describe);
        CheckpointError::Metadata {
            path: self.path.clone(),
            key: key.to_owned(),
            expected: expected.into(),
            found: found.unwrap_or_else(|| "no such field".to_owned()),
        }
    }

    /// A count or an id, which has 32 bits.
    pub(crate) fn count(&self, key: &str) -> Result<usize, CheckpointError> {
        let number = match self.fields.get(key) {
            Some(Value::Integer(number)) => u32::try_from(*number).ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.unexpected(key, "an integer of 32 bits"))?;
        Ok(number as usize)
    }

    /// A count that is 1 or more.
    pub(crate) fn positive(&self, key: &str) -> Result<usize, CheckpointError> {
        match self.count(key)? {
            0 => Err(self.unexpected(key, "1 or more")),
            count => Ok(count),
        }
    }

    /// A float that is a number.
    pub(crate) fn float(&self, key: &str) -> Result<f64, CheckpointError> {
        match self.fields.get(key) {
            Some(Value::Float(number)) if number.is_finite() => Ok(*number),
            _ => Err(self.unexpected(key, "a finite number")),
        }
    }

    /// A truth value.
    pub(crate) fn truth(&self, key: &str) -> Result<bool, CheckpointError> {
        match self.fields.get(key) {
            Some(Value::Bool(truth)) => Ok(*truth),
            _ => Err(self.unexpected(key, "true or false")),
        }
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Result<&str, CheckpointError> {
        match self.fields.get(key) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(self.unexpected(key, "a text")),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &str) -> Result<&[String], CheckpointError> {
        match self.fields.get(key) {
            Some(Value::Texts(texts)) => Ok(texts),
            _ => Err(self.unexpected(key, "a list of texts")),
        }
    }

    /// A list of integers.
    pub(crate) fn integers(&self, key: &str) -> Result<&[i32], CheckpointError> {
        match self.fields.get(key) {
            Some(Value::Integers(integers)) => Ok(integers),
            _ => Err(self.unexpected(key, "a list of integers of 32 bits")),
        }
    }
}
