//! A file of settings in JSON, and the checks of its fields.

use std::path::{Path, PathBuf};

use attentive_checkpoints::{hub_file, parse_object};
use serde::de::DeserializeOwned;

use crate::error::ModelError;

/// The most layers of a model. ALBERT's share their weights, so that the file's size is no bound.
const MAX_LAYERS: usize = 1000;

/// A file, which errors name.
pub(super) struct Source {
    path: PathBuf,
    text: Vec<u8>,
}

impl Source {
    /// Reads a file that the folder must have.
    pub(super) fn required(folder: &Path, file: &'static str) -> Result<Self, ModelError> {
        Self::optional(folder, file)?.ok_or_else(|| ModelError::MissingFile {
            folder: folder.to_owned(),
            file,
        })
    }

    /// Reads a file that the folder may have.
    pub(super) fn optional(folder: &Path, file: &'static str) -> Result<Option<Self>, ModelError> {
        let text = hub_file(folder, file)?;
        let path = folder.join(file);
        Ok(text.map(|text| Self { path, text }))
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The fields.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, ModelError> {
        Ok(parse_object(&self.path, &self.text)?)
    }

    /// Checks a field of which the course computes one value alone.
    pub(super) fn is<T: PartialEq + ToString>(
        &self,
        field: &'static str,
        expected: T,
        found: T,
    ) -> Result<(), ModelError> {
        self.holds(field, expected == found, &expected.to_string(), found)
    }

    /// Checks a condition on the value of a field.
    pub(super) fn holds(
        &self,
        field: &'static str,
        condition: bool,
        expected: &str,
        found: impl ToString,
    ) -> Result<(), ModelError> {
        if condition {
            return Ok(());
        }
        Err(self.field(field, expected.to_owned(), found.to_string()))
    }

    /// Checks an ε, which is fixed in the exercises.
    pub(super) fn is_epsilon(
        &self,
        field: &'static str,
        expected: f64,
        found: Option<f64>,
    ) -> Result<(), ModelError> {
        match found {
            Some(found) if found != expected => {
                Err(self.field(field, format!("{expected:e}"), format!("{found:e}")))
            }
            _ => Ok(()),
        }
    }

    /// Checks sizes, of which none may be 0: without numbers in a matrix, there is nothing to compute.
    pub(super) fn positive<const N: usize>(
        &self,
        sizes: [(&'static str, usize); N],
    ) -> Result<(), ModelError> {
        for (field, size) in sizes {
            self.holds(field, size > 0, "1 or more", size)?;
        }
        Ok(())
    }

    /// Checks that every head has as many numbers.
    pub(super) fn heads_divide(
        &self,
        field: &'static str,
        heads: usize,
        width: usize,
    ) -> Result<(), ModelError> {
        let divide = heads > 0 && width > 0 && width.is_multiple_of(heads);
        let expected = format!("a divisor of the width, {width}");
        self.holds(field, divide, &expected, heads)
    }

    /// Checks that there is a layer, and not so many that they would fill the memory.
    pub(super) fn few_layers(&self, field: &'static str, layers: usize) -> Result<(), ModelError> {
        let are_few = (1..=MAX_LAYERS).contains(&layers);
        self.holds(field, are_few, &format!("from 1 to {MAX_LAYERS}"), layers)
    }

    /// The error of a field.
    pub(super) fn field(&self, field: &'static str, expected: String, found: String) -> ModelError {
        ModelError::Field {
            path: self.path.clone(),
            field,
            expected,
            found,
        }
    }
}
