//! Training a small decoder: libtorch's autograd in `f64`, the clipping and the AdamW of [`adamw`](crate::adamw), and the
//! loop around them. A test compares it with libtorch's own optimiser.
//!
//! [`decoder`] has the model, and gradients as a mistake would compute them: the value of each part is right, and its
//! gradient is that of something else. The module `run` takes steps. [`loss_curves`] has runs with faults, whose curves a
//! lesson shows.

pub mod decoder;
pub mod loss_curves;

mod accumulate;
mod block;
pub(crate) mod cases;
mod checkpoint;
mod gradients;
mod run;
mod state;
mod steps;
mod trace;
mod train;
pub(crate) mod update;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;

/// The right numbers are those of `f64`. A correct `f32` program adds a few roundings, and AdamW divides by the size of a
/// gradient: where that is as small as the rounding, the direction of a step would be one of chance. The gradient of the
/// bias of the keys is 0, for example, because it adds the same to all scores of a query. So ε is 0.001 in all runs.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The exercise `training`.
pub fn exercise() -> Exercise {
    Exercise::new("training", TOLERANCE)
        .task(block::task())
        .task(gradients::task())
        .task(accumulate::task())
        .task(update::task())
        .task(steps::task())
        .task(train::task())
        .task(checkpoint::save())
        .task(checkpoint::resume())
}
