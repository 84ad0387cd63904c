//! The mistakes of `cross_entropy`.

mod smoothing;

use tch::{Kind, Tensor};

use super::steps::{BatchCosts, Prediction, STEPS, Steps, divided};
use super::{counts, right};
use crate::inputs::Inputs;
use crate::task::Task;

/// The axis of the positions, and that of the classes.
const POSITIONS: i64 = 1;
const CLASSES: i64 = -1;

/// The cases in which the ignored id, if there is one, is a class.
const IGNORED_IS_A_CLASS: [&str; 15] = [
    "by-hand",
    "plain",
    "square",
    "uniform",
    "target-far-below",
    "huge",
    "blocked",
    "ignored",
    "sequence-ignored",
    "all-but-one-ignored",
    "everything-ignored",
    "no-sequences",
    "smoothing",
    "much-smoothing",
    "smoothing-and-ignored",
];

/// Adds the mistakes.
pub(super) fn of_loss(task: Task) -> Task {
    let task = of_classes(of_maxima(of_finished_softmaxes(task)));
    smoothing::of_smoothing(of_positions(of_counts(of_means(of_results(task)))))
}

/// A way of computing the loss.
fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(x)
}

/// The loss with other logarithms of the probabilities.
fn with_logs(logs: fn(&Tensor) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    by(Steps { logs, ..STEPS })
}

/// The loss with other costs.
fn with_costs(costs: fn(&Prediction) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    by(Steps { costs, ..STEPS })
}

/// The loss with a different mean.
fn with_mean(mean: fn(&BatchCosts) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    by(Steps { mean, ..STEPS })
}

fn softmax(logits: &Tensor) -> Tensor {
    logits.softmax(CLASSES, Kind::Float)
}

/// The logarithms of the probabilities, with a constant subtracted that need not be the maximum.
fn logs_less(logits: &Tensor, constant: &Tensor) -> Tensor {
    let x = logits - constant;
    let sums = x.exp().sum_dim_intlist(CLASSES, true, Kind::Float);
    x - sums.log()
}

/// The largest of all logits; 0 if there are none.
fn largest(logits: &Tensor) -> Tensor {
    match logits.numel() {
        0 => Tensor::from(0_f32),
        _ => logits.max(),
    }
}

/// The logarithm of a softmax that may be 0.
fn of_finished_softmaxes(task: Task) -> Task {
    task.mistake("log-of-softmax", with_logs(|x| softmax(x).log()))
        .mistake(
            "epsilon-in-the-logarithm",
            with_logs(|x| (softmax(x) + 1e-9).log()),
        )
        .form(
            "epsilon-in-the-logarithm",
            "epsilon-1e-7",
            with_logs(|x| (softmax(x) + 1e-7).log()),
        )
        .form(
            "epsilon-in-the-logarithm",
            "epsilon-1e-8",
            with_logs(|x| (softmax(x) + 1e-8).log()),
        )
        .form(
            "epsilon-in-the-logarithm",
            "epsilon-1e-10",
            with_logs(|x| (softmax(x) + 1e-10).log()),
        )
        .form(
            "epsilon-in-the-logarithm",
            "epsilon-1e-12",
            with_logs(|x| (softmax(x) + 1e-12).log()),
        )
}

/// A logarithm of the sum of exponentials by hand, with a wrong maximum or none.
fn of_maxima(task: Task) -> Task {
    task.mistake(
        "no-maximum",
        with_logs(|x| logs_less(x, &Tensor::from(0_f32))),
    )
    .mistake("global-maximum", with_logs(|x| logs_less(x, &largest(x))))
    .mistake(
        "maximum-not-restored",
        with_logs(|x| {
            let shifted = x - x.amax(CLASSES, true);
            x - shifted
                .exp()
                .sum_dim_intlist(CLASSES, true, Kind::Float)
                .log()
        }),
    )
}

/// Numbers that are not the logarithms of the probabilities of all classes.
fn of_classes(task: Task) -> Task {
    task.mistake("softmax-forgotten", with_logs(Tensor::shallow_clone))
        .mistake(
            "softmax-twice",
            with_logs(|x| softmax(x).log_softmax(CLASSES, Kind::Float)),
        )
        .mistake("log-forgotten", with_logs(softmax))
        .form(
            "log-forgotten",
            "one-minus-probability",
            with_logs(|x| softmax(x) - 1.0),
        )
        .mistake(
            "log-base-2",
            with_logs(|x| x.log_softmax(CLASSES, Kind::Float) / std::f64::consts::LN_2),
        )
        .mistake(
            "softmax-over-positions",
            with_logs(|x| x.log_softmax(POSITIONS, Kind::Float)),
        )
        .form(
            "softmax-over-positions",
            "softmax-over-all-positions",
            with_logs(|x| {
                let positions = x.flatten(0, 1).log_softmax(0, Kind::Float);
                positions.view_as(x)
            }),
        )
        .mistake("ignored-class-removed", |x| {
            let classes = x["logits"].size()[2];
            match super::ignored(x) {
                Some(ignored) if ignored < classes => {
                    let ignored = Tensor::from_slice(&[ignored]);
                    let without = x["logits"].index_fill(2, &ignored, f64::NEG_INFINITY);
                    STEPS.run(&x.clone().with("logits", without))
                }
                _ => right(x),
            }
        })
}

/// The right loss negated, and a cost that is no cross-entropy.
fn of_results(task: Task) -> Task {
    task.mistake("result-negated", |x| -right(x))
        .mistake("targets-not-used", with_costs(Prediction::entropy))
}

/// The costs divided by a wrong number.
fn of_means(task: Task) -> Task {
    task.mistake(
        "mean-over-all",
        with_mean(|batch| divided(&batch.sum(), &batch.all())),
    )
    .mistake("sum-instead-of-mean", with_mean(BatchCosts::sum))
    .mistake(
        "mean-of-means",
        with_mean(|batch| {
            let (means, counted) = means_of_sequences(batch);
            let is_counted = counted.gt(0.0);
            divided(&means.sum(Kind::Float), &is_counted.sum(Kind::Float))
        }),
    )
    .form(
        "mean-of-means",
        "mean-of-all-means",
        with_mean(|batch| {
            let (means, counted) = means_of_sequences(batch);
            divided(
                &means.sum(Kind::Float),
                &Tensor::from(counted.numel() as f32),
            )
        }),
    )
    .mistake(
        "divided-by-sequences",
        with_mean(|batch| divided(&batch.sum(), &batch.sequences())),
    )
    .mistake(
        "mean-over-classes",
        with_mean(|batch| divided(&batch.sum(), &(batch.counted() * batch.vocabulary()))),
    )
    .form(
        "mean-over-classes",
        "mean-over-all-entries",
        with_mean(|batch| divided(&batch.sum(), &(batch.all() * batch.vocabulary()))),
    )
}

/// Positions that should not count, or none that do.
fn of_counts(task: Task) -> Task {
    task.mistake(
        "nan-if-nothing-counts",
        with_mean(|batch| batch.sum() / batch.counted()),
    )
    .mistake(
        "ignored-counted",
        by(Steps {
            counts: |targets, _| targets.ge(0),
            ..STEPS
        }),
    )
    .only_in(IGNORED_IS_A_CLASS)
    .mistake(
        "stops-at-ignored",
        by(Steps {
            counts: |targets, ignored| {
                let counts = counts(targets, ignored);
                let before = counts.flatten(0, 1).cumprod(0, Kind::Int64);
                before.view_as(&counts).to_kind(Kind::Bool)
            },
            ..STEPS
        }),
    )
    .form(
        "stops-at-ignored",
        "each-sequence-stops-at-ignored",
        by(Steps {
            counts: |targets, ignored| {
                let counts = counts(targets, ignored);
                counts.cumprod(POSITIONS, Kind::Int64).to_kind(Kind::Bool)
            },
            ..STEPS
        }),
    )
}

/// The mean cost of each sequence, 0 where nothing counts, and the number of its positions that count.
fn means_of_sequences(batch: &BatchCosts) -> (Tensor, Tensor) {
    let sums = batch
        .counting()
        .sum_dim_intlist(POSITIONS, false, Kind::Float);
    let counted = batch.counts.sum_dim_intlist(POSITIONS, false, Kind::Float);
    (divided(&sums, &counted), counted)
}

/// Logits and targets that do not belong together.
fn of_positions(task: Task) -> Task {
    let moved = |logits: i64, targets: i64| {
        move |x: &Inputs| {
            let length = x["targets"].size()[1] - 1;
            let part = |name: &str, first| x[name].narrow(POSITIONS, first, length);
            let inputs = x.clone().with("logits", part("logits", logits));
            STEPS.run(&inputs.with("targets", part("targets", targets)))
        }
    };
    task.mistake("shifted-twice", moved(0, 1))
        .mistake("shifted-the-wrong-way", moved(1, 0))
        .mistake("flattened-in-another-order", |x| {
            let targets = &x["targets"];
            let flat = targets.transpose(0, 1).flatten(0, 1);
            STEPS.run(&x.clone().with("targets", flat.view_as(targets)))
        })
        .mistake("last-position-only", |x| {
            let last = x["targets"].size()[1] - 1;
            let part = |name: &str| x[name].narrow(POSITIONS, last, 1);
            let inputs = x.clone().with("logits", part("logits"));
            STEPS.run(&inputs.with("targets", part("targets")))
        })
        .mistake("first-sequence-only", |x| {
            let part = |name: &str| x[name].slice(0, 0, 1, 1);
            let inputs = x.clone().with("logits", part("logits"));
            STEPS.run(&inputs.with("targets", part("targets")))
        })
}
