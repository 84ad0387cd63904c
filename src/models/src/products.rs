//! Products of rows with large matrices of floats or of blocks, on one thread or several, and what happens to rows between
//! two of them.
//!
//! Models with caches of keys and values, and those whose steps are put together, need them. A course that is released
//! without solutions has none of these.

mod blocks;
mod floats;
mod kernels;
mod matrices;
mod rows;

pub(crate) use blocks::BlockMatrix;
pub(crate) use floats::{add_row_product, add_vector_product, linear, product};
pub(crate) use matrices::{add_multiplied, multiply};
pub(crate) use rows::{causal_softmax, gelu, layer_norm, masked_softmax, swiglu};

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    /// Whole numbers, whose sums and products are exact in any order.
    pub(super) fn whole(rows: usize, columns: usize) -> Array2<f32> {
        let number = |(row, column)| ((row * 31 + column * 17) % 13) as f32 - 6.0;
        Array2::from_shape_fn((rows, columns), number)
    }
}
