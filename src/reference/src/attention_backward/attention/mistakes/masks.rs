//! The mistakes with the mask, and with queries that may attend to nothing.

use tch::Tensor;

use super::{by_weights, dscores, wrong};
use crate::attention_backward::masks::shared;
use crate::attention_backward::steps::transposed;
use crate::attention_weights::{blocked, empty_rows, filled, weights};
use crate::task::Task;

/// A sentinel that blocks, but is a number: a row of it has a softmax.
const FINITE: f64 = -1e9;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    let task = shared().fold(task, |task, (id, weights)| {
        task.mistake(id, by_weights(weights))
    });
    let task = task
        .form(
            "mask-ignored",
            "mask-ignored-in-dscores",
            wrong(|x| {
                let unmasked = x.with_weights(weights(&x.scores(), None));
                let [dq, dk, _] = unmasked.gradients();
                [dq, dk, x.dv()]
            }),
        )
        .form(
            "mask-ignored",
            "mask-on-dscores-alone",
            wrong(|x| {
                let unmasked = x.with_weights(weights(&x.scores(), None));
                unmasked.gradients_of(&filled(&unmasked.dscores(), x.mask.as_ref(), 0.0))
            }),
        )
        .mistake(
            "mask-transposed",
            by_weights(|scores, mask| weights(scores, mask.map(transposed).as_ref())),
        )
        .only_in(["causal"])
        .mistake(
            "infinite-gradients",
            dscores(|x| blocked(&x.dscores(), x.mask.as_ref())),
        );
    of_empty_rows(task)
}

/// Forms of mistakes in which a part of the gradients is right.
fn of_empty_rows(task: Task) -> Task {
    task.form(
        "nan-on-masked-rows",
        "nan-in-dq-and-dk",
        wrong(|x| {
            let empty = x.mask.as_ref().map(empty_rows);
            let dscores = match empty {
                Some(empty) => x.dscores().masked_fill(&empty, f64::NAN),
                None => x.dscores(),
            };
            x.gradients_of(&dscores)
        }),
    )
    .form(
        "uniform-on-masked-rows",
        "uniform-in-dv",
        wrong(|x| {
            let [dq, dk, _] = x.gradients();
            let scores = filled(&x.scores(), x.mask.as_ref(), FINITE);
            let uniform: Tensor = weights(&scores, None);
            [dq, dk, x.with_weights(uniform).dv()]
        }),
    )
}
