//! The tasks `mean_pool` and `mean_pool_backward`.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The axis of the positions.
const POSITIONS: i64 = 1;

/// The task `mean_pool`.
pub(super) fn forward() -> Task {
    let task = Task::new("mean_pool", forwards(mean)).output("pooled", ["text", "feature"]);
    let task = forward_mistakes(forward_cases(task));
    forward_properties(task.others_only_in(&["padding-in-front"]))
}

/// The task `mean_pool_backward`.
pub(super) fn backward() -> Task {
    let task = Task::new("mean_pool_backward", backwards(mean_backward))
        .output("dstates", ["text", "position", "feature"]);
    let task = backward_mistakes(backward_cases(task));
    backward_properties(task.others_only_in(&["padding-in-front"]))
}

/// The mean of the states (batch, length, d_model) where the mask (batch, length) has a word.
pub(super) fn mean(states: &Tensor, mask: &Tensor) -> Tensor {
    sum(states, mask) / counted(mask).clamp_min(1.0)
}

/// The sum of the states of words.
pub(super) fn sum(states: &Tensor, mask: &Tensor) -> Tensor {
    let padding = mask.logical_not().unsqueeze(-1);
    total(&states.masked_fill(&padding, 0.0))
}

/// The sum of all states, padding included.
fn total(states: &Tensor) -> Tensor {
    states.sum_dim_intlist(POSITIONS, false, None::<Kind>)
}

/// The number of words of each text: (batch, 1).
pub(super) fn counted(mask: &Tensor) -> Tensor {
    mask.sum_dim_intlist(POSITIONS, true, Kind::Double)
}

/// The number of positions.
pub(super) fn length(mask: &Tensor) -> f64 {
    mask.size()[1] as f64
}

/// A way of pooling, in `f64`.
fn forwards(way: fn(&Tensor, &Tensor) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| way(&x["states"].to_kind(Kind::Double), &x["mask"])
}

fn case(random: &Random, shape: [i64; 3], mask: Tensor) -> Inputs {
    Inputs::default()
        .with("states", random.normal(&shape) + 0.5)
        .with("mask", mask)
}

fn forward_cases(task: Task) -> Task {
    task.case(
        "plain",
        "3 texts of 5, 2 and 3 words, with 4 features",
        |random| case(random, [3, 5, 4], first_keys(5, &[5, 2, 3])),
    )
    .case(
        "square",
        "as many texts as positions and features: here wrong axes go through",
        |random| case(random, [3, 3, 3], first_keys(3, &[2, 3, 1])),
    )
    .case(
        "padding-in-front",
        "texts whose padding is in front, or between the words",
        |random| case(random, [2, 4, 3], scattered()),
    )
    .case(
        "no-words",
        "the second of three texts has no words",
        |random| case(random, [3, 4, 2], first_keys(4, &[1, 0, 4])),
    )
}

/// A mask of two texts with padding that does not come last.
fn scattered() -> Tensor {
    Tensor::from_slice(&[false, false, true, true, true, false, true, true]).reshape([2, 4])
}

fn forward_mistakes(task: Task) -> Task {
    task.mistake(
        "padding-counted",
        forwards(|states, mask| total(states) / length(mask)),
    )
    .form(
        "padding-counted",
        "padding-added",
        forwards(|states, mask| total(states) / counted(mask).clamp_min(1.0)),
    )
    .mistake(
        "divided-by-length",
        forwards(|states, mask| sum(states, mask) / length(mask)),
    )
    .mistake("sum-instead-of-mean", forwards(sum))
    .mistake(
        "one-position-only",
        forwards(|states, _| states.select(POSITIONS, 0)),
    )
    .form(
        "one-position-only",
        "last-position-only",
        forwards(|states, _| states.select(POSITIONS, -1)),
    )
    .mistake("maximum", forwards(largest))
    .mistake(
        "mask-inverted",
        forwards(|states, mask| mean(states, &mask.logical_not())),
    )
    .mistake(
        "nan-if-no-words",
        forwards(|states, mask| sum(states, mask) / counted(mask)),
    )
    .only_in(["no-words"])
    .mistake(
        "divided-by-all-words",
        forwards(|states, mask| sum(states, mask) / counted(mask).sum(Kind::Double)),
    )
    .mistake(
        "first-words-counted",
        // As many words as there are, but always the first positions.
        forwards(|states, mask| {
            let lengths = mask.sum_dim_intlist(POSITIONS, true, Kind::Int64);
            let positions = Tensor::arange(mask.size()[1], (Kind::Int64, tch::Device::Cpu));
            mean(states, &positions.lt_tensor(&lengths))
        }),
    )
}

/// The largest number of each feature; 0 where there are no words.
fn largest(states: &Tensor, mask: &Tensor) -> Tensor {
    let padding = mask.logical_not().unsqueeze(-1);
    let largest = states
        .masked_fill(&padding, f64::NEG_INFINITY)
        .amax(POSITIONS, false);
    largest.masked_fill(&counted(mask).eq(0.0), 0.0)
}

fn forward_properties(task: Task) -> Task {
    task.property(
        Property::new(
            "words-in-another-order",
            "moving the words of all texts, and the padding with them, changes nothing",
        )
        .in_case("plain")
        .rotate(["states", "mask"], 1)
        .expect_same(["pooled"]),
    )
    .property(
        Property::new(
            "texts-in-another-order",
            "moving the texts moves their vectors",
        )
        .in_case("no-words")
        .rotate(["states", "mask"], 0)
        .expect_rotated(["pooled"], 0),
    )
    .property(
        Property::new(
            "every-word-twice",
            "a text in which every word is there twice has the same mean",
        )
        .in_case("padding-in-front")
        .double(["states", "mask"], 1)
        .expect_same(["pooled"]),
    )
}

/// The gradient of the states, from the mask and the gradient (batch, d_model) of the means.
fn mean_backward(mask: &Tensor, dpooled: &Tensor) -> Tensor {
    spread(mask, &(dpooled / counted(mask).clamp_min(1.0)))
}

/// The same vector (batch, d_model) at each word of a text, and 0 at padding.
fn spread(mask: &Tensor, share: &Tensor) -> Tensor {
    share.unsqueeze(POSITIONS) * mask.unsqueeze(-1).to_kind(Kind::Double)
}

fn backwards(way: fn(&Tensor, &Tensor) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| way(&x["mask"], &x["dpooled"].to_kind(Kind::Double))
}

fn backward_cases(task: Task) -> Task {
    let case = |random: &Random, features: i64, mask: Tensor| {
        let shape = [mask.size()[0], features];
        Inputs::default()
            .with("dpooled", random.normal(&shape) + 0.5)
            .with("mask", mask)
    };
    task.case(
        "plain",
        "3 texts of 5, 2 and 3 words, with 4 features",
        move |random| case(random, 4, first_keys(5, &[5, 2, 3])),
    )
    .case(
        "padding-in-front",
        "texts whose padding is in front, or between the words",
        move |random| case(random, 3, scattered()),
    )
    .case(
        "no-words",
        "the second of three texts has no words",
        move |random| case(random, 2, first_keys(4, &[1, 0, 4])),
    )
}

fn backward_mistakes(task: Task) -> Task {
    task.mistake("not-divided", backwards(spread))
        .mistake(
            "divided-by-length",
            backwards(|mask, dpooled| spread(mask, &(dpooled / length(mask)))),
        )
        .mistake(
            "padding-gets-a-gradient",
            backwards(|mask, dpooled| {
                spread(&mask.ones_like(), &(dpooled / counted(mask).clamp_min(1.0)))
            }),
        )
        .form(
            "padding-gets-a-gradient",
            "mean-over-all-positions",
            backwards(|mask, dpooled| spread(&mask.ones_like(), &(dpooled / length(mask)))),
        )
        .mistake(
            "one-position-only",
            backwards(|mask, dpooled| {
                let words = mask.cumsum(POSITIONS, Kind::Int64).eq(1_i64);
                spread(&words.logical_and(mask), dpooled)
            }),
        )
        .mistake(
            "mask-inverted",
            backwards(|mask, dpooled| mean_backward(&mask.logical_not(), dpooled)),
        )
        .mistake(
            "divided-by-all-words",
            backwards(|mask, dpooled| spread(mask, &(dpooled / counted(mask).sum(Kind::Double)))),
        )
        .mistake(
            "nan-if-no-words",
            backwards(|mask, dpooled| spread(mask, &(dpooled / counted(mask)))),
        )
        .only_in(["no-words"])
}

fn backward_properties(task: Task) -> Task {
    task.property(
        Property::new(
            "linear-in-dpooled",
            "multiplying the gradient by −3 multiplies the result by −3",
        )
        .in_case("plain")
        .multiply(["dpooled"], -3.0)
        .expect_multiplied(["dstates"], -3.0),
    )
    .property(
        Property::new(
            "words-in-another-place",
            "moving the words of all texts moves their gradients",
        )
        .in_case("padding-in-front")
        .rotate(["mask"], 1)
        .expect_rotated(["dstates"], 1),
    )
}
