//! The exercise with one correct way of writing each function.

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use ndarray::{Array1, Array3, ArrayD, ArrayView1, ArrayView3, Axis, Ix1, Ix3, IxDyn, arr0};
use training::measures::{self, LAYERS_OF_A_BLOCK, Measure, from_stacks};
use training::{
    Batch, BlockWeights, CheckpointError, Moments, Part, Record, RunSettings, Schedule, Settings,
    State, Tensors,
};

/// The backward pass of a block.
type BlockBackward = fn(
    ArrayView3<'_, f32>,
    &BlockWeights<'_>,
    usize,
    ArrayView3<'_, f32>,
) -> (Array3<f32>, Tensors);

/// One correct way of writing each function.
pub(crate) struct Ways {
    pub(crate) block_backward: BlockBackward,
    pub(crate) gradients: fn(&Batch, &Tensors, usize, usize) -> Part,
    pub(crate) accumulate: fn(&[Part]) -> Part,
    pub(crate) update: fn(&State, &Part, &RunSettings) -> (State, Record),
    pub(crate) step: fn(&State, &Batch, &RunSettings) -> (State, Record),
    pub(crate) train: fn(&State, &[Batch], usize, &RunSettings) -> (State, Vec<Record>),
    pub(crate) save: fn(&State) -> Tensors,
    pub(crate) resume: fn(&Tensors) -> Result<State, CheckpointError>,
}

impl Ways {
    pub(crate) fn graded(&'static self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("block_backward", |case| {
                let weights = BlockWeights::named(|name| case.view(name), |name| case.view(name))?;
                let (x, dy, heads) = (case.view("x")?, case.view("dy")?, case.size("heads")?);
                let (dx, gradients) = (self.block_backward)(x, &weights, heads, dy);
                Ok(with_layers(Reply::default(), &gradients).and("dx", dx))
            })
            .task("gradients", |case| {
                let batch = batches(case)?.remove(0);
                let parameters = from_stacks(|name| case.view(name))?;
                let (heads, ignored) = (case.size("heads")?, case.size("ignored")?);
                let part = (self.gradients)(&batch, &parameters, heads, ignored);
                let norm = measures::layer(&part.gradients, ["gamma_f", "beta_f"]);
                let reply = with_layers(of_part(&part).and("dnorm_f", norm), &part.gradients);
                let reply = with_gradient(reply, &part.gradients, "position_embedding");
                Ok(with_gradient(reply, &part.gradients, "token_embedding"))
            })
            .task("accumulate", |case| {
                let whole = (self.accumulate)(&parts(case)?);
                let reply = with_gradient(of_part(&whole), &whole.gradients, "weight");
                Ok(with_gradient(reply, &whole.gradients, "bias"))
            })
            .task("update", |case| self.updates(case))
            .task("step", |case| {
                let settings = settings(case)?;
                let (mut state, mut history, mut records) = (start(case)?, Vec::new(), Vec::new());
                for batch in batches(case)? {
                    let (next, record) = (self.step)(&state, &batch, &settings);
                    history.push(next.clone());
                    records.push(record);
                    state = next;
                }
                Ok(of_steps(&history, &records, measures::lengths))
            })
            .task("train", |case| {
                let (start, settings) = (start(case)?, settings(case)?);
                let until = case.size("until")?;
                let (state, records) = (self.train)(&start, &batches(case)?, until, &settings);
                Ok(run(start.step, &state, &records))
            })
            .task("save", |case| {
                let checkpoint = (self.save)(&layer(case)?);
                Ok(case
                    .reply("parameters", of_layer(&checkpoint, "parameters."))
                    .and("m", of_layer(&checkpoint, "m."))
                    .and("v", of_layer(&checkpoint, "v."))
                    .and("step", stored(&checkpoint, "step"))
                    .and_ids("tensors", arr0(checkpoint.len())))
            })
            .task("resume", |case| self.interrupted(case))
    }

    fn updates(&self, case: &Case) -> Result<Reply, CaseError> {
        let settings = settings(case)?;
        let (mut state, mut history, mut records) = (layer(case)?, Vec::new(), Vec::new());
        for part in parts(case)? {
            let (next, record) = (self.update)(&state, &part, &settings);
            history.push(next.clone());
            records.push(record);
            state = next;
        }
        Ok(of_steps(&history, &records, measures::entries))
    }

    fn interrupted(&self, case: &Case) -> Result<Reply, CaseError> {
        let (batches, settings) = (batches(case)?, settings(case)?);
        let (interruption, until) = (case.size("interruption")?, case.size("until")?);
        let (state, mut records) = (self.train)(&start(case)?, &batches, interruption, &settings);
        let checkpoint = (self.save)(&state);
        let state = (self.resume)(&checkpoint).expect("what was saved can be resumed");
        let (state, rest) = (self.train)(&state, &batches, until, &settings);
        records.extend(rest);
        let damaged = damaged(&checkpoint);
        let refused = damaged.map(|damaged| usize::from((self.resume)(&damaged).is_err()));
        Ok(run(0, &state, &records).and_ids("refused", Array1::from(refused.to_vec())))
    }
}

fn of_part(part: &Part) -> Reply {
    let loss = Reply::default().and("loss", arr0(part.loss));
    loss.and_ids("counted", arr0(part.counted))
}

/// The tensors of the cases without a model.
const LAYER: [&str; 2] = ["weight", "bias"];

/// Adds the gradients of the layers of a block, or of all blocks.
fn with_layers(reply: Reply, gradients: &Tensors) -> Reply {
    let layers = LAYERS_OF_A_BLOCK.into_iter();
    layers.fold(reply, |reply, [name, first, second]| {
        reply.and(name, measures::layer(gradients, [first, second]))
    })
}

/// Adds the gradient of a parameter.
fn with_gradient(reply: Reply, gradients: &Tensors, parameter: &str) -> Reply {
    let name = format!("d{parameter}");
    reply.and(&name, measures::stacked(gradients, parameter))
}

/// A decoder after `taken` steps, whose moments are 0.
fn start(case: &Case) -> Result<State, CaseError> {
    let mut state = State::new(from_stacks(|name| case.view(name))?);
    state.step = case.size("taken")?;
    Ok(state)
}

/// The state of a case without a model.
fn layer(case: &Case) -> Result<State, CaseError> {
    let mut state = State::new(Tensors::new());
    for name in LAYER {
        let tensor = |name: &str| case.view::<IxDyn>(name).map(|tensor| tensor.to_owned());
        let (m, v) = (tensor(&format!("m_{name}"))?, tensor(&format!("v_{name}"))?);
        state.parameters.insert(name.to_owned(), tensor(name)?);
        state.moments.insert(name.to_owned(), Moments { m, v });
    }
    state.step = case.size("taken")?;
    Ok(state)
}

/// Losses and gradients without a model, one for each index of the first axis of what the case has.
fn parts(case: &Case) -> Result<Vec<Part>, CaseError> {
    let mut parts = Vec::new();
    let counted = case.sizes("counted")?;
    for (index, (&loss, counted)) in case.view::<Ix1>("losses")?.iter().zip(counted).enumerate() {
        let mut gradients = Tensors::new();
        for name in LAYER {
            let all = case.view::<IxDyn>(&format!("d{name}"))?;
            let gradient = all.index_axis_move(Axis(0), index).to_owned();
            gradients.insert(name.to_owned(), gradient);
        }
        parts.push(Part {
            loss,
            counted,
            gradients,
        });
    }
    Ok(parts)
}

/// The batches of a case, which are on the first axis.
fn batches(case: &Case) -> Result<Vec<Batch>, CaseError> {
    let (inputs, targets) = (case.ids::<Ix3>("inputs")?, case.ids::<Ix3>("targets")?);
    let pairs = inputs.outer_iter().zip(targets.outer_iter());
    Ok(pairs
        .map(|(inputs, targets)| Batch {
            inputs: inputs.to_owned(),
            targets: targets.to_owned(),
        })
        .collect())
}

fn settings(case: &Case) -> Result<RunSettings, CaseError> {
    // Peak, floor, and the numbers of steps; and β₁, β₂, ε and λ.
    let (schedule, adamw): (ArrayView1<'_, f32>, ArrayView1<'_, f32>) =
        (case.view("schedule")?, case.view("adamw")?);
    Ok(RunSettings {
        heads: case.size("heads")?,
        ignored: case.size("ignored")?,
        micro_batch: case.size("micro_batch")?,
        max_norm: case.number("max_norm")?,
        schedule: Schedule {
            peak: schedule[0],
            floor: schedule[1],
            warm_up: schedule[2] as usize,
            steps: schedule[3] as usize,
        },
        adamw: Settings {
            beta_1: adamw[0],
            beta_2: adamw[1],
            epsilon: adamw[2],
            weight_decay: adamw[3],
        },
    })
}

/// The reports of a run that begins after `taken` steps, and the lengths of its last parameters.
fn run(taken: usize, state: &State, records: &[Record]) -> Reply {
    let curve = |number| measures::curve(taken, records, number);
    Reply::default()
        .and("losses", curve(|record| record.loss))
        .and("norms", curve(|record| record.norm))
        .and("rates", curve(|record| record.rate))
        .and("parameters", measures::lengths(&state.parameters))
}

/// Everything after each step.
fn of_steps(history: &[State], records: &[Record], measure: Measure) -> Reply {
    let steps = measures::steps(history, records, measure).into_iter();
    steps.fold(Reply::default(), |reply, (name, numbers)| {
        reply.and(name, numbers)
    })
}

/// The entries of a tensor of a checkpoint; NaN if it is missing.
fn stored(checkpoint: &Tensors, name: &str) -> ArrayD<f32> {
    let missing = || arr0(f32::NAN).into_dyn();
    checkpoint.get(name).cloned().unwrap_or_else(missing)
}

/// The entries of the layer's tensors under a prefix, the bias first; NaN for a tensor that is missing.
fn of_layer(checkpoint: &Tensors, prefix: &str) -> Array1<f32> {
    let mut entries = Vec::new();
    for (name, length) in [("bias", 3), ("weight", 6)] {
        match checkpoint.get(&format!("{prefix}{name}")) {
            Some(tensor) => entries.extend(tensor.iter().copied()),
            None => entries.extend(vec![f32::NAN; length]),
        }
    }
    entries.into()
}

/// Checkpoints without a moment, with a moment of a different shape, without the step, and without a parameter.
fn damaged(checkpoint: &Tensors) -> [Tensors; 4] {
    let mut damaged = [(); 4].map(|()| checkpoint.clone());
    damaged[0].remove("m.gamma_f");
    damaged[1].insert("v.gamma_f".to_owned(), arr0(0.0).into_dyn());
    damaged[2].remove("step");
    damaged[3].remove("parameters.gamma_f");
    damaged
}
