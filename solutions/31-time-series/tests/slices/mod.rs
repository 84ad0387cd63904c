//! By what `ndarray` has for windows, chunks, means and products.

use std::ops::Range;

use gpt::{EPSILON, block};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, s, stack};
use time_series::{
    Errors, Forecaster, Naive, Part, Record, RunSettings, Scale, Shape, Split, State, Steps,
    Tensors, Windows, forecaster,
};
use training::{block_backward, norm_backward, update};

pub(crate) fn scale(series: ArrayView1<'_, f32>, split: usize) -> Scale {
    let (training, _) = series.split_at(Axis(0), split);
    let deviation = training.std(0.0);
    Scale {
        mean: training.mean().expect("at least one value"),
        deviation: if deviation == 0.0 { 1.0 } else { deviation },
    }
}

pub(crate) fn windows(
    series: ArrayView1<'_, f32>,
    split: usize,
    context: usize,
    horizon: usize,
) -> Split {
    let length = context + horizon;
    let all: Vec<_> = series.windows(length).into_iter().collect();
    let cut = |range: Range<usize>| {
        let windows = stack(Axis(0), &all[range]).expect("equal lengths");
        Windows {
            contexts: windows.slice(s![.., ..context]).to_owned(),
            targets: windows.slice(s![.., context..]).to_owned(),
        }
    };
    Split {
        train: cut(0..split + 1 - length),
        test: cut(split - context..all.len()),
    }
}

pub(crate) fn patches(contexts: ArrayView2<'_, f32>, patch: usize) -> Array3<f32> {
    let rest = contexts.ncols() % patch;
    let kept = contexts.slice(s![.., rest..]);
    let chunks: Vec<_> = kept.axis_chunks_iter(Axis(1), patch).collect();
    stack(Axis(1), &chunks).expect("equal lengths")
}

/// The head is applied to the last vector alone, before any other is normed.
pub(crate) fn forward(contexts: ArrayView2<'_, f32>, parameters: &Tensors, shape: Shape) -> Steps {
    let model = forecaster(parameters);
    let level = contexts.mean_axis(Axis(1)).expect("at least one value");
    let mut relative = contexts.to_owned();
    for (mut row, &level) in relative.rows_mut().into_iter().zip(&level) {
        row -= level;
    }
    let patches = patches(relative.view(), shape.patch);
    let mut states = vec![embed(&model, patches.view())];
    let mut attention = Vec::new();
    for weights in &model.blocks {
        let input = states[states.len() - 1].view();
        let steps = block(input, weights, shape.heads);
        states.push(steps.output);
        attention.push(steps.attention_weights);
    }
    let last = states[states.len() - 1].slice(s![.., -1.., ..]);
    let normed = model.final_norm.apply(last, EPSILON);
    let mut forecast = normed.index_axis(Axis(1), 0).dot(&model.w_head.t());
    forecast += &model.b_head;
    for (mut row, &level) in forecast.rows_mut().into_iter().zip(&level) {
        row += level;
    }
    Steps {
        level,
        patches,
        states,
        attention,
        forecast,
    }
}

/// The vectors of the patches, with all patches as rows of one matrix.
fn embed(model: &Forecaster<'_>, patches: ArrayView3<'_, f32>) -> Array3<f32> {
    let (windows, count, _) = patches.dim();
    let vectors = rows(patches).dot(&model.w_patch.t()) + model.b_patch;
    let sizes = (windows, count, model.b_patch.len());
    let mut vectors = vectors.into_shape_clone(sizes).expect("as many entries");
    for mut window in vectors.outer_iter_mut() {
        window += &model.positions;
    }
    vectors
}

/// All positions as rows.
fn rows(x: ArrayView3<'_, f32>) -> Array2<f32> {
    let (windows, count, width) = x.dim();
    let rows = x.to_shape((windows * count, width));
    rows.expect("as many entries").into_owned()
}

pub(crate) fn gradients(windows: &Windows, parameters: &Tensors, shape: Shape) -> Part {
    let model = forecaster(parameters);
    let steps = forward(windows.contexts.view(), parameters, shape);
    let errors = steps.forecast - &windows.targets;
    let counted = errors.len();
    let loss = errors
        .mapv(|error| error * error)
        .mean()
        .expect("at least one value");

    let dforecast = errors.mapv(|error| 2.0 * error / counted as f32);
    let output = &steps.states[model.blocks.len()];
    let last = output.slice(s![.., -1.., ..]);
    let normed = model.final_norm.apply(last, EPSILON);
    let dlast = dforecast.dot(&model.w_head).insert_axis(Axis(1));
    let norm = norm_backward(last, &model.final_norm, dlast.view());
    let dw_head = dforecast.t().dot(&normed.index_axis(Axis(1), 0));
    let mut dx = Array3::zeros(output.raw_dim());
    dx.slice_mut(s![.., -1.., ..]).assign(&norm.dx);

    let mut gradients = Tensors::new();
    for (index, weights) in model.blocks.iter().enumerate().rev() {
        let input = steps.states[index].view();
        let (dinput, of_block) = block_backward(input, weights, shape.heads, dx.view());
        let named = of_block.into_iter();
        gradients.extend(named.map(|(name, d)| (format!("blocks.{index}.{name}"), d)));
        dx = dinput;
    }
    let drows = rows(dx.view());
    for (name, gradient) in [
        (
            "w_patch",
            drows.t().dot(&rows(steps.patches.view())).into_dyn(),
        ),
        ("b_patch", drows.sum_axis(Axis(0)).into_dyn()),
        ("positions", dx.sum_axis(Axis(0)).into_dyn()),
        ("gamma_f", norm.dgamma.into_dyn()),
        ("beta_f", norm.dbeta.into_dyn()),
        ("w_head", dw_head.into_dyn()),
        ("b_head", dforecast.sum_axis(Axis(0)).into_dyn()),
    ] {
        gradients.insert(name.to_owned(), gradient);
    }
    Part {
        loss,
        counted,
        gradients,
    }
}

pub(crate) fn naive(
    series: ArrayView1<'_, f32>,
    origin: usize,
    horizon: usize,
    season: usize,
) -> Naive {
    let known = series.slice(s![..origin]);
    let of_season = known.slice(s![origin - season..]);
    let again = of_season.iter().copied().cycle().take(horizon);
    Naive {
        last: Array1::<f32>::zeros(horizon) + known[origin - 1],
        seasonal: again.collect(),
        mean: Array1::<f32>::zeros(horizon) + known.mean().expect("at least one value"),
    }
}

/// Both are turned back into real units first.
pub(crate) fn errors(
    forecasts: ArrayView2<'_, f32>,
    targets: ArrayView2<'_, f32>,
    scale: Scale,
) -> Errors {
    let errors = &forecasts - &targets;
    let squares = errors.mapv(|error| (error * scale.deviation).powi(2));
    let by_step = squares.mean_axis(Axis(0)).expect("at least one window");
    Errors {
        mae: errors.mapv(f32::abs).mean().expect("at least one value") * scale.deviation,
        rmse: squares.mean().expect("at least one value").sqrt(),
        by_step: by_step.mapv(f32::sqrt),
    }
}

/// Room for all rounds at once.
pub(crate) fn forecast(
    series: ArrayView1<'_, f32>,
    origin: usize,
    steps: usize,
    scale: Scale,
    parameters: &Tensors,
    shape: Shape,
) -> Array1<f32> {
    let horizon = forecaster(parameters).b_head.len();
    let rounds = steps.div_ceil(horizon);
    let mut values = Array1::zeros(shape.context + rounds * horizon);
    let known = series.slice(s![origin - shape.context..origin]);
    values
        .slice_mut(s![..shape.context])
        .assign(&scale.normalize(known));
    for round in 0..rounds {
        let from = round * horizon;
        let context = values.slice(s![from..from + shape.context]).to_owned();
        let context = context.insert_axis(Axis(0));
        let next = forward(context.view(), parameters, shape).forecast;
        let to = from + shape.context;
        values.slice_mut(s![to..to + horizon]).assign(&next.row(0));
    }
    let forecast = values.slice(s![shape.context..shape.context + steps]);
    forecast.mapv(|value| scale.mean + scale.deviation * value)
}

/// The rows of the order, again and again from the one that is next.
pub(crate) fn train(
    state: &State,
    windows: &Windows,
    order: ArrayView2<'_, usize>,
    until: usize,
    shape: Shape,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    let rows: Vec<_> = order.rows().into_iter().collect();
    let next_rows = rows.iter().cycle().skip(state.step % rows.len());
    let (mut state, mut records) = (state.clone(), Vec::new());
    for row in next_rows.take(until.saturating_sub(state.step)) {
        let part = gradients(&windows.select(*row), &state.parameters, shape);
        let (next, record) = update(&state, &part, settings);
        state = next;
        records.push(record);
    }
    (state, records)
}
