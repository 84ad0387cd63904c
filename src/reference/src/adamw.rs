//! A step of AdamW, the clipping of gradients, and the course of the learning rate. All of it is computed in `f64` from
//! the `f32` numbers that learners get, so that only the rounding of correct `f32` programs is left to differ. A test
//! compares the right ways with libtorch's own optimiser and clipping.

mod by_libtorch;
mod clip;
mod learning_rate;
mod schedule;
mod step;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;

pub(crate) use by_libtorch::LibtorchAdamW;
pub(crate) use schedule::Schedule;
pub(crate) use step::{Constants, State, step};

/// Room for rounding: in `f32`, 1 − β₂ᵗ has an error of about 10⁻⁵ of its size in the first steps, and a parameter that
/// moves by η gets half of that.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 1e-5,
};

/// The exercise `adamw`.
pub fn exercise() -> Exercise {
    Exercise::new("adamw", TOLERANCE)
        .task(step::task())
        .task(clip::task())
        .task(learning_rate::task())
}
