//! A function of the solutions and libtorch's, both with their arguments.

use ndarray::ArrayD;
use tch::Tensor;

/// A function of the solutions. It is called on several threads at a time.
pub(crate) type Ours = Box<dyn Fn() -> ArrayD<f32> + Sync>;

/// Two functions that compute the same.
pub(crate) struct Pair {
    pub(crate) ours: Ours,
    pub(crate) libtorch: Box<dyn Fn() -> Tensor>,
    /// The matrix products of `ours` and nothing else, where they are a part of it.
    pub(crate) products: Option<Ours>,
}
