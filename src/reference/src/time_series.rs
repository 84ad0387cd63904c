//! Forecasts of a series: its windows, a small decoder that reads patches, its training, and the naive forecasts next
//! to it. All of it is computed in `f64`; gradients are those of autograd, and the steps of training those of
//! libtorch's own optimiser.

pub mod model;

mod cases;
mod errors;
mod forecast;
mod forward;
mod gradients;
mod naive;
mod patches;
mod run;
mod scale;
mod train;
mod windows;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;

/// Room for a few roundings of numbers near 1 in a model of one or two blocks. As in the exercise on training, the ε of
/// AdamW is 0.001, so that a gradient of nothing but rounding moves nothing.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The exercise `time-series`.
pub fn exercise() -> Exercise {
    Exercise::new("time-series", TOLERANCE)
        .task(scale::task())
        .task(windows::task())
        .task(patches::task())
        .task(forward::task())
        .task(gradients::task())
        .task(naive::task())
        .task(errors::task())
        .task(forecast::task())
        .task(train::task())
}
