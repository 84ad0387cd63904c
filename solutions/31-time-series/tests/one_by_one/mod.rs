//! Window by window, from the last to the first: everything is a sum over windows.

use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis, concatenate, s, stack};
use time_series::{
    Errors, Naive, Part, Record, RunSettings, Scale, Shape, Split, State, Steps, Tensors, Windows,
};
use training::{accumulate, update};

use crate::{loops, slices};

/// Two passes in `f64`.
pub(crate) fn scale(series: ArrayView1<'_, f32>, split: usize) -> Scale {
    let training: Vec<f64> = series.iter().take(split).map(|&it| f64::from(it)).collect();
    let mean = training.iter().sum::<f64>() / split as f64;
    let squares = training.iter().map(|value| (value - mean).powi(2));
    let deviation = (squares.sum::<f64>() / split as f64).sqrt() as f32;
    let mean = mean as f32;
    Scale {
        mean,
        deviation: if deviation > 0.0 { deviation } else { 1.0 },
    }
}

/// From the newest window to the oldest, and then reversed.
pub(crate) fn windows(
    series: ArrayView1<'_, f32>,
    split: usize,
    context: usize,
    horizon: usize,
) -> Split {
    let cut = |first: usize, end: usize| {
        let (mut contexts, mut targets) = (Vec::new(), Vec::new());
        let mut target = end - horizon;
        while target >= first + context {
            contexts.push(series.slice(s![target - context..target]));
            targets.push(series.slice(s![target..target + horizon]));
            target -= 1;
        }
        contexts.reverse();
        targets.reverse();
        Windows {
            contexts: stack(Axis(0), &contexts).expect("equal lengths"),
            targets: stack(Axis(0), &targets).expect("equal lengths"),
        }
    };
    Split {
        train: cut(0, split),
        test: cut(split - context, series.len()),
    }
}

/// Each context from its last patch to its first, and then reversed.
pub(crate) fn patches(contexts: ArrayView2<'_, f32>, patch: usize) -> Array3<f32> {
    let mut windows = Vec::new();
    for context in contexts.rows() {
        let values = context.to_vec();
        let mut newest_first: Vec<&[f32]> = values.rchunks_exact(patch).collect();
        newest_first.reverse();
        let rows = Array2::from_shape_vec((newest_first.len(), patch), newest_first.concat());
        windows.push(rows.expect("whole rows"));
    }
    let windows: Vec<_> = windows.iter().map(|window| window.view()).collect();
    stack(Axis(0), &windows).expect("as many patches in all windows")
}

pub(crate) fn forward(contexts: ArrayView2<'_, f32>, parameters: &Tensors, shape: Shape) -> Steps {
    let singles: Vec<Steps> = (0..contexts.nrows())
        .rev()
        .map(|window| {
            let context = contexts.slice(s![window..=window, ..]);
            slices::forward(context, parameters, shape)
        })
        .collect();
    let states = singles[0].states.len();
    Steps {
        level: joined(&singles, |steps| steps.level.view()),
        patches: joined(&singles, |steps| steps.patches.view()),
        states: (0..states)
            .map(|state| joined(&singles, |steps| steps.states[state].view()))
            .collect(),
        attention: (0..states - 1)
            .map(|block| joined(&singles, |steps| steps.attention[block].view()))
            .collect(),
        forecast: joined(&singles, |steps| steps.forecast.view()),
    }
}

/// The windows, which come from the last to the first, in their order.
fn joined<D: ndarray::RemoveAxis>(
    singles: &[Steps],
    part: impl Fn(&Steps) -> ndarray::ArrayView<'_, f32, D>,
) -> ndarray::Array<f32, D> {
    let parts: Vec<_> = singles.iter().rev().map(part).collect();
    concatenate(Axis(0), &parts).expect("equal shapes")
}

pub(crate) fn gradients(windows: &Windows, parameters: &Tensors, shape: Shape) -> Part {
    let mut parts = Vec::new();
    for window in (0..windows.contexts.nrows()).rev() {
        let single = windows.select(Array1::from_elem(1, window).view());
        parts.push(slices::gradients(&single, parameters, shape));
    }
    accumulate(&parts)
}

/// Step by step, from the forecasts before it.
pub(crate) fn naive(
    series: ArrayView1<'_, f32>,
    origin: usize,
    horizon: usize,
    season: usize,
) -> Naive {
    let mut with_forecasts: Vec<f32> = series.iter().take(origin).copied().collect();
    for step in 0..horizon {
        with_forecasts.push(with_forecasts[origin + step - season]);
    }
    let known = &with_forecasts[..origin];
    let mean = known.iter().sum::<f32>() / origin as f32;
    let last = known[origin - 1];
    Naive {
        last: (0..horizon).map(|_| last).collect(),
        mean: (0..horizon).map(|_| mean).collect(),
        seasonal: with_forecasts[origin..].to_vec().into(),
    }
}

/// Forecasts and targets in real units first; then window by window.
pub(crate) fn errors(
    forecasts: ArrayView2<'_, f32>,
    targets: ArrayView2<'_, f32>,
    scale: Scale,
) -> Errors {
    let (mut sizes, mut squares) = (0.0_f64, Array1::<f64>::zeros(forecasts.ncols()));
    let real = |value: f32| f64::from(value) * f64::from(scale.deviation) + f64::from(scale.mean);
    for window in (0..forecasts.nrows()).rev() {
        let errors = forecasts.row(window).mapv(real) - targets.row(window).mapv(real);
        sizes += errors.mapv(f64::abs).sum();
        squares += &(&errors * &errors);
    }
    let windows = forecasts.nrows() as f64;
    squares /= windows;
    Errors {
        mae: (sizes / forecasts.len() as f64) as f32,
        rmse: (squares.sum() / forecasts.ncols() as f64).sqrt() as f32,
        by_step: squares.mapv(|square| square.sqrt() as f32),
    }
}

/// A round, and then the forecast of the rest with a longer series.
pub(crate) fn forecast(
    series: ArrayView1<'_, f32>,
    origin: usize,
    steps: usize,
    scale: Scale,
    parameters: &Tensors,
    shape: Shape,
) -> Array1<f32> {
    let known = series.slice(s![..origin]);
    let context = scale.normalize(known.slice(s![origin - shape.context..]));
    let next = loops::forward(context.insert_axis(Axis(0)).view(), parameters, shape).forecast;
    let next = next
        .row(0)
        .mapv(|value| value * scale.deviation + scale.mean);
    if steps <= next.len() {
        return next.slice(s![..steps]).to_owned();
    }
    let longer = concatenate![Axis(0), known, next];
    let (end, left) = (longer.len(), steps - next.len());
    let rest = forecast(longer.view(), end, left, scale, parameters, shape);
    concatenate![Axis(0), next, rest]
}

/// The windows of a batch one by one, and one step with all of them.
pub(crate) fn train(
    state: &State,
    windows: &Windows,
    order: ArrayView2<'_, usize>,
    until: usize,
    shape: Shape,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    let (mut state, mut records) = (state.clone(), Vec::new());
    loop {
        if state.step >= until {
            return (state, records);
        }
        let mut parts = Vec::new();
        for &window in order.row(state.step % order.nrows()) {
            let single = windows.select(Array1::from_elem(1, window).view());
            parts.push(slices::gradients(&single, &state.parameters, shape));
        }
        let (next, record) = update(&state, &accumulate(&parts), settings);
        state = next;
        records.push(record);
    }
}
