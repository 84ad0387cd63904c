//! Takes the tensors of a model out of its checkpoint, and notices those that nobody took.

use std::collections::HashSet;

use attentive_checkpoints::Checkpoint;
use ndarray::{Array, Array1, Array2, Dimension, IntoDimension};

use crate::error::ModelError;
use crate::matrix::{Matrix, Weights};
use crate::weights::{LinearWeights, NormWeights};

/// The tensors of a checkpoint, by the names that the model has for them.
#[derive(Debug)]
pub(crate) struct Tensors<'a> {
    checkpoint: &'a Checkpoint,
    /// The beginning of the names of the model without its heads, in this checkpoint.
    prefix: &'static str,
    taken: HashSet<String>,
}

/// The layout of a linear layer's matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Layout {
    /// A row for each output, as in a linear layer of libtorch.
    OutIn,
    /// A row for each input, as in GPT-2's `Conv1D`.
    InOut,
}

impl<'a> Tensors<'a> {
    /// Tensors whose names may begin with `prefix`, as those of a model with a head do: `first` is there in any case.
    pub(crate) fn new(checkpoint: &'a Checkpoint, prefix: &'static str, first: &str) -> Self {
        let prefixed = checkpoint.contains(&format!("{prefix}{first}"));
        Self {
            checkpoint,
            prefix: if prefixed { prefix } else { "" },
            taken: HashSet::new(),
        }
    }

    /// The name in the checkpoint of a tensor of the model without its heads.
    pub(crate) fn body(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Returns `true` if there is a tensor of exactly this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.checkpoint.contains(name)
    }

    /// Takes a matrix.
    pub(crate) fn matrix(
        &mut self,
        name: &str,
        shape: (usize, usize),
    ) -> Result<Array2<f32>, ModelError> {
        self.array(name, shape)
    }

    /// Takes a matrix as floats, or in the blocks of its file if it has some.
    pub(crate) fn matrix_as(
        &mut self,
        weights: Weights,
        name: &str,
        shape: (usize, usize),
    ) -> Result<Matrix, ModelError> {
        let blocks = match weights {
            Weights::F32 => None,
            Weights::Stored => self.checkpoint.blocks(name, shape)?,
        };
        if let Some(matrix) = blocks.as_ref().and_then(Matrix::of_blocks) {
            self.taken.insert(name.to_owned());
            return Ok(matrix);
        }
        self.matrix(name, shape).map(Matrix::Floats)
    }

    /// Takes a vector.
    pub(crate) fn vector(&mut self, name: &str, length: usize) -> Result<Array1<f32>, ModelError> {
        self.array(name, length)
    }

    /// Takes a tensor with any number of axes.
    pub(crate) fn array<D: Dimension>(
        &mut self,
        name: &str,
        shape: impl IntoDimension<Dim = D>,
    ) -> Result<Array<f32, D>, ModelError> {
        self.taken.insert(name.to_owned());
        Ok(self.checkpoint.read(name, shape)?)
    }

    /// Takes `name.weight` and `name.bias`.
    pub(crate) fn linear(
        &mut self,
        name: &str,
        width: usize,
        output: usize,
        layout: Layout,
    ) -> Result<LinearWeights, ModelError> {
        let shape = match layout {
            Layout::OutIn => (output, width),
            Layout::InOut => (width, output),
        };
        let weight = self.matrix(&format!("{name}.weight"), shape)?;
        Ok(LinearWeights {
            weight: match layout {
                Layout::OutIn => with_columns_together(weight),
                Layout::InOut => weight,
            },
            bias: self.vector(&format!("{name}.bias"), output)?,
        })
    }

    /// Takes a layer norm: `name.weight` and `name.bias`, or `name.gamma` and `name.beta`, as they were called first.
    pub(crate) fn norm(&mut self, name: &str, width: usize) -> Result<NormWeights, ModelError> {
        let old = self.contains(&format!("{name}.gamma"));
        let (gamma, beta) = if old {
            ("gamma", "beta")
        } else {
            ("weight", "bias")
        };
        Ok(NormWeights {
            gamma: self.vector(&format!("{name}.{gamma}"), width)?,
            beta: self.vector(&format!("{name}.{beta}"), width)?,
        })
    }

    /// Ends the reading. The tensors that nobody took must be such as may be left out.
    ///
    /// # Errors
    /// When there are others: the checkpoint is that of another model.
    pub(crate) fn finish(self, may_be_left: impl Fn(&str) -> bool) -> Result<(), ModelError> {
        let mut names = Vec::new();
        for name in self.checkpoint.names() {
            if !self.taken.contains(name) && !may_be_left(name) {
                names.push(name.to_owned());
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        names.sort();
        Err(ModelError::UnknownTensors {
            path: self.checkpoint.path().to_owned(),
            names,
        })
    }
}

/// The same matrix, with the numbers of each column side by side in memory. x Wᵀ reads W column by column: it has to copy
/// less in an order of its own, again and again.
pub(crate) fn with_columns_together(matrix: Array2<f32>) -> Array2<f32> {
    let transposed = matrix.t().as_standard_layout().into_owned();
    transposed.reversed_axes()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn columns_together_are_the_same_matrix() {
        let matrix = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let found = with_columns_together(matrix.clone());
        assert_eq!(found, matrix);
        assert!(found.t().is_standard_layout());
    }
}
