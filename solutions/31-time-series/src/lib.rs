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

#[path = "../../../exercises/31-time-series/src/experiment.rs"]
pub mod experiment;
#[path = "../../../exercises/31-time-series/src/measures.rs"]
pub mod measures;
#[path = "../../../exercises/31-time-series/src/model.rs"]
mod model;
#[path = "../../../exercises/31-time-series/src/series.rs"]
pub mod series;
#[path = "../../../exercises/31-time-series/src/start.rs"]
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
    // region: solution "mean and root mean square deviation of the first values; 1 instead of 0"
    let training = series.slice(s![..split]);
    let mean = training.sum() / split as f32;
    let deviations = &training - mean;
    let deviation = (deviations.dot(&deviations) / split as f32).sqrt();
    Scale {
        mean,
        deviation: if deviation > 0.0 { deviation } else { 1.0 },
    }
    // endregion
}

/// All windows of a series that a split allows, in the order of time, one value after the other.
///
/// A window is `context` values and the `horizon` values that follow them, its target. A window to learn from is
/// altogether before value `split`. The target of a window to test on is altogether at or after value `split`. Its
/// context is what is known at that moment, so it may reach back before the split. There is room for at least one
/// window of each kind.
pub fn windows(series: ArrayView1<'_, f32>, split: usize, context: usize, horizon: usize) -> Split {
    // region: solution "windows from the first value up to the split; and from a context before the split up to the end"
    /// The windows that begin at these values.
    fn cut(
        series: ArrayView1<'_, f32>,
        starts: Range<usize>,
        [context, horizon]: [usize; 2],
    ) -> Windows {
        let part = |from: usize, length: usize| {
            Array2::from_shape_fn((starts.len(), length), |(window, at)| {
                series[starts.start + window + from + at]
            })
        };
        Windows {
            contexts: part(0, context),
            targets: part(context, horizon),
        }
    }

    let length = context + horizon;
    Split {
        train: cut(series, 0..split + 1 - length, [context, horizon]),
        test: cut(
            series,
            split - context..series.len() + 1 - length,
            [context, horizon],
        ),
    }
    // endregion
}

/// Contexts cut into patches, in the order of time: (windows, patches, patch).
///
/// `contexts` is (windows, context), and `patch` is at least 1 and at most `context`. Patches follow each other without
/// a gap and do not overlap. If `context` is no multiple of `patch`, the oldest values are left out, so that the last
/// patch ends with the last value.
pub fn patches(contexts: ArrayView2<'_, f32>, patch: usize) -> Array3<f32> {
    // region: solution "leave out the oldest values that fill no patch; the rest in rows of one patch each"
    let (windows, context) = contexts.dim();
    let count = context / patch;
    let kept = contexts.slice(s![.., context - count * patch..]);
    let cut = kept.to_shape((windows, count, patch));
    cut.expect("as many entries").into_owned()
    // endregion
}

/// The forecast of each window, with all steps that lead to it.
///
/// `contexts` is (windows, context), in normalised units. The level of a window is the mean of its whole context. It is
/// subtracted before the context is cut, and added to the forecast.
pub fn forward(contexts: ArrayView2<'_, f32>, parameters: &Tensors, shape: Shape) -> Steps {
    // region: solution "level; patches of what is left; vectors and places; the blocks; norm and head of the last; level"
    let model = forecaster(parameters);
    let level = contexts.sum_axis(Axis(1)) / contexts.ncols() as f32;
    let relative = &contexts - &level.view().insert_axis(Axis(1));
    let patches = patches(relative.view(), shape.patch);
    let embedded = linear(patches.view(), model.w_patch, Some(model.b_patch)) + model.positions;

    let mut states = vec![embedded];
    let mut attention = Vec::new();
    for (index, weights) in model.blocks.iter().enumerate() {
        let steps = block(states[index].view(), weights, shape.heads);
        attention.push(steps.attention_weights);
        states.push(steps.output);
    }
    let output = &states[model.blocks.len()];
    let normed = model.final_norm.apply(output.view(), EPSILON);
    let last = normed.slice(s![.., -1, ..]);
    let relative = linear(last, model.w_head, Some(model.b_head));
    let forecast = relative + level.view().insert_axis(Axis(1));
    Steps {
        level,
        patches,
        states,
        attention,
        forecast,
    }
    // endregion
}

/// The mean squared error of the forecasts of these windows, and its gradient for each parameter.
///
/// The mean is that over all windows and all steps of the horizon. `counted` is the number of values it is taken over.
/// The gradients have the names and the shapes of `parameters`.
pub fn gradients(windows: &Windows, parameters: &Tensors, shape: Shape) -> Part {
    // region: solution "forward; the loss; then back: the head, the last norm, the blocks from the last to the first, embed"
    let model = forecaster(parameters);
    let steps = forward(windows.contexts.view(), parameters, shape);
    let errors = &steps.forecast - &windows.targets;
    let counted = errors.len();
    let loss = (&errors * &errors).sum() / counted as f32;

    let dforecast = errors * (2.0 / counted as f32);
    let output = &steps.states[model.blocks.len()];
    let normed = model.final_norm.apply(output.view(), EPSILON);
    let last = s![.., -1, ..];
    let head = linear_backward(normed.slice(last), model.w_head, dforecast.view());
    let mut dnormed = Array3::zeros(normed.raw_dim());
    dnormed.slice_mut(last).assign(&head.dx);
    let final_norm = norm_backward(output.view(), &model.final_norm, dnormed.view());

    let mut gradients = Tensors::new();
    let mut dx = final_norm.dx;
    for (index, weights) in model.blocks.iter().enumerate().rev() {
        let input = steps.states[index].view();
        let (dinput, of_block) = block_backward(input, weights, shape.heads, dx.view());
        for (name, gradient) in of_block {
            gradients.insert(format!("blocks.{index}.{name}"), gradient);
        }
        dx = dinput;
    }
    let embed = linear_backward(steps.patches.view(), model.w_patch, dx.view());
    let around = [
        ("w_patch", embed.dw.into_dyn()),
        ("b_patch", embed.db.into_dyn()),
        ("positions", dx.sum_axis(Axis(0)).into_dyn()),
        ("gamma_f", final_norm.dgamma.into_dyn()),
        ("beta_f", final_norm.dbeta.into_dyn()),
        ("w_head", head.dw.into_dyn()),
        ("b_head", head.db.into_dyn()),
    ];
    gradients.extend(around.map(|(name, gradient)| (name.to_owned(), gradient)));
    Part {
        loss,
        counted,
        gradients,
    }
    // endregion
}

/// Forecasts of the `horizon` values from value `origin` on that need no model.
///
/// Only values before `origin` are known. The seasonal forecast of a step is the known value at the same place in the
/// last season, `season` values long, and begins again where a horizon is longer than that. `origin` is at least 1 and
/// at least `season`, and `season` is at least 1.
pub fn naive(series: ArrayView1<'_, f32>, origin: usize, horizon: usize, season: usize) -> Naive {
    // region: solution "the last known value; the last known season, again and again; the mean of all that is known"
    let known = series.slice(s![..origin]);
    let seasonal = (0..horizon).map(|step| known[origin - season + step % season]);
    Naive {
        last: Array1::from_elem(horizon, known[origin - 1]),
        seasonal: seasonal.collect(),
        mean: Array1::from_elem(horizon, known.sum() / origin as f32),
    }
    // endregion
}

/// Errors of forecasts, in the units of the series.
///
/// `forecasts` and `targets` are (windows, horizon), in normalised units. All windows and all steps count alike.
pub fn errors(
    forecasts: ArrayView2<'_, f32>,
    targets: ArrayView2<'_, f32>,
    scale: Scale,
) -> Errors {
    // region: solution "the differences in real units; the mean of their sizes, and roots of the means of their squares"
    let (windows, horizon) = forecasts.dim();
    let count = (windows * horizon) as f32;
    let errors = (&forecasts - &targets) * scale.deviation;
    let squares = &errors * &errors;
    Errors {
        mae: errors.mapv(f32::abs).sum() / count,
        rmse: (squares.sum() / count).sqrt(),
        by_step: (squares.sum_axis(Axis(0)) / windows as f32).sqrt(),
    }
    // endregion
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
    // region: solution "normalise what is known; forecast and append, until there are enough; back to the units"
    let mut values = scale.normalize(series.slice(s![..origin]));
    let end = origin + steps;
    while values.len() < end {
        let context = values.slice(s![values.len() - shape.context..]);
        let context = context.insert_axis(Axis(0));
        let next = forward(context, parameters, shape).forecast;
        values = concatenate![Axis(0), values, next.row(0)];
    }
    let forecast = values.slice(s![origin..end]);
    &forecast * scale.deviation + scale.mean
    // endregion
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
    // region: solution "while there are steps to take: the windows of this step, their gradients, the update, its report"
    let mut state = state.clone();
    let mut records = Vec::new();
    while state.step < until {
        let batch = windows.select(order.row(state.step % order.nrows()));
        let part = gradients(&batch, &state.parameters, shape);
        let (next, record) = update(&state, &part, settings);
        state = next;
        records.push(record);
    }
    (state, records)
    // endregion
}
