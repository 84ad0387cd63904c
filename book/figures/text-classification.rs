//! The figures of the lesson on text classification: runs of libtorch, right and with mistakes, as the exercise's golden
//! pack has them, and means of precision and recall, computed by the solution.

use ndarray::{Array2, Ix2};

use ::text_classification::{Evaluation, Reviews, evaluate};

use crate::figures::{Figure, Lines, NamedFigure, Panel, RecordedRun, Series, Ticks, running_mean};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "review-run",
        compute: run,
    },
    NamedFigure {
        name: "means-of-precision-and-recall",
        compute: means,
    },
];

/// The task and the case whose run is drawn.
const TASK: &str = "experiment";
const CASE: &str = "sentences";
/// The number of steps over which losses are averaged: about one pass through the texts.
const WINDOW: usize = 10;

/// libtorch's runs of the exercise's golden pack.
fn runs() -> RecordedRun {
    let pack = "exercises/30-text-classification/golden.safetensors";
    RecordedRun::load(pack, TASK, CASE)
}

/// The evaluation of the held-out texts after the right run.
///
/// # Panics
/// If the pack has no logits.
pub fn evaluation() -> Evaluation {
    let logits = runs().outputs()["logits"].numbers();
    let logits: Array2<f32> = logits.into_dimensionality::<Ix2>().expect("logits");
    evaluate(logits.view(), &Reviews::of_course().held_out.labels, 1)
}

fn smoothed(losses: &[f32]) -> Vec<f32> {
    running_mean(losses, WINDOW)
}

/// The loss over the steps: of the right run and of two with a mistake.
fn run() -> Figure {
    let runs = runs();
    let with = |name: &str, mistake: &str| Series::new(name, smoothed(&runs.losses_with(mistake)));
    let values = smoothed(&runs.losses());
    Figure {
        caption: "The loss of libtorch's run on the 200 training reviews, as a mean over 10 steps. If the labels are not \
                  shuffled together with the texts, it stays near $\\ln 2 = 0.69$, the loss of a guess. If every step \
                  reads the same 20 texts, it falls fastest. The loss of the training texts says nothing about others.",
        description: "three curves over 60 steps. The right one falls from about 0.75 to about 0.5; that of labels that are \
                      not shuffled stays near 0.7; that of the first batch alone falls to near 0.",
        panels: vec![Panel::Lines(Lines {
            title: "loss".to_owned(),
            x: Ticks {
                name: "step",
                ticks: vec![0.0, 20.0, 40.0, 60.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "mean loss of 10 steps, in nats",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: (WINDOW..)
                .map(|step| step as f32)
                .take(values.len())
                .collect(),
            series: vec![
                Series::new("right", values),
                with("labels not shuffled", "labels-not-shuffled"),
                with("first batch always", "first-batch-always"),
            ],
        })],
    }
}

/// The number of positive texts of the second figure.
const POSITIVE: usize = 50;

/// The evaluation of a model that finds so many of the positive texts, and raises no false alarm.
fn finding(found: usize) -> Evaluation {
    let labels: Vec<usize> = (0..2 * POSITIVE)
        .map(|text| usize::from(text < POSITIVE))
        .collect();
    let logits = Array2::from_shape_fn((labels.len(), 2), |(text, class)| {
        let is_taken = text < found;
        f32::from(u8::from(is_taken == (class == 1)))
    });
    evaluate(logits.view(), &labels, 1)
}

/// Three means of a precision of 1 and the recalls from 0.02 to 1.
fn means() -> Figure {
    let evaluations: Vec<Evaluation> = (1..=POSITIVE).map(finding).collect();
    let of = |mean: fn(&Evaluation) -> f32| evaluations.iter().map(mean).collect::<Vec<f32>>();
    Figure {
        caption: "A model without false alarms, so that its precision is 1. Its $F_1$ is near 0 as long as it finds little. \
                  The arithmetic mean is above one half even if it finds nearly nothing.",
        description: "three curves over the recall from 0.02 to 1. The arithmetic mean rises on a straight line from \
                      about 0.5; F₁ rises from about 0.04, first steeply; the smaller of the two is the recall itself. \
                      All end at 1.",
        panels: vec![Panel::Lines(Lines {
            title: "means".to_owned(),
            x: Ticks {
                name: "recall",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "mean",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: of(|evaluation| evaluation.recall),
            series: vec![
                Series::new(
                    "arithmetic mean",
                    of(|evaluation| (evaluation.precision + evaluation.recall) / 2.0),
                ),
                Series::new("F₁", of(|evaluation| evaluation.f1)),
                Series::new(
                    "the smaller of the two",
                    of(|evaluation| evaluation.precision.min(evaluation.recall)),
                ),
            ],
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of the run.
    const STEPS: usize = 60;

    #[test]
    fn the_runs_are_as_the_caption_says() {
        let runs = runs();
        let right = smoothed(&runs.losses());
        assert_eq!(right.len(), STEPS + 1 - WINDOW);
        let last = |losses: &[f32]| losses[losses.len() - 1];
        assert!(last(&right) < 0.7 * right[0]);
        let unshuffled = smoothed(&runs.losses_with("labels-not-shuffled"));
        assert!((0.5..0.9).contains(&last(&unshuffled)), "{unshuffled:?}");
        let first = smoothed(&runs.losses_with("first-batch-always"));
        assert!(last(&first) < last(&right) && last(&first) < 0.2);
        assert!(
            [right, unshuffled, first]
                .iter()
                .flatten()
                .all(|&it| it < 1.0)
        );
    }

    #[test]
    fn the_means_are_as_the_caption_says() {
        let [least, most] = [1, POSITIVE].map(finding);
        assert_eq!((least.precision, most.recall, most.f1), (1.0, 1.0, 1.0));
        assert!(least.f1 < 0.05 && (least.precision + least.recall) / 2.0 > 0.5);
    }
}
