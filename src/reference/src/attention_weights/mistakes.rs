//! The wrong ways from scores and a mask to weights, for all exercises that take a softmax of what a mask allows.

use tch::{Kind, Tensor};

use super::{
    WeightsFn, blocked, filled, normalised, row_max, row_sum, softmax, weights, weights_less,
    zero_in_empty_rows,
};

/// A sentinel that looks small enough to block and is not: next to scores that are far smaller, or added to one that is
/// far larger.
pub(super) const TOO_SMALL: f64 = -100.0;
/// A sentinel that is small enough next to the scores of most models, but not next to one [far below](super::FAR_BELOW).
pub(super) const TEN_THOUSAND: f64 = -1e4;
/// A sentinel that is small enough next to all scores, but a number: a row of it has a softmax.
const FINITE: f64 = -1e9;
/// The least sum that a guard against a division by 0 allows.
const GUARD: f64 = 1e-30;

/// The mistakes that need no mask, by id.
pub(crate) const SOFTMAX_MISTAKES: [(&str, WeightsFn); 6] = [
    ("normalised-over-everything", |scores, mask| {
        let all = blocked(scores, mask).flatten(0, -1);
        all.softmax(0, Kind::Float).view_as(scores)
    }),
    ("no-maximum", |scores, mask| {
        weights_less(scores, mask, &Tensor::from(0_f32))
    }),
    ("no-maximum-guarded", |scores, mask| {
        normalised_with_guard(&blocked(scores, mask).exp())
    }),
    ("global-maximum", |scores, mask| {
        weights_less(scores, mask, &blocked(scores, mask).max())
    }),
    ("not-the-maximum", |scores, mask| {
        weights_less(scores, mask, &mean_of_allowed(scores, mask))
    }),
    ("softmax-twice", |scores, mask| {
        weights(&weights(scores, mask), mask)
    }),
];

/// The mistakes that have to do with the mask, by id.
pub(crate) const MASK_MISTAKES: [(&str, WeightsFn); 14] = [
    ("mask-ignored", mask_ignored),
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
        zero_in_empty_rows(&softmax(&filled(scores, mask, 0.0)), mask)
    }),
    ("sentinel-too-small", |scores, mask| {
        zero_in_empty_rows(&softmax(&filled(scores, mask, TOO_SMALL)), mask)
    }),
    ("sentinel-added", |scores, mask| {
        softmax(&added_where_blocked(scores, mask, TOO_SMALL))
    }),
    ("finite-sentinel", finite_sentinel),
    ("finite-sentinel-added", finite_sentinel_added),
    ("mask-after-softmax", |scores, mask| {
        zero_where_blocked(&softmax(scores), mask)
    }),
    ("maximum-of-blocked", |scores, mask| {
        let allowed = exponentials_of_allowed(scores, mask);
        zero_in_empty_rows(&normalised(&allowed), mask)
    }),
    ("sum-of-zero-guarded", |scores, mask| {
        normalised_with_guard(&exponentials_of_allowed(scores, mask))
    }),
    ("nan-on-masked-rows", |scores, mask| {
        softmax(&blocked(scores, mask))
    }),
    ("uniform-on-masked-rows", uniform_in_empty_rows),
];

/// A mistake that spoils one of two results.
pub(crate) struct SplitMistake {
    pub(crate) id: &'static str,
    /// Computes the weights that are returned.
    pub(crate) returned: WeightsFn,
    /// Computes the weights with which the values are summed.
    pub(crate) summed_with: WeightsFn,
}

/// The mistakes whose two results do not belong together.
pub(crate) const SPLIT_MISTAKES: [SplitMistake; 3] = [
    SplitMistake {
        id: "mask-on-output-only",
        returned: mask_ignored,
        summed_with: weights,
    },
    SplitMistake {
        id: "mask-on-weights-only",
        returned: weights,
        summed_with: mask_ignored,
    },
    SplitMistake {
        id: "only-output-zeroed",
        returned: uniform_in_empty_rows,
        summed_with: weights,
    },
];

fn mask_ignored(scores: &Tensor, _: Option<&Tensor>) -> Tensor {
    softmax(scores)
}

/// −10,000 instead of −∞, and 0 in the rows that may attend to nothing.
pub(crate) fn finite_sentinel(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    zero_in_empty_rows(&softmax(&filled(scores, mask, TEN_THOUSAND)), mask)
}

/// −10,000 added instead of −∞, and 0 in the rows that may attend to nothing.
pub(crate) fn finite_sentinel_added(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    zero_in_empty_rows(
        &softmax(&added_where_blocked(scores, mask, TEN_THOUSAND)),
        mask,
    )
}

fn uniform_in_empty_rows(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    softmax(&filled(scores, mask, FINITE))
}

fn normalised_with_guard(exponentials: &Tensor) -> Tensor {
    exponentials / row_sum(exponentials).clamp_min(GUARD)
}

/// e^(x − max) with the maximum of all, allowed or not, and 0 for what is blocked.
fn exponentials_of_allowed(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    zero_where_blocked(&(scores - row_max(scores)).exp(), mask)
}

/// The mean of the allowed scores of each row.
fn mean_of_allowed(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let (sum, count) = (
        zero_where_blocked(scores, mask),
        zero_where_blocked(&scores.ones_like(), mask),
    );
    row_sum(&sum) / row_sum(&count)
}

fn zero_where_blocked(x: &Tensor, mask: Option<&Tensor>) -> Tensor {
    match mask {
        Some(mask) => x * mask,
        None => x.shallow_clone(),
    }
}

fn added_where_blocked(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    match mask {
        Some(mask) => scores + mask.logical_not() * sentinel,
        None => scores.shallow_clone(),
    }
}

fn inverted(mask: Option<&Tensor>) -> Option<Tensor> {
    mask.map(Tensor::logical_not)
}
