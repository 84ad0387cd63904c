//! Entry by entry, with sums in `f64`.

use gpt::{EPSILON, block};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis};
use time_series::{
    Errors, Naive, Part, Record, RunSettings, Scale, Shape, Split, State, Steps, Tensors, Windows,
    forecaster,
};
use training::{block_backward, norm_backward, update};

/// One pass, by Welford's updates.
pub(crate) fn scale(series: ArrayView1<'_, f32>, split: usize) -> Scale {
    let (mut mean, mut sum) = (0.0_f64, 0.0);
    for (index, &value) in series.iter().take(split).enumerate() {
        let value = f64::from(value);
        let before = value - mean;
        mean += before / (index + 1) as f64;
        sum += before * (value - mean);
    }
    let deviation = (sum / split as f64).sqrt();
    Scale {
        mean: mean as f32,
        deviation: if deviation == 0.0 {
            1.0
        } else {
            deviation as f32
        },
    }
}

pub(crate) fn windows(
    series: ArrayView1<'_, f32>,
    split: usize,
    context: usize,
    horizon: usize,
) -> Split {
    Split {
        train: cut(series, [0, split], [context, horizon]),
        test: cut(series, [split - context, series.len()], [context, horizon]),
    }
}

/// Windows from one value on, as long as they end before another one.
fn cut(
    series: ArrayView1<'_, f32>,
    [mut start, end]: [usize; 2],
    [context, horizon]: [usize; 2],
) -> Windows {
    let (mut contexts, mut targets, mut count) = (Vec::new(), Vec::new(), 0);
    while start + context + horizon <= end {
        for value in 0..context {
            contexts.push(series[start + value]);
        }
        for value in context..context + horizon {
            targets.push(series[start + value]);
        }
        start += 1;
        count += 1;
    }
    Windows {
        contexts: Array2::from_shape_vec((count, context), contexts).expect("whole rows"),
        targets: Array2::from_shape_vec((count, horizon), targets).expect("whole rows"),
    }
}

/// Counted from the end.
pub(crate) fn patches(contexts: ArrayView2<'_, f32>, patch: usize) -> Array3<f32> {
    let (windows, context) = contexts.dim();
    let count = context / patch;
    Array3::from_shape_fn((windows, count, patch), |(window, nth, value)| {
        contexts[(window, context - (count - nth) * patch + value)]
    })
}

pub(crate) fn forward(contexts: ArrayView2<'_, f32>, parameters: &Tensors, shape: Shape) -> Steps {
    let model = forecaster(parameters);
    let rows = contexts.rows().into_iter();
    let level: Array1<f32> = rows.map(mean).collect();
    let mut relative = contexts.to_owned();
    for ((window, _), value) in relative.indexed_iter_mut() {
        *value -= level[window];
    }
    let patches = patches(relative.view(), shape.patch);
    let (windows, count, _) = patches.dim();
    let sizes = (windows, count, model.b_patch.len());
    let mut x = Array3::from_shape_fn(sizes, |(window, nth, feature)| {
        let patch = patches.index_axis(Axis(0), window);
        let vector = product(patch.row(nth), model.w_patch.row(feature));
        vector + model.b_patch[feature] + model.positions[(nth, feature)]
    });
    let (mut states, mut attention) = (vec![x.clone()], Vec::new());
    for weights in &model.blocks {
        let steps = block(x.view(), weights, shape.heads);
        x = steps.output;
        states.push(x.clone());
        attention.push(steps.attention_weights);
    }
    let normed = model.final_norm.apply(x.view(), EPSILON);
    let last = normed.index_axis(Axis(1), count - 1);
    let forecast = Array2::from_shape_fn((windows, model.b_head.len()), |(window, step)| {
        product(last.row(window), model.w_head.row(step)) + model.b_head[step] + level[window]
    });
    Steps {
        level,
        patches,
        states,
        attention,
        forecast,
    }
}

fn mean(values: ArrayView1<'_, f32>) -> f32 {
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    (sum / values.len() as f64) as f32
}

fn product(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
    products.sum::<f64>() as f32
}

/// The two layers of its own are differentiated entry by entry.
pub(crate) fn gradients(windows: &Windows, parameters: &Tensors, shape: Shape) -> Part {
    let model = forecaster(parameters);
    let steps = forward(windows.contexts.view(), parameters, shape);
    let errors = &steps.forecast - &windows.targets;
    let counted = errors.len();
    let squares = errors.iter().map(|&error| f64::from(error).powi(2));
    let loss = (squares.sum::<f64>() / counted as f64) as f32;

    let output = &steps.states[steps.states.len() - 1];
    let normed = model.final_norm.apply(output.view(), EPSILON);
    let (_, count, _) = normed.dim();
    let mut dw_head = Array2::<f32>::zeros(model.w_head.raw_dim());
    let mut db_head = Array1::<f32>::zeros(model.b_head.len());
    let mut dnormed = Array3::<f32>::zeros(normed.raw_dim());
    for ((window, step), &error) in errors.indexed_iter() {
        let dforecast = 2.0 * error / counted as f32;
        db_head[step] += dforecast;
        for feature in 0..model.w_head.ncols() {
            let at = (window, count - 1, feature);
            dw_head[(step, feature)] += dforecast * normed[at];
            dnormed[at] += dforecast * model.w_head[(step, feature)];
        }
    }

    let norm = norm_backward(output.view(), &model.final_norm, dnormed.view());
    let mut gradients = Tensors::new();
    let mut dx = norm.dx;
    for index in (0..model.blocks.len()).rev() {
        let input = steps.states[index].view();
        let weights = &model.blocks[index];
        let (dinput, of_block) = block_backward(input, weights, shape.heads, dx.view());
        dx = dinput;
        for (name, gradient) in of_block {
            gradients.insert(format!("blocks.{index}.{name}"), gradient);
        }
    }
    embed_backward(&steps.patches, &dx, &mut gradients);
    gradients.insert("gamma_f".to_owned(), norm.dgamma.into_dyn());
    gradients.insert("beta_f".to_owned(), norm.dbeta.into_dyn());
    gradients.insert("w_head".to_owned(), dw_head.into_dyn());
    gradients.insert("b_head".to_owned(), db_head.into_dyn());
    Part {
        loss,
        counted,
        gradients,
    }
}

/// Adds the gradients of the layer that makes vectors, and of P.
fn embed_backward(patches: &Array3<f32>, dx: &Array3<f32>, gradients: &mut Tensors) {
    let ((_, count, patch), d_model) = (patches.dim(), dx.dim().2);
    let mut dw = Array2::<f32>::zeros((d_model, patch));
    let mut db = Array1::<f32>::zeros(d_model);
    let mut dpositions = Array2::<f32>::zeros((count, d_model));
    for ((window, nth, feature), &d) in dx.indexed_iter() {
        db[feature] += d;
        dpositions[(nth, feature)] += d;
        for value in 0..patch {
            dw[(feature, value)] += d * patches[(window, nth, value)];
        }
    }
    gradients.insert("w_patch".to_owned(), dw.into_dyn());
    gradients.insert("b_patch".to_owned(), db.into_dyn());
    gradients.insert("positions".to_owned(), dpositions.into_dyn());
}

pub(crate) fn naive(
    series: ArrayView1<'_, f32>,
    origin: usize,
    horizon: usize,
    season: usize,
) -> Naive {
    let (mut last, mut seasonal) = (Vec::new(), Vec::new());
    let mut place = origin - season;
    for _ in 0..horizon {
        last.push(series[origin - 1]);
        seasonal.push(series[place]);
        place += 1;
        if place == origin {
            place -= season;
        }
    }
    let sum: f64 = (0..origin).map(|index| f64::from(series[index])).sum();
    let mean = (sum / origin as f64) as f32;
    Naive {
        last: last.into(),
        seasonal: seasonal.into(),
        mean: vec![mean; horizon].into(),
    }
}

pub(crate) fn errors(
    forecasts: ArrayView2<'_, f32>,
    targets: ArrayView2<'_, f32>,
    scale: Scale,
) -> Errors {
    let (windows, horizon) = forecasts.dim();
    let (mut sizes, mut squares) = (0.0_f64, vec![0.0_f64; horizon]);
    for ((window, step), &forecast) in forecasts.indexed_iter() {
        let error = f64::from(forecast) - f64::from(targets[(window, step)]);
        let error = error * f64::from(scale.deviation);
        sizes += error.abs();
        squares[step] += error * error;
    }
    let all = (windows * horizon) as f64;
    let of_step = |sum: &f64| (sum / windows as f64).sqrt() as f32;
    Errors {
        mae: (sizes / all) as f32,
        rmse: (squares.iter().sum::<f64>() / all).sqrt() as f32,
        by_step: squares.iter().map(of_step).collect(),
    }
}

/// The values as a list that grows.
pub(crate) fn forecast(
    series: ArrayView1<'_, f32>,
    origin: usize,
    steps: usize,
    scale: Scale,
    parameters: &Tensors,
    shape: Shape,
) -> Array1<f32> {
    let mut values = Vec::new();
    for &value in series.iter().take(origin) {
        values.push((value - scale.mean) / scale.deviation);
    }
    while values.len() < origin + steps {
        let context = values[values.len() - shape.context..].to_vec();
        let context = Array2::from_shape_vec((1, shape.context), context).expect("one window");
        values.extend(forward(context.view(), parameters, shape).forecast);
    }
    let forecast = values[origin..origin + steps].iter();
    forecast
        .map(|value| value * scale.deviation + scale.mean)
        .collect()
}

pub(crate) fn train(
    state: &State,
    windows: &Windows,
    order: ArrayView2<'_, usize>,
    until: usize,
    shape: Shape,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    let (mut state, mut records) = (state.clone(), Vec::new());
    for step in state.step..until {
        let indices = order.row(step % order.nrows());
        let part = gradients(&windows.select(indices), &state.parameters, shape);
        let (next, record) = update(&state, &part, settings);
        records.push(record);
        state = next;
    }
    (state, records)
}
