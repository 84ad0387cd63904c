//! Everything in `f64`, by the formulas, and rounded at the end.

mod model;

use std::collections::BTreeMap;

use adamw::learning_rate;
use ndarray::{Array3, ArrayD, ArrayView3, Zip, arr0};
use training::{
    Batch, BlockWeights, CheckpointError, Moments, Part, Record, RunSettings, State, Tensors, find,
};

use model::{Block, Decoder};

/// Tensors in `f64`.
type Wide = BTreeMap<String, ArrayD<f64>>;

fn narrow(tensors: &Wide) -> Tensors {
    let tensors = tensors.iter();
    tensors
        .map(|(name, tensor)| (name.clone(), tensor.mapv(|entry| entry as f32)))
        .collect()
}

pub(crate) fn block_backward(
    x: ArrayView3<'_, f32>,
    weights: &BlockWeights<'_>,
    heads: usize,
    dy: ArrayView3<'_, f32>,
) -> (Array3<f32>, Tensors) {
    let block = Block::new(weights, heads);
    let (dx, gradients) = block.backward(&x.mapv(f64::from), &dy.mapv(f64::from));
    (dx.mapv(|entry| entry as f32), narrow(&gradients))
}

pub(crate) fn gradients(batch: &Batch, parameters: &Tensors, heads: usize, ignored: usize) -> Part {
    let (loss, counted, gradients) = Decoder::new(parameters, heads).learn(batch, ignored);
    Part {
        loss: loss as f32,
        counted,
        gradients: narrow(&gradients),
    }
}

/// Sums first, and one division.
pub(crate) fn accumulate(parts: &[Part]) -> Part {
    let (mut counted, mut loss) = (0, 0.0);
    let mut sums = Wide::new();
    for part in parts {
        counted += part.counted;
        loss += f64::from(part.loss) * part.counted as f64;
        for (name, gradient) in &part.gradients {
            let addend = gradient.mapv(|entry| f64::from(entry) * part.counted as f64);
            match sums.get_mut(name) {
                Some(sum) => *sum += &addend,
                None => drop(sums.insert(name.clone(), addend)),
            }
        }
    }
    let divisor = if counted == 0 { 1.0 } else { counted as f64 };
    for sum in sums.values_mut() {
        *sum /= divisor;
    }
    Part {
        loss: (loss / divisor) as f32,
        counted,
        gradients: narrow(&sums),
    }
}

/// AdamW entry by entry.
pub(crate) fn update(state: &State, batch: &Part, settings: &RunSettings) -> (State, Record) {
    let mut next = state.clone();
    next.step += 1;
    let entries = batch.gradients.values().flatten();
    let squares: f64 = entries.map(|&g| f64::from(g) * f64::from(g)).sum();
    let norm = squares.sqrt();
    let factor = (f64::from(settings.max_norm) / (norm + 1e-6)).min(1.0);
    let rate = learning_rate(next.step, &settings.schedule);
    let [beta_1, beta_2] = [settings.adamw.beta_1, settings.adamw.beta_2].map(f64::from);
    let correction = |beta: f64| 1.0 - beta.powf(next.step as f64);
    for (name, gradient) in &batch.gradients {
        let parameter = next.parameters.get_mut(name).expect("a parameter");
        let moments = next.moments.get_mut(name).expect("moments");
        let kept = if parameter.ndim() > 1 {
            1.0 - f64::from(rate) * f64::from(settings.adamw.weight_decay)
        } else {
            1.0
        };
        Zip::from(parameter)
            .and(&mut moments.m)
            .and(&mut moments.v)
            .and(gradient)
            .for_each(|entry, m, v, &gradient| {
                let g = f64::from(gradient) * factor;
                let new_m = beta_1 * f64::from(*m) + (1.0 - beta_1) * g;
                let new_v = beta_2 * f64::from(*v) + (1.0 - beta_2) * g * g;
                let root = (new_v / correction(beta_2)).sqrt() + f64::from(settings.adamw.epsilon);
                let change = f64::from(rate) * new_m / correction(beta_1) / root;
                *entry = (f64::from(*entry) * kept - change) as f32;
                (*m, *v) = (new_m as f32, new_v as f32);
            });
    }
    let record = Record {
        loss: batch.loss,
        norm: norm as f32,
        rate,
    };
    (next, record)
}

pub(crate) fn step(state: &State, batch: &Batch, settings: &RunSettings) -> (State, Record) {
    let parts: Vec<Part> = batch
        .micro_batches(settings.micro_batch)
        .iter()
        .map(|part| gradients(part, &state.parameters, settings.heads, settings.ignored))
        .collect();
    update(state, &accumulate(&parts), settings)
}

/// Batches come from a cycle, whose beginning is skipped.
pub(crate) fn train(
    state: &State,
    batches: &[Batch],
    until: usize,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    let (mut state, mut records) = (state.clone(), Vec::new());
    let left = until.saturating_sub(state.step);
    for batch in batches.iter().cycle().skip(state.step).take(left) {
        let record;
        (state, record) = step(&state, batch, settings);
        records.push(record);
    }
    (state, records)
}

pub(crate) fn save(state: &State) -> Tensors {
    let moments = state.moments.iter();
    let moments = moments.flat_map(|(name, moments)| {
        [
            (format!("m.{name}"), moments.m.clone()),
            (format!("v.{name}"), moments.v.clone()),
        ]
    });
    let parameters = state.parameters.iter();
    parameters
        .map(|(name, parameter)| (format!("parameters.{name}"), parameter.clone()))
        .chain(moments)
        .chain([("step".to_owned(), arr0(state.step as f32).into_dyn())])
        .collect()
}

pub(crate) fn resume(checkpoint: &Tensors) -> Result<State, CheckpointError> {
    let step = find(checkpoint, "step", &[])?.first().copied();
    let parameters: Tensors = checkpoint
        .iter()
        .filter_map(|(stored, tensor)| {
            let name = stored.strip_prefix("parameters.")?;
            Some((name.to_owned(), tensor.clone()))
        })
        .collect();
    let mut state = State::new(parameters);
    state.step = step.unwrap_or_default() as usize;
    for stored in checkpoint.keys() {
        let moment = stored
            .strip_prefix("m.")
            .or_else(|| stored.strip_prefix("v."));
        if let Some(name) = moment.filter(|name| !state.parameters.contains_key(*name)) {
            return Err(CheckpointError::Missing { name: name.into() });
        }
    }
    for (name, Moments { m, v }) in &mut state.moments {
        let [stored_m, stored_v] = ["m", "v"].map(|moment| format!("{moment}.{name}"));
        *m = find(checkpoint, &stored_m, m.shape())?.clone();
        *v = find(checkpoint, &stored_v, v.shape())?.clone();
    }
    Ok(state)
}
