//! The wrong ways from scores (rows, columns) and a mask to weights, for all exercises that take a softmax over what a
//! mask allows.

use tch::{Kind, Tensor};

use super::{ALONG, filled, weights};
use crate::softmax::formula::softmax;

/// A way from scores and a mask to weights.
pub(crate) type Weigh = fn(&Tensor, Option<&Tensor>) -> Tensor;

/// What looks small enough to block and is not: beside scores that are far smaller, or added to one that is far larger.
const TOO_SMALL: f64 = -100.0;
/// Small enough beside all scores, but a number: a row of it has a softmax.
const FINITE: f64 = -1e9;
/// What is said to be the least possible sum, so that nothing is divided by 0.
const GUARD: f64 = 1e-30;

/// Those that need no mask, by the id of the mistake.
pub(crate) const OF_SOFTMAX: [(&str, Weigh); 6] = [
    ("normalised-over-everything", |scores, mask| {
        blocked(scores, mask)
            .flatten(0, -1)
            .softmax(0, Kind::Float)
            .view_as(scores)
    }),
    ("no-maximum", |scores, mask| {
        ratio(scores, &Tensor::from(0_f32), mask)
    }),
    ("no-maximum-guarded", |scores, mask| {
        guarded(&blocked(scores, mask).exp())
    }),
    ("global-maximum", |scores, mask| {
        ratio(scores, &blocked(scores, mask).max(), mask)
    }),
    ("not-the-maximum", |scores, mask| {
        ratio(scores, &mean(scores, mask), mask)
    }),
    ("softmax-twice", |scores, mask| {
        weights(&weights(scores, mask), mask)
    }),
];

/// Those that have to do with the mask.
pub(crate) const OF_MASK: [(&str, Weigh); 12] = [
    ("mask-ignored", |scores, _| softmax(scores)),
    ("mask-inverted", |scores, mask| {
        weights(scores, inverted(mask).as_ref())
    }),
    ("mask-inverted-nan", |scores, mask| {
        softmax(&blocked(scores, inverted(mask).as_ref()))
    }),
    ("mask-inverted-uniform", |scores, mask| {
        softmax(&filled(scores, inverted(mask).as_ref(), FINITE))
    }),
    ("masked-scores-zeroed", |scores, mask| {
        zero_for_nothing(softmax(&filled(scores, mask, 0.0)), mask)
    }),
    ("sentinel-too-small", |scores, mask| {
        zero_for_nothing(softmax(&filled(scores, mask, TOO_SMALL)), mask)
    }),
    ("sentinel-added", |scores, mask| {
        softmax(&added(scores, mask, TOO_SMALL))
    }),
    ("mask-after-softmax", |scores, mask| {
        times(softmax(scores), mask)
    }),
    ("maximum-of-blocked", |scores, mask| {
        let powers = powers_of_allowed(scores, mask);
        zero_for_nothing(&powers / sum(&powers), mask)
    }),
    ("sum-of-zero-guarded", |scores, mask| {
        guarded(&powers_of_allowed(scores, mask))
    }),
    ("nan-on-masked-rows", |scores, mask| {
        softmax(&blocked(scores, mask))
    }),
    ("uniform-on-masked-rows", uniform_for_nothing),
];

/// Those that spoil one of two results: the way to the weights that are returned, and the way to those that the values
/// are summed with.
pub(crate) const OF_ONE_RESULT: [(&str, Weigh, Weigh); 3] = [
    ("mask-on-output-only", |scores, _| softmax(scores), weights),
    ("mask-on-weights-only", weights, |scores, _| softmax(scores)),
    ("only-output-zeroed", uniform_for_nothing, weights),
];

/// The softmax with another constant than the row's maximum subtracted.
fn ratio(scores: &Tensor, constant: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let exp = (blocked(scores, mask) - constant).exp();
    zero_for_nothing(&exp / sum(&exp), mask)
}

/// e^(x − max), allowed or not the maximum, and 0 for what is blocked.
fn powers_of_allowed(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    times((scores - scores.amax(ALONG, true)).exp(), mask)
}

fn guarded(powers: &Tensor) -> Tensor {
    powers / sum(powers).clamp_min(GUARD)
}

fn uniform_for_nothing(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    softmax(&filled(scores, mask, FINITE))
}

/// The mean of what is allowed in each row.
fn mean(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    sum(&times(scores.shallow_clone(), mask)) / sum(&times(scores.ones_like(), mask))
}

fn sum(x: &Tensor) -> Tensor {
    x.sum_dim_intlist(ALONG, true, Kind::Float)
}

fn inverted(mask: Option<&Tensor>) -> Option<Tensor> {
    mask.map(Tensor::logical_not)
}

fn times(x: Tensor, mask: Option<&Tensor>) -> Tensor {
    mask.map_or_else(|| x.shallow_clone(), |mask| &x * mask)
}

fn blocked(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    filled(scores, mask, f64::NEG_INFINITY)
}

fn added(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    mask.map_or_else(
        || scores.shallow_clone(),
        |mask| scores + mask.logical_not() * sentinel,
    )
}

/// 0 in the rows that are blocked altogether.
fn zero_for_nothing(weights: Tensor, mask: Option<&Tensor>) -> Tensor {
    match mask {
        Some(mask) => weights.masked_fill(&mask.any_dim(ALONG, true).logical_not(), 0.0),
        None => weights,
    }
}
