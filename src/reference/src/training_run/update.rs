//! The task `update`: from the gradients of a batch to the next state.

mod mistakes;

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use super::accumulate::{Part, parts, with_parts};
use super::cases::{LAYER, with_settings};
use super::state::{Record, State};
use super::trace;
use crate::adamw::{self, Schedule};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The number that clipping adds to the norm.
const EPSILON: f64 = 1e-6;

/// The settings of all updates of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Optimiser {
    pub(crate) max_norm: f64,
    pub(crate) schedule: Schedule,
    /// The constants of AdamW; the number of the step, the rate and the number of axes are those of a step.
    pub(crate) constants: adamw::Constants,
}

impl Optimiser {
    /// The settings of a case.
    pub(crate) fn of(x: &Inputs) -> Self {
        let four = |name: &str| {
            let numbers = Vec::<f32>::try_from(&x[name]).expect("a list of numbers");
            let numbers = numbers.into_iter().map(f64::from).collect::<Vec<_>>();
            <[f64; 4]>::try_from(numbers).expect("four numbers")
        };
        let [peak, floor, warm_up, steps] = four("schedule");
        let [beta_1, beta_2, epsilon, weight_decay] = four("adamw");
        Self {
            max_norm: x.number("max_norm"),
            schedule: Schedule {
                peak,
                floor,
                warm_up: warm_up as usize,
                steps: steps as usize,
            },
            constants: adamw::Constants {
                t: 1.0,
                rate: 0.0,
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
                axes: 0,
            },
        }
    }
}

/// A way of updating, part by part.
#[derive(Clone, Copy)]
pub(super) struct Update {
    /// From the gradients and the limit, those that are used, and the norm that is reported.
    pub(super) clip: fn(&Weights, f64) -> (Weights, f64),
    /// The rate of a step.
    pub(super) rate: fn(&Schedule, usize) -> f64,
    /// The number of the step that AdamW gets for the tensor with an index.
    pub(super) t: fn(usize, usize) -> usize,
    /// The number of axes by which AdamW decides whether a parameter decays.
    pub(super) axes: fn(usize) -> usize,
    /// The parameter and the moments that are kept, from those before the step and after it.
    pub(super) kept: fn(&adamw::State, adamw::State) -> adamw::State,
    /// The number of steps that have been taken afterwards, from those before and the number of tensors.
    pub(super) count: fn(usize, usize) -> usize,
}

/// libtorch's way.
pub(super) const RIGHT: Update = Update {
    clip: |gradients, limit| {
        let norm = norm(gradients);
        (times(gradients, factor(norm, limit)), norm)
    },
    rate: Schedule::rate,
    t: |step, _| step,
    axes: |axes| axes,
    kept: |_, after| after,
    count: |taken, _| taken + 1,
};

impl Update {
    /// The state after a step.
    pub(super) fn run(self, optimiser: &Optimiser, state: &State, batch: &Part) -> (State, Record) {
        let step = state.step + 1;
        let (gradients, norm) = (self.clip)(&batch.gradients, optimiser.max_norm);
        let rate = (self.rate)(&optimiser.schedule, step);
        let mut tensors = BTreeMap::new();
        for (index, (name, before)) in state.tensors.iter().enumerate() {
            let constants = adamw::Constants {
                t: (self.t)(step, index) as f64,
                rate,
                axes: (self.axes)(before.parameter.dim()),
                ..optimiser.constants
            };
            let after = adamw::step(before, &gradients[name], constants);
            tensors.insert(name.clone(), (self.kept)(before, after));
        }
        let count = tensors.len();
        let next = State {
            tensors,
            step: (self.count)(state.step, count),
        };
        let loss = batch.loss;
        (next, Record { loss, norm, rate })
    }

    /// The outputs of a case: everything after each step.
    fn outputs(self) -> impl Fn(&Inputs) -> Outputs {
        move |x| {
            let optimiser = Optimiser::of(x);
            let (mut state, mut history, mut records) = (layer(x), Vec::new(), Vec::new());
            for part in parts(x) {
                let (next, record) = self.run(&optimiser, &state, &part);
                history.push(next.clone());
                records.push(record);
                state = next;
            }
            trace::outputs(&history, &records, State::entries)
        }
    }
}

/// The root of the sum of the squares of all entries.
fn norm(gradients: &Weights) -> f64 {
    let squares = gradients.iter();
    let sum: f64 = squares
        .map(|(_, gradient)| gradient.square().sum(Kind::Double).double_value(&[]))
        .sum();
    sum.sqrt()
}

fn factor(norm: f64, limit: f64) -> f64 {
    (limit / (norm + EPSILON)).min(1.0)
}

/// All gradients, multiplied.
pub(crate) fn times(gradients: &Weights, factor: f64) -> Weights {
    gradients.map(|gradient| gradient * factor)
}

/// The state in which a case without a model begins.
pub(super) fn layer(x: &Inputs) -> State {
    let double = |name: &str| x[name].to_kind(Kind::Double);
    let tensors = LAYER.map(|name| {
        let state = adamw::State {
            parameter: double(name),
            m: double(&format!("m_{name}")),
            v: double(&format!("v_{name}")),
        };
        (name.to_owned(), state)
    });
    State {
        tensors: tensors.into(),
        step: x.size("taken") as usize,
    }
}

/// The state of a layer, with moments of these sizes.
pub(super) fn with_layer(inputs: Inputs, random: &Random, [m, v]: [f64; 2]) -> Inputs {
    const WEIGHT: &[i64] = &[2, 3];
    const BIAS: &[i64] = &[3];
    inputs
        .with("heads", 1_i64)
        .with("ignored", 0_i64)
        .with("weight", random.normal(WEIGHT))
        .with("bias", random.normal(BIAS))
        .with("m_weight", random.normal(WEIGHT) * m)
        .with("m_bias", random.normal(BIAS) * m)
        .with("v_weight", random.uniform(WEIGHT, 0.5, 1.5) * v)
        .with("v_bias", random.uniform(BIAS, 0.5, 1.5) * v)
}

pub(super) fn task() -> Task {
    let steps = ["update 1", "update 2"].map(String::from);
    let task = Task::new("update", RIGHT.outputs());
    let task = trace::with_outputs(task, &steps, "entry", &entries_of_the_layer());
    properties(mistakes::add(cases(task)))
}

/// The entries of the layer in the order of the names: those of the bias come first.
fn entries_of_the_layer() -> Vec<String> {
    let bias = (0..3).map(|entry| format!("bias {entry}"));
    let weight = (0..2).flat_map(|row| (0..3).map(move |column| format!("weight {row} {column}")));
    bias.chain(weight).collect()
}

fn cases(task: Task) -> Task {
    task.case(
        "first-steps",
        "steps 1 and 2 of a layer, the first with gradients that are too long",
        |random| {
            let inputs = with_settings(Inputs::default(), 1, 0);
            let inputs = with_layer(inputs, random, [0.0, 0.0]);
            let inputs = with_parts(inputs, random, &[4, 4], 1.0);
            let sizes = Tensor::from_slice(&[1.0_f32, 0.1]);
            let weights = &inputs["dweight"] * sizes.reshape([2, 1, 1]);
            let biases = &inputs["dbias"] * sizes.reshape([2, 1]);
            inputs.with("dweight", weights).with("dbias", biases)
        },
    )
    .case(
        "later",
        "steps 8 and 9 of a run of 30, after the warm-up; both gradients are short",
        |random| {
            let inputs = with_settings(Inputs::default(), 1, 7);
            let inputs = with_layer(inputs, random, [0.05, 0.01]);
            with_parts(inputs, random, &[4, 2], 0.1)
        },
    )
}

fn properties(task: Task) -> Task {
    const ALL: [&str; 4] = ["trace", "m", "v", "parameters"];
    task.property(
        Property::new(
            "columns-in-another-order",
            "moving the columns of the weight, of its moments and of its gradients changes neither norm nor rate",
        )
        .in_case("first-steps")
        .rotate(["weight", "m_weight", "v_weight"], 1)
        .rotate(["dweight"], 2)
        .expect_same(["trace"]),
    )
    .property(
        Property::new(
            "counts-do-not-matter",
            "the number of positions that count is in the gradients already",
        )
        .in_case("later")
        .rotate(["counted"], 0)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "a-higher-limit",
            "gradients below the limit do not depend on it",
        )
        .in_case("later")
        .add(["max_norm"], 2.0)
        .expect_same(ALL),
    )
}
