//! The task `temperature`.

use tch::{Kind, Tensor};

use super::{
    REMOVED, first, greedy, keep, logits, random_logits, ranking_of_later_equals,
    tokens_in_another_order, with_removed_as,
};
use crate::inputs::Inputs;
use crate::task::Task;

pub(super) fn task() -> Task {
    let task =
        Task::new("temperature", |x| with(x, |l, t| l / t, greedy)).output("logits", ["token"]);
    mistakes(cases(task)).property(tokens_in_another_order())
}

fn cases(task: Task) -> Task {
    let at = |inputs: Inputs, temperature: f32| inputs.with("temperature", temperature);
    task.case(
        "plain",
        "7 logits, at a temperature below 1",
        move |random| at(random_logits(random, 7, &[]), 0.7),
    )
    .case("hot", "5 logits, at a temperature above 1", move |random| {
        at(random_logits(random, 5, &[]), 2.5)
    })
    .case(
        "removed",
        "tokens 1 and 4 have been removed: their logits are −∞",
        move |random| at(random_logits(random, 6, &[1, 4]), 0.5),
    )
    .case(
        "unchanged",
        "a temperature of 1 leaves all logits as they are",
        move |random| at(random_logits(random, 4, &[]), 1.0),
    )
    .case("greedy", "a temperature of 0", move |random| {
        at(random_logits(random, 8, &[]), 0.0)
    })
    .case(
        "greedy-equals",
        "a temperature of 0, where three tokens have the largest logit; all logits are negative",
        move |_| at(logits([-1.5, -0.5, -2.0, -0.5, -3.25, -0.5]), 0.0),
    )
    .case(
        "greedy-zero",
        "a temperature of 0, where the largest logit is 0 and a token has been removed",
        move |_| at(logits([-1.25, -2.5, 0.0, f32::NEG_INFINITY, -0.75]), 0.0),
    )
    .case("one-token", "a vocabulary of one token", move |_| {
        at(logits([-1.5]), 0.6)
    })
}

fn mistakes(task: Task) -> Task {
    let above_zero = |above: fn(&Tensor, f64) -> Tensor| move |x: &Inputs| with(x, above, greedy);
    let at_zero = |at_zero: fn(&Tensor) -> Tensor| move |x: &Inputs| with(x, |l, t| l / t, at_zero);
    task.mistake("multiplied", above_zero(|l, t| l * t))
        .mistake(
            "probabilities-returned",
            above_zero(|l, t| (l / t).softmax(0, Kind::Float)),
        )
        .mistake(
            "after-the-softmax",
            above_zero(|l, t| l.softmax(0, Kind::Float) / t),
        )
        .mistake("zero-ignored", at_zero(Tensor::shallow_clone))
        .mistake("divided-by-zero", at_zero(|l| l / 0.0))
        .mistake("small-instead-of-zero", at_zero(|l| l / 1e-6))
        .form(
            "small-instead-of-zero",
            "epsilon-1e-8",
            at_zero(|l| l / 1e-8),
        )
        .form(
            "small-instead-of-zero",
            "epsilon-1e-5",
            at_zero(|l| l / 1e-5),
        )
        .form(
            "small-instead-of-zero",
            "epsilon-1e-3",
            at_zero(|l| l / 1e-3),
        )
        .mistake(
            "all-of-the-equals",
            at_zero(|l| l.masked_fill(&l.less_tensor(&l.max()), REMOVED)),
        )
        .mistake(
            "last-of-equals",
            at_zero(|l| keep(l, &first(&ranking_of_later_equals(l), 1))),
        )
        .mistake(
            "one-hot",
            at_zero(|l| greedy(l).isfinite().to_kind(Kind::Float)),
        )
        .mistake(
            "largest-changed",
            at_zero(|l| greedy(l).isfinite().to_kind(Kind::Float).log()),
        )
        .mistake(
            "zero-instead-of-infinity",
            at_zero(|l| with_removed_as(&greedy(l), 0.0)),
        )
        .mistake(
            "finite-instead-of-infinity",
            at_zero(|l| with_removed_as(&greedy(l), -1e9)),
        )
        .form(
            "finite-instead-of-infinity",
            "smallest-number-instead-of-infinity",
            at_zero(|l| with_removed_as(&greedy(l), f64::from(f32::MIN))),
        )
}

/// The logits at a temperature: of two ways of computing them, the one above 0 and the one at 0.
fn with(
    x: &Inputs,
    above_zero: impl Fn(&Tensor, f64) -> Tensor,
    at_zero: impl Fn(&Tensor) -> Tensor,
) -> Tensor {
    match x.number("temperature") {
        0.0 => at_zero(&x["logits"]),
        temperature => above_zero(&x["logits"], temperature),
    }
}
