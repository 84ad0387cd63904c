//! The task `cross_entropy`.

mod cases;
mod mistakes;
mod steps;

use tch::{Reduction, Tensor};

use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

pub use steps::formula;

/// The id that libtorch ignores unless it is told otherwise. It is no token.
const NONE_IGNORED: i64 = -100;

pub(super) fn task() -> Task {
    let task = Task::new("cross_entropy", right).output("loss", super::ONE_NUMBER);
    with_order(with_probabilities(mistakes::of_loss(cases::of_loss(task))))
}

/// Adds the properties by which only the probabilities of what counts matter.
fn with_probabilities(task: Task) -> Task {
    task.property(
        Property::new(
            "a-number-added-to-all-logits",
            "adding 10 to all logits changes no probability, and so it changes no loss",
        )
        .in_case("plain")
        .add(["logits"], 10.0)
        .expect_same(["loss"]),
    )
    .property(
        Property::new(
            "ignored-positions-do-not-matter",
            "the logits of positions 3 and 4, which are ignored in every sequence, change nothing",
        )
        .in_case("ignored")
        .disturb(["logits"], 1, 3)
        .expect_same(["loss"]),
    )
    .property(
        Property::new(
            "uniform-whatever-the-targets",
            "a model that gives all tokens the same probability has the same loss for other targets",
        )
        .in_case("uniform")
        .disturb(["targets"], 1, 0)
        .expect_same(["loss"]),
    )
}

/// Adds the properties by which all positions that count are alike.
fn with_order(task: Task) -> Task {
    task.property(
        Property::new(
            "sequences-in-another-order",
            "moving logits and targets of all sequences together changes nothing",
        )
        .in_case("smoothing-and-ignored")
        .rotate(["logits", "targets"], 0)
        .expect_same(["loss"]),
    )
    .property(
        Property::new(
            "positions-in-another-order",
            "moving logits and targets of all positions together changes nothing",
        )
        .in_case("smoothing-and-ignored")
        .rotate(["logits", "targets"], 1)
        .expect_same(["loss"]),
    )
    .property(
        Property::new(
            "the-same-batch-twice",
            "a batch that has every sequence twice has the same mean",
        )
        .in_case("ignored")
        .double(["logits", "targets"], 0)
        .expect_same(["loss"]),
    )
}

/// The loss as it should be: 0 if nothing counts, where libtorch's mean is NaN.
fn right(x: &Inputs) -> Tensor {
    let ignored = ignored(x);
    match counts(&x["targets"], ignored).any().int64_value(&[]) {
        0 => Tensor::from(0_f32),
        _ => kernel(&x["logits"], &x["targets"], ignored, x.number("smoothing")),
    }
}

/// libtorch's own kernel, over all positions of a batch.
pub fn kernel(logits: &Tensor, targets: &Tensor, ignored: Option<i64>, smoothing: f64) -> Tensor {
    logits.flatten(0, 1).cross_entropy_loss(
        &targets.flatten(0, 1),
        None::<Tensor>,
        Reduction::Mean,
        ignored.unwrap_or(NONE_IGNORED),
        smoothing,
    )
}

/// The id that does not count, in the cases that have one.
fn ignored(x: &Inputs) -> Option<i64> {
    x.get("ignored").map(|_| x.size("ignored"))
}

/// The positions (batch, length) that count.
fn counts(targets: &Tensor, ignored: Option<i64>) -> Tensor {
    targets.ne(ignored.unwrap_or(NONE_IGNORED))
}
