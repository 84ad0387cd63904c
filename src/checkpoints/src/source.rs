//! The interface of the formats: tensors by the hub's names.

use std::fmt::Debug;
use std::path::Path;

use crate::blocks::Blocks;
use crate::error::CheckpointError;

/// Tensors in a file or in several.
pub(crate) trait TensorSource: Debug {
    /// The names of all tensors, in no order.
    fn names(&self) -> Vec<&str>;

    /// The shape of a tensor, or `None` if there is none of this name.
    fn shape(&self, name: &str) -> Option<&[usize]>;

    /// The file that has a tensor, or that would have it.
    fn file(&self, name: &str) -> &Path;

    /// The numbers of a tensor, row by row. `name` is one of `names`.
    fn numbers(&self, name: &str) -> Result<Vec<f32>, CheckpointError>;

    /// The blocks of a tensor with its rows in the hub's order. `None` if the format has none. `name` is one of `names`.
    fn blocks(&self, _name: &str) -> Result<Option<Blocks>, CheckpointError> {
        Ok(None)
    }
}
