//! # Time series
//!
//! A transformer reads vectors, and it does not mind where they come from. Here they come from a series of numbers:
//! each *patch*, a few values in a row, becomes one vector, as a word does in a text. The model reads the patches of a
//! window and says how the series continues.
//!
//! ```text
//! scale      the mean and the deviation of the training part, and of nothing else
//! windows    context | target, at every place where both are on the same side of the split
//!
//! level      l = mean of the context                    the forecast is relative to it
//! patches    the context less l, cut into pieces from its end backwards, in the order of time
//! embed      x₀ = patches W_pᵀ + b_p + P
//! blocks     x_{i+1} = block_i(x_i)                     those of exercise 18, under a causal mask
//! head       ŷ = l + LayerNorm_f(x_n)[last] W_hᵀ + b_h
//!
//! loss       the mean of (ŷ − y)² over all windows and steps
//! forecast   the model's own values are its next context, for as long as it takes
//! ```
//!
//! (Patches: Nie et al. 2023, "A Time Series is Worth 64 Words", section 3.1. A decoder that reads them: Das et al.
//! 2024, "A decoder-only foundation model for time-series forecasting", section 4. Subtracting what the level of a
//! window is: Kim et al. 2022, "Reversible Instance Normalization", section 3. Why a naive forecast is part of each
//! result: Hyndman and Athanasopoulos 2021, "Forecasting: Principles and Practice", sections 5.2 and 5.8.)
//!
//! | name         | shape                     | meaning                                                              |
//! |--------------|---------------------------|----------------------------------------------------------------------|
//! | series       | (values)                  | the numbers, oldest first; value `split` is the first of the test    |
//! | contexts     | (windows, context)        | the values that the model reads                                      |
//! | targets, ŷ   | (windows, horizon)        | the values that follow them, and what the model says they are        |
//! | patches      | (windows, patches, patch) | the pieces of a context                                              |
//! | W_p, b_p     | (d_model, patch)          | turn a patch into a vector; b_p is (d_model)                         |
//! | P            | (patches, d_model)        | a row for each place of a patch in the context                       |
//! | W_h, b_h     | (horizon, d_model)        | turn the last vector into a forecast; b_h is (horizon)               |
//! | [`Tensors`]  |                           | the parameters of the model, or a gradient for each of them          |
//! | [`Shape`]    |                           | the sizes that do not follow from the parameters                     |
//!
//! The last patch has seen all patches before it, so the forecast is read from its vector. The weights of attention are
//! an output, too: they say which part of the window a forecast has used.
//!
//! You do not write the parts again. `block(x, weights, heads)` is that of exercise 18; what it returns has the fields
//! `attention_weights` and `output`. `linear_backward` is that of exercise 25. Exercise 28 has `block_backward(x,
//! weights, heads, dy)`, which returns dx and gradients by name, and `update(state, part, settings)`, which returns the
//! next state and its report; its `norm_backward` is given. [`forecaster`] gives you the weights. `Cargo.toml` says
//! whose functions these are, the course's or your own.

pub mod experiment;
pub mod measures;
mod model;
pub mod series;
pub mod start;

use std::ops::Range;

use attentive_given::linear;
use backward::linear_backward;
use gpt::{EPSILON, block};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis, concatenate, s};
use training::{block_backward, norm_backward, update};

pub use model::{Errors, Forecaster, Naive, Scale, Shape, Split, Steps, Windows, forecaster};
pub use training::{Part, Record, RunSettings, Schedule, Settings, State, Tensors};

/// Mean and standard deviation of the training part: the first `split` values of the series.
///
/// The deviation is the root of the mean square, with `split` in the denominator. If all values of the training part
/// are equal, it is 1. `split` is at least 1. Values may be far from 0, such as 300 with a deviation of 0.5.
pub fn scale(series: ArrayView1<'_, f32>, split: usize) -> Scale {
    todo!("mean and root mean square deviation of the first values; 1 instead of 0")
}

/// All windows of a series that a split allows, in the order of time, one value after the other.
///
/// A window is `context` values and the `horizon` values that follow them, its target. A window to learn from is
/// altogether before value `split`. The target of a window to test on is altogether at or after value `split`. Its
/// context is what is known at that moment, so it may reach back before the split. There is room for at least one
/// window of each kind.
pub fn windows(series: ArrayView1<'_, f32>, split: usize, context: usize, horizon: usize) -> Split {
    todo!(
        "windows from the first value up to the split; and from a context before the split up to the end"
    )
}

/// Contexts cut into patches, in the order of time: (windows, patches, patch).
///
/// `contexts` is (windows, context), and `patch` is at least 1 and at most `context`. Patches follow each other without
/// a gap and do not overlap. If `context` is no multiple of `patch`, the oldest values are left out, so that the last
/// patch ends with the last value.
pub fn patches(contexts: ArrayView2<'_, f32>, patch: usize) -> Array3<f32> {
    todo!("leave out the oldest values that fill no patch; the rest in rows of one patch each")
}

/// The forecast of each window, with all steps that lead to it.
///
/// `contexts` is (windows, context), in normalised units. The level of a window is the mean of its whole context. It is
/// subtracted before the context is cut, and added to the forecast.
pub fn forward(contexts: ArrayView2<'_, f32>, parameters: &Tensors, shape: Shape) -> Steps {
    todo!(
        "level; patches of what is left; vectors and places; the blocks; norm and head of the last; level"
    )
}

/// The mean squared error of the forecasts of these windows, and its gradient for each parameter.
///
/// The mean is that over all windows and all steps of the horizon. `counted` is the number of values it is taken over.
/// The gradients have the names and the shapes of `parameters`.
pub fn gradients(windows: &Windows, parameters: &Tensors, shape: Shape) -> Part {
    todo!(
        "forward; the loss; then back: the head, the last norm, the blocks from the last to the first, embed"
    )
}

/// Forecasts of the `horizon` values from value `origin` on that need no model.
///
/// Only values before `origin` are known. The seasonal forecast of a step is the known value at the same place in the
/// last season, `season` values long, and begins again where a horizon is longer than that. `origin` is at least 1 and
/// at least `season`, and `season` is at least 1.
pub fn naive(series: ArrayView1<'_, f32>, origin: usize, horizon: usize, season: usize) -> Naive {
    todo!(
        "the last known value; the last known season, again and again; the mean of all that is known"
    )
}

/// Errors of forecasts, in the units of the series.
///
/// `forecasts` and `targets` are (windows, horizon), in normalised units. All windows and all steps count alike.
pub fn errors(
    forecasts: ArrayView2<'_, f32>,
    targets: ArrayView2<'_, f32>,
    scale: Scale,
) -> Errors {
    todo!(
        "the differences in real units; the mean of their sizes, and roots of the means of their squares"
    )
}

/// The forecast of `steps` values from value `origin` on, in the units of the series.
///
/// Only values before `origin` are known: at least `shape.context` of them. `steps` is at least 1. The series may end
/// at `origin`, or continue. The model is asked for as many values as its horizon has, and reads these as if they were
/// known, until there are enough. What it has said too much is left out.
pub fn forecast(
    series: ArrayView1<'_, f32>,
    origin: usize,
    steps: usize,
    scale: Scale,
    parameters: &Tensors,
    shape: Shape,
) -> Array1<f32> {
    todo!("normalise what is known; forecast and append, until there are enough; back to the units")
}

/// Takes steps until `until` steps have been taken in all: the state after them, and the reports of those that were
/// taken here.
///
/// `order` is (batches, batch): a row has the indices of the windows that are read together. Step 1 reads the first
/// row, step 2 the second, and after the last row comes the first again. The state may be that of a run that has taken
/// steps before. Of the settings, those that are about tokens are of no use here: `heads`, `ignored` and `micro_batch`.
pub fn train(
    state: &State,
    windows: &Windows,
    order: ArrayView2<'_, usize>,
    until: usize,
    shape: Shape,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    todo!(
        "while there are steps to take: the windows of this step, their gradients, the update, its report"
    )
}
