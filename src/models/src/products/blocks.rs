//! A matrix that stays in the blocks of its file, and products with it.
//!
//! A token reads each weight once, so the bytes of the weights are what it waits for. Blocks of 4 bits have 5 bytes where
//! floats have 32. Nothing is rounded that floats would not round: the vector stays as it is, and integers of 4 and 8 bits
//! times a scale of 16 bits are floats without rounding.

use std::ops::Range;

use attentive_checkpoints::{BlockParts, BlockType, Blocks};
use half::f16;
use half::slice::HalfFloatSliceExt;
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis};

use super::floats::{in_parallel, share};
use super::kernels::{
    BLOCK, NIBBLES, add_byte_product, add_nibble_product, add_product, byte_numbers, nibble_numbers,
};
use super::matrices::multiply;

/// Rows whose scales, or whose numbers, become floats at a time. They stay in the cache of the processor.
const TILE: usize = 64;
/// The number that Q4_0 takes away from each of its integers.
const Q4_0_ZERO: f32 = 8.0;

/// A matrix (rows, columns) in blocks of 32 numbers of a row: d · q + m.
#[derive(Debug)]
pub(crate) struct BlockMatrix {
    kind: Kind,
    rows: usize,
    /// Blocks of a row.
    width: usize,
    parts: BlockParts,
}

/// The kind of the blocks.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Q8_0,
    Q4_0,
    Q4_1,
}

/// The scales of some rows as floats.
#[derive(Debug, Default)]
struct Scales {
    scales: Vec<f32>,
    /// Empty where m is 0.
    smallest: Vec<f32>,
}

/// A vector in blocks, with the sum of each.
#[derive(Debug)]
struct Vector {
    blocks: Vec<[f32; BLOCK]>,
    sums: Vec<f32>,
}

impl BlockMatrix {
    /// The matrix of blocks. `None` if there are no blocks, as each number is stored for itself, or no matrix.
    pub(crate) fn new(blocks: &Blocks) -> Option<Self> {
        let kind = match blocks.kind {
            BlockType::Number(_) => return None,
            BlockType::Q8_0 => Kind::Q8_0,
            BlockType::Q4_0 => Kind::Q4_0,
            BlockType::Q4_1 => Kind::Q4_1,
        };
        let &[rows, columns] = blocks.shape.as_slice() else {
            return None;
        };
        Some(Self {
            kind,
            rows,
            width: columns / BLOCK,
            parts: blocks.parts()?,
        })
    }

    /// Number of bytes.
    pub(crate) fn bytes(&self) -> usize {
        let scales = self.parts.scales.len() + self.parts.smallest.len();
        scales * size_of::<f16>() + self.parts.quants.len()
    }

    /// Some rows as floats: (rows, columns).
    pub(crate) fn select(&self, rows: &[usize]) -> Array2<f32> {
        let mut selected = Array2::zeros((rows.len(), self.width * BLOCK));
        for (mut to, &row) in selected.rows_mut().into_iter().zip(rows) {
            to.assign(&self.numbers(row..row + 1).row(0));
        }
        selected
    }

    /// x Wᵀ, for x (rows, in) and this matrix W (out, in).
    pub(crate) fn linear(&self, x: ArrayView2<'_, f32>, threads: usize) -> Array2<f32> {
        let mut y = Array2::zeros((x.nrows(), self.rows));
        let size = share(self.rows, x.len(), threads);
        let vector = (x.nrows() == 1).then(|| Vector::new(x.row(0)));
        let parts = y.axis_chunks_iter_mut(Axis(1), size);
        in_parallel(parts.zip((0..).step_by(size)), |(mut part, first)| {
            let tiles = part.axis_chunks_iter_mut(Axis(1), TILE);
            let mut scales = Scales::default();
            for (tile, first) in tiles.zip((first..).step_by(TILE)) {
                let rows = first..first + tile.ncols();
                match &vector {
                    Some(vector) => self.add_product(rows, vector, &mut scales, tile),
                    None => multiply(x, self.numbers(rows).t(), tile),
                }
            }
        });
        y
    }

    /// Adds the products of some rows with a vector to y, (1, rows).
    fn add_product(
        &self,
        rows: Range<usize>,
        vector: &Vector,
        scales: &mut Scales,
        y: ArrayViewMut2<'_, f32>,
    ) {
        let y = y.index_axis_move(Axis(0), 0).into_slice();
        let y = y.expect("the numbers of a row are side by side");
        scales.read(self, rows.clone());
        let quants = self.quants(rows);
        match self.kind {
            Kind::Q8_0 => {
                add_byte_product(quants.as_chunks().0, &scales.scales, &vector.blocks, y);
            }
            Kind::Q4_0 | Kind::Q4_1 => {
                add_nibble_product(quants.as_chunks().0, &scales.scales, &vector.blocks, y);
                // The sum of (d · q + m) · x over a block is d times that of q · x, and m times that of x.
                add_product(&scales.smallest, &vector.sums, y);
            }
        }
    }

    /// The numbers of some rows: (rows, columns).
    fn numbers(&self, rows: Range<usize>) -> Array2<f32> {
        let mut numbers = Array2::zeros((rows.len(), self.width * BLOCK));
        let mut scales = Scales::default();
        scales.read(self, rows.clone());
        let quants = self.quants(rows);
        let (to, _) = numbers.as_slice_mut().unwrap_or_default().as_chunks_mut();
        match self.kind {
            Kind::Q8_0 => byte_numbers(quants.as_chunks().0, &scales.scales, to),
            Kind::Q4_0 | Kind::Q4_1 => {
                nibble_numbers(quants.as_chunks().0, &scales.scales, &scales.smallest, to);
            }
        }
        numbers
    }

    /// The integers of some rows.
    fn quants(&self, rows: Range<usize>) -> &[u8] {
        let row = match self.kind {
            Kind::Q8_0 => self.width * BLOCK,
            Kind::Q4_0 | Kind::Q4_1 => self.width * NIBBLES,
        };
        &self.parts.quants[rows.start * row..rows.end * row]
    }
}

impl Scales {
    /// Takes those of some rows of a matrix.
    fn read(&mut self, matrix: &BlockMatrix, rows: Range<usize>) {
        let blocks = rows.start * matrix.width..rows.end * matrix.width;
        self.scales.resize(blocks.len(), 0.0);
        matrix.parts.scales[blocks.clone()].convert_to_f32_slice(&mut self.scales);
        match matrix.kind {
            Kind::Q8_0 => {}
            Kind::Q4_0 => {
                self.smallest.clear();
                let smallest = self.scales.iter().map(|scale| -Q4_0_ZERO * scale);
                self.smallest.extend(smallest);
            }
            Kind::Q4_1 => {
                self.smallest.resize(blocks.len(), 0.0);
                matrix.parts.smallest[blocks].convert_to_f32_slice(&mut self.smallest);
            }
        }
    }
}

impl Vector {
    fn new(x: ArrayView1<'_, f32>) -> Self {
        let numbers = x.to_vec();
        let blocks = numbers.as_chunks().0.to_vec();
        let sums = blocks.iter().map(|block: &[f32; BLOCK]| block.iter().sum());
        Self {
            sums: sums.collect(),
            blocks,
        }
    }
}

#[cfg(test)]
mod tests;
