//! The task `repetition_penalty`.

use tch::{Kind, Tensor};

use super::logits;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

pub(super) fn task() -> Task {
    let task = Task::new("repetition_penalty", |x| {
        penalize(&x["logits"], &x["written"], x.number("penalty"))
    })
    .output("logits", ["token"]);
    mistakes(cases(task))
        .property(
            Property::new(
                "written-twice",
                "a text that is repeated has the same tokens, and changes nothing",
            )
            .in_case("plain")
            .double(["written"], 0)
            .expect_same(["logits"]),
        )
        .property(
            Property::new(
                "written-in-another-order",
                "the order in which tokens were written changes nothing",
            )
            .in_case("repeated")
            .rotate(["written"], 0)
            .expect_same(["logits"]),
        )
}

/// The logits with those of the tokens written made smaller, as `transformers` does it.
pub(super) fn penalize(logits: &Tensor, written: &Tensor, penalty: f64) -> Tensor {
    of_written(logits, written, |logits| by_sign(logits, penalty))
}

/// Positive logits divided, all others multiplied.
fn by_sign(logits: &Tensor, penalty: f64) -> Tensor {
    (logits / penalty).where_self(&logits.gt(0.0), &(logits * penalty))
}

/// Changes the logits of the tokens written, and leaves the others as they are.
fn of_written(logits: &Tensor, written: &Tensor, change: impl Fn(&Tensor) -> Tensor) -> Tensor {
    let changed = change(&logits.index_select(0, written));
    logits.scatter(0, written, &changed)
}

fn cases(task: Task) -> Task {
    let of = |inputs: Inputs, written: &[i64], penalty: f32| {
        inputs
            .with("written", Tensor::from_slice(written))
            .with("penalty", penalty)
    };
    task.case(
        "plain",
        "3 of 8 tokens were written, with positive and negative logits",
        move |random| of(alternating(random, 8), &[6, 3, 2], 1.3),
    )
    .case(
        "repeated",
        "two tokens were written more than once",
        move |random| of(alternating(random, 6), &[1, 4, 1, 1, 4, 3, 0], 1.25),
    )
    .case("positive", "all logits are positive", move |random| {
        let logits = random.uniform(&[5], 0.5, 4.0);
        of(Inputs::default().with("logits", logits), &[0, 3], 1.5)
    })
    .case("negative", "all logits are negative", move |random| {
        let logits = random.uniform(&[7], -4.0, -0.5);
        of(Inputs::default().with("logits", logits), &[5, 1], 1.5)
    })
    .case(
        "removed",
        "a token that was written has been removed, and the logit of another one is 0",
        move |_| of(logits([1.5, f32::NEG_INFINITY, 0.0, -2.0]), &[1, 2, 3], 1.4),
    )
    .case(
        "nothing-written",
        "no token was written: nothing changes",
        move |random| of(alternating(random, 4), &[], 1.3),
    )
    .case(
        "encouraged",
        "a penalty below 1 makes it more likely that tokens are repeated",
        move |random| of(alternating(random, 9), &[4, 7, 8], 0.8),
    )
    .case("one-token", "a vocabulary of one token", move |_| {
        of(logits([2.5]), &[0, 0], 1.2)
    })
}

/// Logits between 0.5 and 4, every second one of them negative.
fn alternating(random: &Random, vocabulary: i64) -> Inputs {
    let sizes = random.uniform(&[vocabulary], 0.5, 4.0);
    let odd = Tensor::arange(vocabulary, (Kind::Float, sizes.device())).remainder(2.0);
    Inputs::default().with("logits", sizes * (-odd * 2.0 + 1.0))
}

/// The logits, of which those of each token are made smaller as often as it is there.
fn one_after_the_other(x: &Inputs, written: &Tensor) -> Tensor {
    let mut logits = x["logits"].copy();
    for position in 0..written.size()[0] {
        let token = written.narrow(0, position, 1);
        logits = penalize(&logits, &token, x.number("penalty"));
    }
    logits
}

fn mistakes(task: Task) -> Task {
    let changed = |change: fn(&Tensor, f64) -> Tensor| {
        move |x: &Inputs| {
            of_written(&x["logits"], &x["written"], |logits| {
                change(logits, x.number("penalty"))
            })
        }
    };
    let task = task
        .mistake("negative-divided", changed(|l, penalty| l / penalty))
        .mistake("positive-multiplied", changed(|l, penalty| l * penalty))
        .mistake(
            "signs-swapped",
            changed(|l, penalty| (l * penalty).where_self(&l.gt(0.0), &(l / penalty))),
        )
        .mistake(
            "negative-untouched",
            changed(|l, penalty| (l / penalty).where_self(&l.gt(0.0), l)),
        )
        .mistake("subtracted", changed(|l, penalty| l - penalty))
        .mistake("forbidden", changed(|l, _| l.full_like(super::REMOVED)));
    task.mistake("once-per-occurrence", |x| {
        one_after_the_other(x, &x["written"])
    })
    .form("once-per-occurrence", "once-per-run", |x| {
        let (runs, ..) = x["written"].unique_consecutive(false, false, None);
        one_after_the_other(x, &runs)
    })
    .form("subtracted", "subtracted-per-occurrence", |x| {
        let counts = x["written"].bincount::<Tensor>(None, x["logits"].size()[0]);
        &x["logits"] - counts * x.number("penalty")
    })
    .mistake("all-tokens", |x| by_sign(&x["logits"], x.number("penalty")))
    .mistake("unwritten-tokens", |x| {
        let all = by_sign(&x["logits"], x.number("penalty"));
        all.scatter(
            0,
            &x["written"],
            &x["logits"].index_select(0, &x["written"]),
        )
    })
    .mistake("only-the-last-token", |x| {
        let written = x["written"].size()[0];
        let last = x["written"].slice(0, (written - 1).max(0), None, 1);
        penalize(&x["logits"], &last, x.number("penalty"))
    })
    .mistake("probabilities-penalized", |x| {
        let probabilities = x["logits"].softmax(0, Kind::Float);
        penalize(&probabilities, &x["written"], x.number("penalty"))
    })
    .form("probabilities-penalized", "logarithms-penalized", |x| {
        let logarithms = x["logits"].log_softmax(0, Kind::Float);
        penalize(&logarithms, &x["written"], x.number("penalty"))
    })
}
