//! The Vision Transformer (Dosovitskiy et al. 2021), from libtorch's kernels for cutting, resizing, attention, layer norm
//! and GELU.

mod block;
mod classify;
mod embed;
mod interpolate;
mod patches;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;

pub use block::formula as block;
pub use embed::{kernel as embed_by_convolution, vectors as embed};
pub use interpolate::{kernel as resize, weights as bicubic};
pub use patches::{cut, formula as cut_by_axes};

/// Correct `f32` implementations differ by a few 10⁻⁷ of numbers near 1; the layer norm divides that by the standard
/// deviation of a row, which may be as small as a tenth.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// The ε of most Vision Transformers.
const EPSILON: f32 = 1e-12;

/// An ε that cannot be taken for it.
const ANOTHER_EPSILON: f32 = 0.1;

/// The exercise `vision-transformer`.
pub fn exercise() -> Exercise {
    Exercise::new("vision-transformer", TOLERANCE)
        .task(patches::task())
        .task(interpolate::task())
        .task(embed::task())
        .task(block::task())
        .task(classify::task())
}
