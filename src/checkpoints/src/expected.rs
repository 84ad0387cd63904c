//! Compares the tensors of a file with those that its family has.

use std::collections::HashSet;
use std::path::Path;

use crate::error::CheckpointError;

/// A tensor that a model must have.
pub(crate) struct ExpectedTensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
}

impl ExpectedTensor {
    pub(crate) fn new(name: impl Into<String>, shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            shape: shape.to_vec(),
        }
    }
}

/// Checks that the tensors are exactly those that are expected. `expected` may be endless, as a file can announce any number
/// of layers: it is read no further than to the first one that is missing.
///
/// # Errors
/// When one is missing, has a different shape, or is one too many.
pub(crate) fn check<'a>(
    path: &Path,
    model: &'static str,
    names: Vec<&str>,
    shape: impl Fn(&str) -> Option<&'a [usize]>,
    expected: impl Iterator<Item = ExpectedTensor>,
) -> Result<(), CheckpointError> {
    let mut left: HashSet<&str> = names.into_iter().collect();
    for expected in expected {
        let Some(found) = shape(&expected.name) else {
            return Err(CheckpointError::MissingTensor {
                path: path.to_owned(),
                name: expected.name,
                shape: expected.shape,
            });
        };
        if found != expected.shape {
            return Err(CheckpointError::TensorShape {
                path: path.to_owned(),
                name: expected.name,
                expected: expected.shape,
                found: found.to_vec(),
            });
        }
        left.remove(expected.name.as_str());
    }
    if left.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = left.into_iter().map(str::to_owned).collect();
    names.sort();
    Err(CheckpointError::UnknownTensors {
        path: path.to_owned(),
        model,
        names,
    })
}
