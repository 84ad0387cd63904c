//! # Halves
//!
//! Half of a number, and the point in the middle between two.

use ndarray::{Array2, ArrayView2};

/// Half of each entry of x (rows, columns).
pub fn halve(x: ArrayView2<'_, f32>) -> Array2<f32> {
    todo!("half of each entry")
}

/// The middle (rows, columns) between each entry of a and the one of b in its place.
pub fn midpoint(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    todo!("half of the sum")
}
