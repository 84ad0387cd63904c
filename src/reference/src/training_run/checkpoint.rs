//! The tasks `save` and `resume`.

use tch::Tensor;

use super::cases::{decoder, with_batches, with_settings};
use super::run::{Run, batches};
use super::state::State;
use super::train::{OUTPUTS, outputs, with_outputs};
use super::update::{layer, with_layer};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// The tensors of a checkpoint of a layer: three for each parameter, and the step.
const TENSORS: i64 = 7;

/// The part of a checkpoint that a learner's program may get wrong. What is missing is NaN.
struct Stored {
    parameters: Tensor,
    m: Tensor,
    v: Tensor,
    step: f64,
    tensors: i64,
}

impl Stored {
    fn of(x: &Inputs) -> Self {
        let state = layer(x);
        Self {
            parameters: state.entries(|state| &state.parameter),
            m: state.entries(|state| &state.m),
            v: state.entries(|state| &state.v),
            step: state.step as f64,
            tensors: TENSORS,
        }
    }
}

impl From<Stored> for Outputs {
    fn from(stored: Stored) -> Self {
        [
            ("parameters", stored.parameters),
            ("m", stored.m),
            ("v", stored.v),
            ("step", Tensor::from(stored.step)),
            ("tensors", Tensor::from(stored.tensors)),
        ]
        .into()
    }
}

pub(super) fn save() -> Task {
    let task = Task::new("save", |x| Outputs::from(Stored::of(x)))
        .output("parameters", ["entry"])
        .output("m", ["entry"])
        .output("v", ["entry"])
        .output("step", [])
        .ids("tensors", [])
        .case("layer", "a weight and a bias after 7 steps", |random| {
            with_layer(Inputs::default().with("taken", 7_i64), random, [0.5, 0.2])
        });
    of_the_step(of_moments(task))
}

fn stored(change: fn(Stored) -> Stored) -> impl Fn(&Inputs) -> Outputs {
    move |x| Outputs::from(change(Stored::of(x)))
}

fn of_moments(task: Task) -> Task {
    task.mistake(
        "moments-not-saved",
        stored(|stored| Stored {
            m: missing_like(&stored.m),
            v: missing_like(&stored.v),
            tensors: TENSORS - 4,
            ..stored
        }),
    )
    .form(
        "moments-not-saved",
        "only-m-saved",
        stored(|stored| Stored {
            v: missing_like(&stored.v),
            tensors: TENSORS - 2,
            ..stored
        }),
    )
    .form(
        "moments-not-saved",
        "only-v-saved",
        stored(|stored| Stored {
            m: missing_like(&stored.m),
            tensors: TENSORS - 2,
            ..stored
        }),
    )
    .mistake(
        "moments-restarted",
        stored(|stored| Stored {
            m: stored.m.zeros_like(),
            v: stored.v.zeros_like(),
            ..stored
        }),
    )
    .mistake(
        "moments-swapped",
        stored(|stored| Stored {
            m: stored.v,
            v: stored.m,
            ..stored
        }),
    )
}

fn of_the_step(task: Task) -> Task {
    task.mistake(
        "step-not-saved",
        stored(|stored| Stored {
            step: f64::NAN,
            tensors: TENSORS - 1,
            ..stored
        }),
    )
    .mistake(
        "step-counted-on",
        stored(|stored| Stored {
            step: stored.step + 1.0,
            ..stored
        }),
    )
    .mistake(
        "steps-counted-again",
        stored(|stored| Stored {
            step: 0.0,
            ..stored
        }),
    )
}

fn missing_like(tensor: &Tensor) -> Tensor {
    tensor.full_like(f64::NAN)
}

/// The damaged checkpoints.
const DAMAGED: [&str; 4] = [
    "the checkpoint without `m.gamma_f`",
    "the checkpoint in which `v.gamma_f` has a different shape",
    "the checkpoint without `step`",
    "the checkpoint without `parameters.gamma_f`",
];
/// All of them are refused.
const ALL_REFUSED: [i64; 4] = [1; 4];

pub(super) fn resume() -> Task {
    let task = with_outputs(Task::new("resume", by(|state| state, ALL_REFUSED)), 3, 12)
        .ids("refused", ["damaged checkpoint"])
        .labels("damaged checkpoint", DAMAGED);
    properties(mistakes(cases(task)))
}

fn cases(task: Task) -> Task {
    task.case(
        "interrupted",
        "a run of 12 steps over 3 batches, of a decoder with 3 blocks, that is saved after step 5, and resumed",
        |random| {
            let inputs = with_settings(decoder(random, [3, 2], 2), 2, 0)
                .with("interruption", 5_i64)
                .with("until", 12_i64);
            with_batches(inputs, random, 3, &[2, 2], 2)
        },
    )
}

/// A run that is interrupted. What is resumed is the state then, changed.
fn by(resumed: fn(State) -> State, refused: [i64; 4]) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let run = Run::of(x);
        let batches = batches(x);
        let [interruption, until] = ["interruption", "until"].map(|name| x.size(name) as usize);
        let (state, mut records) = run.train(State::of(x), &batches, interruption);
        let (state, rest) = run.train(resumed(state), &batches, until);
        records.extend(rest);
        let refused = ("refused", Tensor::from_slice(&refused));
        outputs(0, &state, &records)
            .into_iter()
            .chain([refused])
            .collect()
    }
}

fn mistakes(task: Task) -> Task {
    let moments = |resumed: fn(State) -> State| by(resumed, ALL_REFUSED);
    refusals(
        task.mistake(
            "moments-restarted",
            moments(|state| state.with_moments(|it| [it.m.zeros_like(), it.v.zeros_like()])),
        )
        .form(
            "moments-restarted",
            "v-restarted",
            moments(|state| state.with_moments(|it| [it.m.copy(), it.v.zeros_like()])),
        )
        .mistake(
            "moments-swapped",
            moments(|state| state.with_moments(|it| [it.v.copy(), it.m.copy()])),
        ),
    )
    .mistake(
        "steps-counted-again",
        by(|state| State { step: 0, ..state }, ALL_REFUSED),
    )
    .mistake(
        "step-counted-on",
        by(
            |state| State {
                step: state.step + 1,
                ..state
            },
            ALL_REFUSED,
        ),
    )
}

fn refusals(task: Task) -> Task {
    let refused = |refused: [i64; 4]| by(|state| state, refused);
    task.mistake("missing-is-zero", refused([0, 0, 0, 1]))
        .form(
            "missing-is-zero",
            "missing-moment-is-zero",
            refused([0, 1, 1, 1]),
        )
        .form(
            "missing-is-zero",
            "missing-step-is-zero",
            refused([1, 1, 0, 1]),
        )
        .mistake("shape-not-checked", refused([1, 0, 1, 1]))
        .mistake("moments-without-parameter", refused([1, 1, 1, 0]))
}

fn properties(task: Task) -> Task {
    let interrupted = |name: &str, sentence: &str, after: i64| {
        Property::new(name, sentence)
            .in_case("interrupted")
            .set("interruption", after)
            .expect_same(OUTPUTS)
    };
    task.property(interrupted(
        "interrupted-or-not",
        "a run that is interrupted in its last step is the same run",
        12,
    ))
    .property(interrupted(
        "interrupted-before-the-first-step",
        "a run that is saved before its first step is the same run",
        0,
    ))
    .property(interrupted(
        "interrupted-at-another-step",
        "a run that is interrupted after step 8 is the same run",
        8,
    ))
}
