//! Products of rows with large matrices of floats or of blocks, on one thread or several.
//!
//! The caches of keys and values need them. A course that is released without solutions has neither.

mod blocks;
mod floats;
mod kernels;

pub(crate) use blocks::BlockMatrix;
pub(crate) use floats::{add_row_product, add_vector_product, linear, product};
