//! The task `evaluate`.

mod mistakes;

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

const OUTPUTS: [&str; 2] = ["confusion", "shares"];

/// The counts of a case, and what is made of them.
#[derive(Debug)]
pub(super) struct Evaluation {
    /// Labels in rows, predictions in columns, in `f64`.
    pub(super) confusion: Tensor,
    pub(super) accuracy: f64,
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
}

impl Evaluation {
    /// The right numbers from logits (texts, classes), labels and the positive class.
    pub(super) fn of(logits: &Tensor, labels: &Tensor, positive: i64) -> Self {
        Self::of_predictions(
            &logits.argmax(-1, false),
            labels,
            [logits.size()[1], positive],
        )
    }

    /// The numbers of these predictions.
    fn of_predictions(
        predictions: &Tensor,
        labels: &Tensor,
        [classes, positive]: [i64; 2],
    ) -> Self {
        let one_hot = |ids: &Tensor| ids.one_hot(classes).to_kind(Kind::Double);
        Self::of_counts(one_hot(labels).tr().matmul(&one_hot(predictions)), positive)
    }

    /// The numbers of these counts.
    fn of_counts(confusion: Tensor, positive: i64) -> Self {
        let [precision, recall] = of_class(&confusion, positive);
        let accuracy = share(&confusion.trace(), &confusion.sum(Kind::Double));
        Self {
            confusion,
            accuracy,
            precision,
            recall,
            f1: harmonic(precision, recall),
        }
    }
}

impl From<Evaluation> for Outputs {
    fn from(evaluation: Evaluation) -> Self {
        let shares = [
            evaluation.accuracy,
            evaluation.precision,
            evaluation.recall,
            evaluation.f1,
        ];
        [
            ("confusion", evaluation.confusion.to_kind(Kind::Int64)),
            ("shares", Tensor::from_slice(&shares)),
        ]
        .into()
    }
}

/// Precision and recall of a class.
fn of_class(confusion: &Tensor, class: i64) -> [f64; 2] {
    let found = confusion.get(class).get(class);
    let taken = confusion.select(1, class).sum(Kind::Double);
    let there = confusion.get(class).sum(Kind::Double);
    [share(&found, &taken), share(&found, &there)]
}

/// A share; 0 of nothing.
fn share(part: &Tensor, whole: &Tensor) -> f64 {
    part.double_value(&[]) / whole.double_value(&[]).max(1.0)
}

/// The harmonic mean; 0 if both are 0.
fn harmonic(precision: f64, recall: f64) -> f64 {
    match precision + recall {
        0.0 => 0.0,
        sum => 2.0 * precision * recall / sum,
    }
}

fn right(x: &Inputs) -> Evaluation {
    Evaluation::of(&x["logits"], &x["labels"], x.size("positive"))
}

pub(super) fn task() -> Task {
    let task = Task::new("evaluate", right)
        .ids("confusion", ["label", "prediction"])
        .output("shares", ["share"])
        .labels("share", ["accuracy", "precision", "recall", "F₁"]);
    let task = mistakes::add(cases(task));
    properties(task.others_only_in(&["three-classes"]))
}

/// Logits whose largest entries are those of the predictions.
fn case(random: &Random, classes: i64, labels: &[i64], predictions: &[i64]) -> Inputs {
    let noise = random.uniform(&[labels.len() as i64, classes], -0.9, 0.9);
    let best = Tensor::from_slice(predictions).one_hot(classes) * 2.0 - 0.2;
    Inputs::default()
        .with("logits", (noise + best).to_kind(Kind::Float))
        .with("labels", Tensor::from_slice(labels))
        .with("positive", 1_i64)
}

fn cases(task: Task) -> Task {
    task.case(
        "square",
        "as many texts as classes: here a wrong axis goes through",
        |random| case(random, 3, &[2, 0, 1], &[2, 1, 1]).with("positive", 2_i64),
    )
    .case(
        "two-classes",
        "10 texts of 2 classes: of 4 positive ones 3 are found, and 2 others are taken for positive",
        |random| {
            let labels = [1, 0, 1, 0, 0, 1, 0, 0, 1, 0];
            let predictions = [1, 0, 1, 1, 0, 0, 0, 1, 1, 0];
            case(random, 2, &labels, &predictions)
        },
    )
    .case(
        "three-classes",
        "8 texts of 3 classes; class 2 is the one that counts as positive",
        |random| {
            let labels = [2, 0, 1, 2, 2, 0, 1, 2];
            let predictions = [2, 0, 2, 1, 2, 2, 1, 2];
            case(random, 3, &labels, &predictions).with("positive", 2_i64)
        },
    )
    .case(
        "rare-class",
        "one positive text of 9, which is not found: the accuracy is high all the same",
        |random| {
            let labels = [0, 0, 0, 0, 1, 0, 0, 0, 0];
            case(random, 2, &labels, &[0; 9])
        },
    )
    .case(
        "class-0",
        "the class that counts as positive is 0",
        |random| {
            let labels = [0, 1, 1, 0, 0, 1, 0];
            let predictions = [0, 1, 0, 1, 0, 1, 0];
            case(random, 2, &labels, &predictions).with("positive", 0_i64)
        },
    )
    .case(
        "below-zero",
        "all logits are below 0, and some are equal: then the first of them is taken",
        |_| {
            let logits = [-3_f32, -1.0, -2.0, -2.0, -4.0, -5.0, -1.0, -1.0, -0.5, -2.0];
            Inputs::default()
                .with("logits", Tensor::from_slice(&logits).reshape([5, 2]))
                .with("labels", Tensor::from_slice(&[1_i64, 0, 0, 1, 1]))
                .with("positive", 1_i64)
        },
    )
    .case("no-texts", "nothing was judged", |_| {
        Inputs::default()
            .with("logits", Tensor::zeros([0, 2], (Kind::Float, tch::Device::Cpu)))
            .with("labels", Tensor::from_slice::<i64>(&[]))
            .with("positive", 1_i64)
    })
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "texts-in-another-order",
            "moving logits and labels together changes nothing",
        )
        .in_case("two-classes")
        .rotate(["logits", "labels"], 0)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "every-text-twice",
            "texts that are there twice have the same shares",
        )
        .in_case("three-classes")
        .double(["logits", "labels"], 0)
        .expect_same(["shares"]),
    )
    .property(
        Property::new(
            "larger-logits",
            "multiplying all logits by 3 changes no prediction",
        )
        .in_case("two-classes")
        .multiply(["logits"], 3.0)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "a-number-added-to-all-logits",
            "adding 10 to all logits changes no prediction",
        )
        .in_case("below-zero")
        .add(["logits"], 10.0)
        .expect_same(OUTPUTS),
    )
}
