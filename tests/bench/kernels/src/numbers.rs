//! Arguments: the same numbers for the solutions and for libtorch.

use ndarray::{Array, ArrayView, Dimension, ShapeBuilder};
use tch::Tensor;

/// Returns an array of numbers between −1 and 1 that look like noise, and are the same in each run.
pub(crate) fn noise<D: Dimension, S: ShapeBuilder<Dim = D>>(shape: S) -> Array<f32, D> {
    let mut state = 1_u32;
    Array::from_shape_simple_fn(shape, || {
        // A linear congruential generator; its upper half is random enough.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 32_768.0 - 1.0
    })
}

/// Copies an array to libtorch. (`tch` uses a different version of `ndarray`.)
pub(crate) fn to_libtorch<D: Dimension>(array: ArrayView<'_, f32, D>) -> Tensor {
    let shape: Vec<i64> = array.shape().iter().map(|&length| length as i64).collect();
    let flat: Vec<f32> = array.iter().copied().collect();
    Tensor::from_slice(&flat).view(shape.as_slice())
}

/// Copies the entries of a tensor.
pub(crate) fn from_libtorch(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.contiguous().view([-1]);
    Vec::try_from(&flat).expect("it is a tensor of floats")
}
