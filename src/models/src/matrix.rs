//! Matrices of linear layers as floats, or in the blocks of their file.

use attentive_checkpoints::Blocks;
use ndarray::{Array2, ArrayView2, Axis};

use crate::products::BlockMatrix;

/// The form in which a model's weights are in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// All of them as floats of 32 bits, as the functions of the exercises take them.
    F32,
    /// Blocks of a file of GGUF stay blocks, and everything else becomes floats. A released course has floats alone.
    Stored,
}

/// A matrix (out, in).
#[derive(Debug)]
pub(crate) enum Matrix {
    /// Floats.
    Floats(Array2<f32>),
    /// Blocks.
    Blocks(BlockMatrix),
}

impl Matrix {
    /// A matrix that stays in its blocks. `None` if there are none.
    pub(crate) fn of_blocks(blocks: &Blocks) -> Option<Self> {
        BlockMatrix::new(blocks).map(Self::Blocks)
    }

    /// The matrix as the functions of the exercises take it. `None` if it is in blocks.
    pub(crate) fn view(&self) -> Option<ArrayView2<'_, f32>> {
        match self {
            Self::Floats(matrix) => Some(matrix.view()),
            Self::Blocks(_) => None,
        }
    }

    /// Some rows as floats: (rows, in).
    pub(crate) fn select(&self, rows: &[usize]) -> Array2<f32> {
        match self {
            Self::Floats(matrix) => matrix.select(Axis(0), rows),
            Self::Blocks(blocks) => blocks.select(rows),
        }
    }

    /// Number of bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Floats(matrix) => size_of_val(matrix.as_slice().unwrap_or_default()),
            Self::Blocks(blocks) => blocks.bytes(),
        }
    }
}
