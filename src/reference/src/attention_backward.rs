//! The backward pass of attention: libtorch's autograd, in `f64`, through its own kernel.
//!
//! [`attention`] has that of a single head, [`multi_head`] that of all heads with their linear layers. Mistakes are
//! computed by the formulas, step by step. A test compares autograd with the formulas, and with finite differences.

pub mod attention;
pub mod multi_head;

mod masks;
mod self_attention;
mod steps;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;

/// The right gradients are those of `f64`. A correct `f32` program adds a few roundings of sums whose terms are at most
/// ten times as large as its results. Where scores are large, the entries of queries and keys are 64ths, so that scores
/// have no rounding at all.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The exercise `attention-backward`.
pub fn exercise() -> Exercise {
    Exercise::new("attention-backward", TOLERANCE)
        .task(attention::task())
        .task(multi_head::task())
        .task(self_attention::task())
}
