//! The mistakes of `evaluate`.

use tch::{Kind, Tensor};

use super::{Evaluation, harmonic, of_class, right, share};
use crate::inputs::Inputs;
use crate::task::Task;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_means(of_nothing(of_shares(of_classes(of_predictions(task)))))
}

/// Predictions that are not the best class of each text.
fn of_predictions(task: Task) -> Task {
    task.mistake("argmax-over-texts", |x| {
        // A text for each class, where there should be a class for each text.
        of(x, &x["logits"].argmax(0, false))
    })
    .only_in(["square"])
    .mistake("argmin", |x| of(x, &x["logits"].argmin(-1, false)))
    .mistake("threshold-at-zero", |x| {
        let is_positive = x["logits"].select(1, 1).gt(0.0);
        of(x, &is_positive.to_kind(Kind::Int64))
    })
    .only_in(["two-classes", "below-zero"])
    .mistake("last-of-equals", |x| {
        let from_behind = x["logits"].flip([1]).argmax(-1, false);
        of(x, &(classes(x) - 1 - from_behind))
    })
    .only_in(["below-zero"])
    .mistake("maximum-from-zero", |x| {
        let best = x["logits"].argmax(-1, false);
        let is_below = x["logits"].amax(-1, false).le(0.0);
        of(x, &best.masked_fill(&is_below, 0_i64))
    })
    .only_in(["below-zero"])
}

/// The numbers of these predictions.
fn of(x: &Inputs, predictions: &Tensor) -> Evaluation {
    Evaluation::of_predictions(predictions, &x["labels"], [classes(x), x.size("positive")])
}

fn classes(x: &Inputs) -> i64 {
    x["logits"].size()[1]
}

/// The number of texts.
fn texts(x: &Inputs) -> Tensor {
    Tensor::from(x["labels"].size()[0] as f64)
}

/// A different class, or rows for columns.
fn of_classes(task: Task) -> Task {
    let with = |positive: fn(&Inputs) -> i64| {
        move |x: &Inputs| Evaluation::of_counts(right(x).confusion, positive(x))
    };
    task.mistake("positive-class-mixed-up", with(|x| 1 - x.size("positive")))
        .only_in(["two-classes", "class-0"])
        .form("positive-class-mixed-up", "class-1-always", with(|_| 1))
        .only_in(["three-classes", "class-0"])
        .form("positive-class-mixed-up", "class-0-always", with(|_| 0))
        .mistake("confusion-transposed", |x| {
            let transposed = right(x).confusion.tr();
            Evaluation::of_counts(transposed, x.size("positive"))
        })
        .form("confusion-transposed", "only-the-table-transposed", |x| {
            let right = right(x);
            Evaluation {
                confusion: right.confusion.tr(),
                ..right
            }
        })
        .mistake("precision-and-recall-swapped", |x| {
            let right = right(x);
            Evaluation {
                precision: right.recall,
                recall: right.precision,
                ..right
            }
        })
}

/// Shares of something else.
fn of_shares(task: Task) -> Task {
    let accuracy = |accuracy: fn(&Inputs, &Evaluation) -> f64| {
        move |x: &Inputs| {
            let right = right(x);
            Evaluation {
                accuracy: accuracy(x, &right),
                ..right
            }
        }
    };
    task.mistake(
        "accuracy-of-one-class",
        accuracy(|x, right| {
            let positive = x.size("positive");
            share(&right.confusion.get(positive).get(positive), &texts(x))
        }),
    )
    .only_in(["two-classes", "class-0"])
    .form(
        "accuracy-of-one-class",
        "accuracy-is-recall",
        accuracy(|_, right| right.recall),
    )
    .form(
        "accuracy-of-one-class",
        "accuracy-is-precision",
        accuracy(|_, right| right.precision),
    )
    .mistake(
        "mean-of-recalls",
        accuracy(|_, right| of_all_classes(right)[1]),
    )
    .mistake(
        "errors-for-accuracy",
        accuracy(|_, right| 1.0 - right.accuracy),
    )
    .only_in(["two-classes", "class-0"])
    .mistake("averaged-over-classes", |x| {
        let right = right(x);
        let [precision, recall] = of_all_classes(&right);
        Evaluation {
            precision,
            recall,
            f1: harmonic(precision, recall),
            ..right
        }
    })
    .mistake("in-percent", |x| {
        let right = right(x);
        Evaluation {
            accuracy: 100.0 * right.accuracy,
            precision: 100.0 * right.precision,
            recall: 100.0 * right.recall,
            f1: 100.0 * right.f1,
            ..right
        }
    })
}

/// The means of precision and recall over all classes.
fn of_all_classes(right: &Evaluation) -> [f64; 2] {
    let classes = right.confusion.size()[0];
    let mut means = [0.0; 2];
    for class in 0..classes {
        let of_class = of_class(&right.confusion, class);
        for (mean, share) in means.iter_mut().zip(of_class) {
            *mean += share / classes as f64;
        }
    }
    means
}

/// Shares of nothing.
fn of_nothing(task: Task) -> Task {
    task.mistake("nan-of-nothing", |x| {
        let right = right(x);
        let positive = x.size("positive");
        let counts = &right.confusion;
        let sum = |counts: &Tensor| counts.sum(Kind::Double).double_value(&[]);
        let found = counts.get(positive).get(positive).double_value(&[]);
        let precision = found / sum(&counts.select(1, positive));
        let recall = found / sum(&counts.get(positive));
        Evaluation {
            accuracy: counts.trace().double_value(&[]) / sum(counts),
            precision,
            recall,
            f1: 2.0 * precision * recall / (precision + recall),
            confusion: counts.shallow_clone(),
        }
    })
    .only_in(["rare-class", "no-texts"])
    .form("nan-of-nothing", "nan-in-f1", |x| {
        let right = right(x);
        let product = right.precision * right.recall;
        Evaluation {
            f1: 2.0 * product / (right.precision + right.recall),
            ..right
        }
    })
    .only_in(["rare-class", "no-texts"])
}

/// Other means than the harmonic one.
fn of_means(task: Task) -> Task {
    let f1 = |mean: fn(f64, f64) -> f64| {
        move |x: &Inputs| {
            let right = right(x);
            Evaluation {
                f1: mean(right.precision, right.recall),
                ..right
            }
        }
    };
    task.mistake(
        "f1-as-arithmetic-mean",
        f1(|precision, recall| (precision + recall) / 2.0),
    )
    .form(
        "f1-as-arithmetic-mean",
        "f1-as-geometric-mean",
        f1(|precision, recall| (precision * recall).sqrt()),
    )
    .mistake(
        "f1-without-2",
        f1(|precision, recall| harmonic(precision, recall) / 2.0),
    )
    .mistake("f1-is-accuracy", |x| {
        let right = right(x);
        Evaluation {
            f1: right.accuracy,
            ..right
        }
    })
}
