//! The wrong ways of turning tokens into vectors.

use tch::{Device, Kind, Tensor};

use super::{positions, projected, rows, sum, types, vectors};
use crate::bert::{EPSILON, linear, own_norm};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::positional_encoding;
use crate::task::Task;

/// The cases in which tokens have types.
const WITH_TYPES: &[&str] = &[
    "plain",
    "square",
    "projected",
    "projected-square",
    "quiet",
    "one-token",
];

/// The cases in which there is a row after the last position.
const WITH_ROOM: &[&str] = &[
    "plain",
    "no-types",
    "projected",
    "projected-square",
    "quiet",
    "one-token",
];

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    let task = task
        .mistake("types-forgotten", |x| without_types(&x.into()))
        .only_in(WITH_TYPES)
        .form("types-forgotten", "types-all-zero", |x| {
            let w = Weights::from(x);
            vectors(&w.with("types", w["types"].zeros_like()))
        })
        .only_in(["plain", "square", "projected-square", "quiet", "one-token"])
        .mistake("norm-forgotten", |x| without_norm(&x.into()))
        .mistake("norm-before-the-sum", |x| {
            let w = Weights::from(x);
            let normed = own_norm(&w, 0, &rows(&w["word"], &w["ids"])) + positions(&w, 0);
            let sum = match types(&w) {
                Some(types) => normed + types,
                None => normed,
            };
            projected(&w, &sum)
        })
        .mistake("gamma-and-beta-swapped", |x| {
            vectors(&Weights::from(x).swapped(&[["gamma_0", "beta_0"]]))
        })
        .mistake("epsilon-1e-5", |x| with_epsilon(x, 1e-5))
        .form("epsilon-1e-5", "epsilon-1e-6", |x| with_epsilon(x, 1e-6))
        .mistake("epsilon-fixed", |x| with_epsilon(x, EPSILON));
    of_the_projection(of_positions(task))
}

fn of_positions(task: Task) -> Task {
    task.mistake("positions-forgotten", |x| {
        shifted(x, &-positions(&x.into(), 0))
    })
    .mistake("positions-from-1", |x| {
        let w = Weights::from(x);
        shifted(x, &(positions(&w, 1) - positions(&w, 0)))
    })
    .only_in(WITH_ROOM)
    .form("positions-from-1", "positions-from-2", |x| {
        let w = Weights::from(x);
        shifted(x, &(positions(&w, 2) - positions(&w, 0)))
    })
    .only_in(WITH_ROOM)
    .mistake("positions-across-the-batch", |x| {
        let w = Weights::from(x);
        let [texts, tokens] = [0, 1].map(|axis| w["ids"].size()[axis]);
        let all = Tensor::arange(texts * tokens, (Kind::Int64, Device::Cpu)).view([texts, tokens]);
        shifted(x, &(rows(&w["position"], &all) - positions(&w, 0)))
    })
    .only_in(["plain"])
    .mistake("text-as-position", |x| {
        let w = Weights::from(x);
        let tokens = w["ids"].size()[1];
        // The same row for every token of a text.
        let of_texts = w["position"].narrow(0, 0, w["ids"].size()[0]).unsqueeze(1);
        let of_tokens = of_texts.expand([-1, tokens, -1], false);
        shifted(x, &(of_tokens - positions(&w, 0)))
    })
    .mistake("positions-restart", |x| {
        let w = Weights::from(x);
        // In each text of a pair, a token's position is the number of tokens of its type before it.
        let one_hot = w["types"].one_hot(-1);
        let before = (one_hot.cumsum(1, Kind::Int64) - 1) * one_hot;
        let restarted = before.sum_dim_intlist(2, false, Kind::Int64);
        shifted(x, &(rows(&w["position"], &restarted) - positions(&w, 0)))
    })
    .only_in(["plain", "square", "projected-square", "quiet"])
    .mistake("sine-positions", |x| {
        let w = Weights::from(x);
        let (tokens, width) = (w["ids"].size()[1], w["word"].size()[1]);
        let waves = positional_encoding::formula(tokens, width, 0);
        shifted(x, &(waves - positions(&w, 0)))
    })
    .mistake("scaled-by-root-width", |x| {
        let w = Weights::from(x);
        let words = rows(&w["word"], &w["ids"]);
        let root = (w["word"].size()[1] as f64).sqrt();
        shifted(x, &(words * (root - 1.0)))
    })
    .mistake("padding-as-zero", |x| {
        let w = Weights::from(x);
        let padding = w["ids"].eq(0).unsqueeze(2);
        shifted(x, &-(rows(&w["word"], &w["ids"]) * padding))
    })
    .only_in(["plain", "square", "projected"])
}

fn of_the_projection(task: Task) -> Task {
    task.mistake("projection-forgotten", |x| {
        let w = Weights::from(x);
        own_norm(&w, 0, &sum(&w))
    })
    .only_in(["projected", "projected-square"])
    .mistake("projection-before-the-norm", |x| {
        let w = Weights::from(x);
        own_norm(&w, 0, &linear(&w, "projection", &sum(&w)))
    })
    .only_in(["projected-square"])
}

/// The vectors without the types.
pub(in crate::bert) fn without_types(w: &Weights) -> Tensor {
    vectors(&w.without("token_type"))
}

/// The vectors without the norm.
pub(in crate::bert) fn without_norm(w: &Weights) -> Tensor {
    projected(w, &sum(w))
}

fn with_epsilon(x: &Inputs, epsilon: f32) -> Tensor {
    vectors(&Weights::from(x).with("epsilon", epsilon.into()))
}

/// The vectors when the sum of the rows has an addend.
fn shifted(x: &Inputs, addend: &Tensor) -> Tensor {
    let w = Weights::from(x);
    projected(&w, &own_norm(&w, 0, &(sum(&w) + addend)))
}
