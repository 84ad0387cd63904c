//! The loss of a language model, from the windows of a text to bits per byte. The loss itself is libtorch's own kernel.

mod evaluation;
mod loss;
mod pairs;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;

pub use loss::{formula, kernel};

/// A loss is a mean of some logarithms: a few roundings of each. Perplexity turns an absolute error of the mean into a
/// relative one.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// The axes of an output that is one number.
const ONE_NUMBER: [&str; 0] = [];

/// The exercise `cross-entropy`.
pub fn exercise() -> Exercise {
    Exercise::new("cross-entropy", TOLERANCE)
        .task(pairs::task())
        .task(loss::task())
        .task(evaluation::perplexity())
        .task(evaluation::bits_per_byte())
}
