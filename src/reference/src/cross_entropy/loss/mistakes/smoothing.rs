//! The mistakes of label smoothing.

use tch::{Kind, Tensor};

use super::{CLASSES, by, with_costs};
use crate::cross_entropy::loss::steps::{BatchCosts, Prediction, STEPS, Steps, divided};
use crate::inputs::Inputs;
use crate::task::Task;

/// The cases with smoothing.
const SMOOTHED: [&str; 4] = [
    "smoothing",
    "much-smoothing",
    "smoothing-and-ignored",
    "smoothing-and-no-class",
];

/// Adds the mistakes of label smoothing.
pub(super) fn of_smoothing(task: Task) -> Task {
    of_places(of_predictions(of_shares(task)))
}

/// Shares that are not libtorch's.
fn of_shares(task: Task) -> Task {
    task.mistake("smoothing-forgotten", with_costs(Prediction::of_target))
        .mistake(
            "smoothing-over-others",
            with_costs(|prediction| spread_over_others(prediction, prediction.vocabulary() - 1.0)),
        )
        .form(
            "smoothing-over-others",
            "smoothing-over-others-but-padding",
            with_costs(spread_over_others_but_padding),
        )
        .mistake(
            "smoothing-not-for-the-target",
            with_costs(|prediction| spread_over_others(prediction, prediction.vocabulary())),
        )
        .mistake(
            "smoothing-added",
            with_costs(|prediction| {
                let share = prediction.smoothing / prediction.vocabulary();
                prediction.of_target() + spread(prediction, share)
            }),
        )
        .mistake(
            "smoothing-not-divided",
            with_costs(|prediction| {
                let target = prediction.of_target() * (1.0 - prediction.smoothing);
                target + spread(prediction, prediction.smoothing)
            }),
        )
        .mistake(
            "smoothing-swapped",
            with_costs(|prediction| {
                let share = (1.0 - prediction.smoothing) / prediction.vocabulary();
                prediction.of_target() * prediction.smoothing + prediction.of_all() * share
            }),
        )
        .only_in(SMOOTHED)
}

/// Smoothing of something other than the shares of the classes.
fn of_predictions(task: Task) -> Task {
    task.mistake(
        "smoothing-divided-twice",
        with_costs(|prediction| {
            let target = prediction.of_target() * (1.0 - prediction.smoothing);
            target
                + spread(
                    prediction,
                    prediction.smoothing / prediction.vocabulary().powi(2),
                )
        }),
    )
    .mistake(
        "probability-smoothed",
        with_costs(|prediction| {
            let probability = (-prediction.of_target()).exp() * (1.0 - prediction.smoothing);
            -(probability + prediction.smoothing / prediction.vocabulary()).log()
        }),
    )
    .only_in(SMOOTHED)
}

/// Smoothing where there should be none.
fn of_places(task: Task) -> Task {
    task.mistake(
        "zero-times-infinity",
        with_costs(|prediction| {
            let share = prediction.smoothing / prediction.vocabulary();
            prediction.of_target() * (1.0 - prediction.smoothing) + prediction.of_all() * share
        }),
    )
    .mistake(
        "smoothing-on-ignored",
        over_ignored(|batch| divided(&batch.costs.sum(Kind::Float), &batch.counted())),
    )
    .form(
        "smoothing-on-ignored",
        "smoothing-meant-over-all",
        over_ignored(|batch| divided(&batch.costs.sum(Kind::Float), &batch.all())),
    )
}

/// The costs of all classes, each with a share; nothing without smoothing, even where a cost is infinite.
fn spread(prediction: &Prediction, share: f64) -> Tensor {
    let all = prediction.of_all();
    match share {
        0.0 => all.zeros_like(),
        _ => all * share,
    }
}

/// The target has 1 − ε, and each other class ε divided by a number.
fn spread_over_others(prediction: &Prediction, by: f64) -> Tensor {
    let (target, share) = (prediction.of_target(), prediction.smoothing / by);
    let others = spread(prediction, share) - &target * share;
    target * (1.0 - prediction.smoothing) + others
}

/// The same, but the class that is ignored as a target gets nothing.
fn spread_over_others_but_padding(prediction: &Prediction) -> Tensor {
    let vocabulary = prediction.vocabulary();
    match prediction.ignored {
        Some(ignored) if (ignored as f64) < vocabulary => {
            let share = prediction.smoothing / (vocabulary - 2.0);
            let padding = -prediction.logs.select(CLASSES, ignored);
            let (target, all) = (prediction.of_target(), spread(prediction, share));
            let others = all - (&target + padding) * share;
            target * (1.0 - prediction.smoothing) + others
        }
        _ => spread_over_others(prediction, vocabulary - 1.0),
    }
}

/// The part of the smoothing comes from all positions, ignored ones included.
fn over_ignored(mean: fn(&BatchCosts) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    let of_targets = with_costs(|prediction| prediction.of_target() * (1.0 - prediction.smoothing));
    let of_all = by(Steps {
        costs: |prediction| spread(prediction, prediction.smoothing / prediction.vocabulary()),
        mean,
        ..STEPS
    });
    move |x| of_targets(x) + of_all(x)
}
