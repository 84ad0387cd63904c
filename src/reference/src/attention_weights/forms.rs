//! The wrong ways from scores and a mask to weights that come in several forms.
//!
//! Most end in NaN. How much becomes NaN depends on what follows: on a guard of rows that may attend to nothing, on a
//! maximum that skips NaN, on zeros that are written where the mask blocks. Each has a form of its own.

use tch::{Kind, Tensor};

use super::mistakes::{TEN_THOUSAND, TOO_SMALL};
use super::{
    COLUMNS, WeightsFn, blocked, filled, row_max, softmax, softmax_less, weights_less,
    zero_in_empty_rows,
};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// A mistake in the weights, or another form of one.
pub(crate) struct WeightsForm {
    pub(crate) id: &'static str,
    /// The mistake of which it is another form.
    pub(crate) form_of: Option<&'static str>,
    pub(crate) weights: WeightsFn,
}

impl WeightsForm {
    const fn first(id: &'static str, weights: WeightsFn) -> Self {
        Self {
            id,
            form_of: None,
            weights,
        }
    }

    const fn of(mistake: &'static str, id: &'static str, weights: WeightsFn) -> Self {
        Self {
            id,
            form_of: Some(mistake),
            weights,
        }
    }

    /// Adds it to a task that computes something with these weights.
    pub(crate) fn add_to<O: Into<Outputs>>(
        self,
        task: Task,
        wrong: impl Fn(&Inputs) -> O + 'static,
    ) -> Task {
        match self.form_of {
            Some(mistake) => task.form(mistake, self.id, wrong),
            None => task.mistake(self.id, wrong),
        }
    }
}

/// The search for the maximum begins at 0.
pub(crate) const MAXIMUM_FROM_ZERO: [WeightsForm; 2] = [
    WeightsForm::first("maximum-from-zero", |scores, mask| {
        weights_less(scores, mask, &maximum_from_zero(scores, mask))
    }),
    WeightsForm::of(
        "maximum-from-zero",
        "maximum-from-zero-unguarded",
        |scores, mask| softmax_less(&blocked(scores, mask), &maximum_from_zero(scores, mask)),
    ),
];

/// The mean is subtracted of a row with −∞ for what is blocked, and it is −∞ itself.
const MEAN_OF_BLOCKED: WeightsForm =
    WeightsForm::of("not-the-maximum", "mean-of-blocked", |scores, mask| {
        let mean = blocked(scores, mask).mean_dim(COLUMNS, true, Kind::Float);
        weights_less(scores, mask, &mean)
    });

/// The search for the maximum begins at 0, and zeros are written where the mask blocks.
pub(crate) const MAXIMUM_FROM_ZERO_ZEROED: WeightsForm = WeightsForm::of(
    "maximum-from-zero",
    "maximum-from-zero-zeroed",
    |scores, mask| {
        let maximum = maximum_from_zero(scores, mask);
        filled(&weights_less(scores, mask, &maximum), mask, 0.0)
    },
);

/// The mask is multiplied by −∞, and 0 · −∞ is NaN; or blocked scores are +∞, and ∞ − ∞ is NaN.
///
/// A row of which the mean is subtracted is NaN as well where a score is −∞: nothing tells it from +∞, so that the words
/// of `infinity-less-infinity` have to speak of both.
pub(crate) const INFINITIES: [WeightsForm; 6] = [
    WeightsForm::first("mask-times-infinity", mask_times_infinity),
    WeightsForm::of(
        "mask-times-infinity",
        "mask-times-infinity-guarded",
        |scores, mask| zero_in_empty_rows(&mask_times_infinity(scores, mask), mask),
    ),
    WeightsForm::of(
        "mask-times-infinity",
        "mask-times-infinity-zeroed",
        |scores, mask| filled(&mask_times_infinity(scores, mask), mask, 0.0),
    ),
    WeightsForm::first("infinity-less-infinity", plus_infinity),
    WeightsForm::of(
        "infinity-less-infinity",
        "infinity-less-infinity-guarded",
        |scores, mask| zero_in_empty_rows(&plus_infinity(scores, mask), mask),
    ),
    WeightsForm::of(
        "infinity-less-infinity",
        "infinity-less-infinity-zeroed",
        |scores, mask| filled(&plus_infinity(scores, mask), mask, 0.0),
    ),
];

/// The mask is multiplied by −∞, and the maximum skips NaN, as `f32::max` does: it is −∞, and every row is taken for one
/// that may attend to nothing.
///
/// A task of which every case has a mask cannot have it: zeros everywhere are no attempt.
pub(crate) const MASK_TIMES_INFINITY_SKIPPED: WeightsForm = WeightsForm::of(
    "mask-times-infinity",
    "mask-times-infinity-skipped",
    |scores, mask| match mask {
        Some(_) => scores.zeros_like(),
        None => softmax(scores),
    },
);

/// A sentinel that is not small enough, and a row is taken for one that may attend to nothing if this is its maximum.
pub(crate) const GUARDED_SENTINELS: [WeightsForm; 2] = [
    WeightsForm::of(
        "sentinel-too-small",
        "sentinel-too-small-guarded",
        |scores, mask| guarded_sentinel(scores, mask, TOO_SMALL),
    ),
    WeightsForm::of(
        "finite-sentinel",
        "finite-sentinel-guarded",
        |scores, mask| guarded_sentinel(scores, mask, TEN_THOUSAND),
    ),
];

/// Lists the forms that a task has which returns the weights and what they sum, with and without a mask.
pub(crate) fn attention_forms() -> impl Iterator<Item = WeightsForm> {
    MAXIMUM_FROM_ZERO
        .into_iter()
        .chain(INFINITIES)
        .chain(GUARDED_SENTINELS)
        .chain([MASK_TIMES_INFINITY_SKIPPED, MEAN_OF_BLOCKED])
}

fn guarded_sentinel(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    let filled = filled(scores, mask, sentinel);
    softmax(&filled).masked_fill(&row_max(&filled).eq(sentinel), 0.0)
}

fn maximum_from_zero(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    row_max(&blocked(scores, mask)).clamp_min(0.0)
}

fn mask_times_infinity(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    match mask {
        Some(mask) => softmax(&(scores + mask.logical_not() * f64::NEG_INFINITY)),
        None => softmax(scores),
    }
}

fn plus_infinity(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    softmax(&filled(scores, mask, f64::INFINITY))
}
