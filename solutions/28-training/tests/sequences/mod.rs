//! Sequence by sequence, from the last to the first: everything is a sum over sequences.

use std::collections::BTreeMap;

use adamw::{adamw_step, clip, learning_rate};
use ndarray::{Array3, ArrayD, ArrayView3, Axis, arr0, concatenate, s};
use training::{
    Batch, BlockWeights, CheckpointError, Moments, Part, Record, RunSettings, State, Tensors, find,
    stored_parameters,
};

use crate::fused;

pub(crate) fn block_backward(
    x: ArrayView3<'_, f32>,
    weights: &BlockWeights<'_>,
    heads: usize,
    dy: ArrayView3<'_, f32>,
) -> (Array3<f32>, Tensors) {
    let mut dx = Vec::new();
    let mut sum = Tensors::new();
    for b in (0..x.len_of(Axis(0))).rev() {
        let one = s![b..=b, .., ..];
        let (of_sequence, gradients) =
            fused::block_backward(x.slice(one), weights, heads, dy.slice(one));
        dx.insert(0, of_sequence);
        for (name, gradient) in gradients {
            let sum = sum
                .entry(name)
                .or_insert_with(|| ArrayD::zeros(gradient.raw_dim()));
            *sum += &gradient;
        }
    }
    let dx: Vec<_> = dx.iter().map(|dx| dx.view()).collect();
    (concatenate(Axis(0), &dx).expect("equal shapes"), sum)
}

pub(crate) fn gradients(batch: &Batch, parameters: &Tensors, heads: usize, ignored: usize) -> Part {
    let parts: Vec<Part> = batch
        .micro_batches(1)
        .iter()
        .rev()
        .map(|sequence| fused::gradients(sequence, parameters, heads, ignored))
        .collect();
    accumulate(&parts)
}

/// Name by name, with the shares of all parts computed first.
pub(crate) fn accumulate(parts: &[Part]) -> Part {
    let counts: Vec<usize> = parts.iter().map(|part| part.counted).collect();
    let counted: usize = counts.iter().sum();
    let share = |count: usize| match counted {
        0 => 0.0,
        _ => count as f32 / counted as f32,
    };
    let shares: Vec<f32> = counts.into_iter().map(share).collect();
    let mut gradients = Tensors::new();
    for (name, first) in &parts[0].gradients {
        let mut sum = first * shares[0];
        for (part, &share) in parts.iter().zip(&shares).skip(1).rev() {
            sum.scaled_add(share, &part.gradients[name]);
        }
        gradients.insert(name.clone(), sum);
    }
    let losses = parts.iter().zip(&shares).rev();
    Part {
        loss: losses.map(|(part, share)| part.loss * share).sum(),
        counted,
        gradients,
    }
}

/// New maps, made from those of the state.
pub(crate) fn update(state: &State, batch: &Part, settings: &RunSettings) -> (State, Record) {
    let mut views = Vec::new();
    for name in state.parameters.keys() {
        views.push(batch.gradients[name].view());
    }
    let (clipped, norm) = clip(&views, settings.max_norm);
    let taken = state.step + 1;
    let rate = learning_rate(taken, &settings.schedule);
    let parameters = state.parameters.values().zip(state.moments.values());
    let updated = parameters
        .zip(clipped)
        .map(|((parameter, moments), gradient)| {
            let gradient = gradient.view();
            adamw_step(
                parameter.view(),
                gradient,
                moments,
                taken,
                rate,
                &settings.adamw,
            )
        });
    let (parameters, moments): (Vec<ArrayD<f32>>, Vec<Moments>) = updated.unzip();
    let named = |name: &String| name.clone();
    let state = State {
        parameters: state.parameters.keys().map(named).zip(parameters).collect(),
        moments: BTreeMap::from_iter(state.moments.keys().map(named).zip(moments)),
        step: taken,
    };
    let loss = batch.loss;
    (state, Record { loss, norm, rate })
}

/// Whatever fits into memory, one sequence at a time does.
pub(crate) fn step(state: &State, batch: &Batch, settings: &RunSettings) -> (State, Record) {
    let whole = gradients(batch, &state.parameters, settings.heads, settings.ignored);
    update(state, &whole, settings)
}

/// Epoch by epoch: the first may begin in the middle.
pub(crate) fn train(
    state: &State,
    batches: &[Batch],
    until: usize,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    let (mut state, mut records) = (state.clone(), Vec::new());
    'run: loop {
        let first = state.step % batches.len();
        for batch in &batches[first..] {
            if state.step >= until {
                break 'run;
            }
            let (next, record) = step(&state, batch, settings);
            state = next;
            records.push(record);
        }
    }
    (state, records)
}

pub(crate) fn save(state: &State) -> Tensors {
    let mut named = vec![("step".to_owned(), arr0(state.step as f32).into_dyn())];
    for ((name, parameter), moments) in state.parameters.iter().zip(state.moments.values()).rev() {
        for (kind, tensor) in [
            ("parameters", parameter),
            ("m", &moments.m),
            ("v", &moments.v),
        ] {
            named.push((format!("{kind}.{name}"), tensor.clone()));
        }
    }
    named.into_iter().collect()
}

/// The names first, and then each of them.
pub(crate) fn resume(checkpoint: &Tensors) -> Result<State, CheckpointError> {
    let names = stored_parameters(checkpoint)?;
    let names = names.into_iter().map(|(name, _)| name);
    let mut state = State::new(Tensors::new());
    for name in names {
        let parameter = checkpoint[&format!("parameters.{name}")].clone();
        let moment = |kind: &str| -> Result<ArrayD<f32>, CheckpointError> {
            Ok(find(checkpoint, &format!("{kind}.{name}"), parameter.shape())?.clone())
        };
        let moments = Moments {
            m: moment("m")?,
            v: moment("v")?,
        };
        state.moments.insert(name.to_owned(), moments);
        state.parameters.insert(name.to_owned(), parameter);
    }
    state.step = find(checkpoint, "step", &[])?.sum().round() as usize;
    Ok(state)
}
