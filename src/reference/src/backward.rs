//! Backward passes of the parts of a transformer: libtorch's autograd, in `f64`, through its own kernels.
//!
//! Each module has the forward pass that is differentiated, and the formula of its gradients, which mistakes are made of.
//! A test compares autograd with the formulas, and with finite differences.

pub mod autograd;
pub mod cross_entropy;
pub mod embedding;
pub mod gelu;
pub mod linear;
pub mod norms;

mod rows;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;
use crate::property::Property;

/// The right gradients are those of `f64`. A correct `f32` program adds a few roundings of numbers that are at most ten
/// times as large as its results: where a row is small, a norm divides by a tenth.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The exercise `backward`.
pub fn exercise() -> Exercise {
    Exercise::new("backward", TOLERANCE)
        .task(linear::task())
        .task(gelu::task())
        .task(cross_entropy::task())
        .task(norms::layer_norm())
        .task(norms::rms_norm())
        .task(embedding::task())
}

/// Multiplies all of these outputs by what the gradient of the output, `of`, is multiplied by.
pub(crate) fn linear_in(of: &'static str, outputs: &[&str]) -> Property {
    Property::new(
        format!("linear-in-{of}"),
        format!("a {of} that is multiplied by −3 multiplies all gradients by −3"),
    )
    .in_case("plain")
    .multiply([of], -3.0)
    .expect_multiplied(outputs.iter().copied(), -3.0)
}
