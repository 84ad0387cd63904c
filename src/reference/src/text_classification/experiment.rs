//! The task `experiment`: from texts to an evaluation.

mod mistakes;
mod run;

use attentive_grader::Tolerance;
use tch::Tensor;

use super::ONE_NUMBER;
use super::model::{SMALL, Size, at_the_start, with_parameters};
use super::reviews::{FIVE, Labelled, part};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

use run::{RIGHT, Run};

/// The number of texts that a correct program may judge wrongly beyond those that libtorch's run does: where two logits
/// are nearly equal, the last digit decides.
const SLACK: i64 = 4;

/// A correct `f32` program moves away from one in `f64` a little with each step.
const OF_LOSSES: Tolerance = Tolerance {
    absolute: 5e-4,
    relative: 5e-4,
};

/// The logits of held-out texts, after all steps.
const OF_LOGITS: Tolerance = Tolerance {
    absolute: 1e-2,
    relative: 1e-2,
};

/// The name of the case with all reviews.
pub const SENTENCES: &str = "sentences";

/// The size of the classifier of all reviews. Before the first step, two words of the vocabulary have the same vector.
const SIZE: Size = Size {
    entries: 140,
    longest: 12,
    d_model: 8,
    heads: 2,
    classes: 2,
};
const STEPS: i64 = 60;
const BATCH: i64 = 20;

pub(super) fn task() -> Task {
    let task = Task::new("experiment", |x| {
        let run = Run::of(x, RIGHT);
        outputs(&run, run.errors() + SLACK)
    })
    .ids("entries", ONE_NUMBER)
    .curve("losses", "step")
    .within(OF_LOSSES)
    .growing(0, 0.05)
    .output("logits", ["text", "class"])
    .within(OF_LOGITS)
    .count("errors", "held-out texts judged wrongly");
    properties(mistakes::add(cases(task)).others_only_in(&["five-reviews"]))
}

/// The outputs of a run, with a number of errors.
fn outputs(run: &Run, errors: i64) -> Outputs {
    [
        ("entries", Tensor::from(run.entries)),
        ("losses", Tensor::from_slice(&run.losses)),
        ("logits", run.logits.shallow_clone()),
        ("errors", Tensor::from(errors)),
    ]
    .into()
}

/// The losses of libtorch's run on all reviews, and the shares of held-out texts that it judges: accuracy, precision, recall
/// and F₁.
pub fn on_all_reviews(random: &Random) -> (Vec<f64>, [f64; 4]) {
    let run = Run::of(&sentences(random), RIGHT);
    let found = run.evaluation;
    (
        run.losses,
        [found.accuracy, found.precision, found.recall, found.f1],
    )
}

/// The inputs of a case with the texts and the labels of both parts: its own, or those of the course, which the pack does
/// not need to have as well.
fn complete(x: &Inputs) -> Inputs {
    match x.size("own_texts") {
        0 => with_texts(x.clone(), &part("training"), &part("held-out")),
        _ => x.clone(),
    }
}

/// Adds the texts and the labels of both parts.
fn with_texts(inputs: Inputs, training: &Labelled, held_out: &Labelled) -> Inputs {
    inputs
        .with_texts("training", &training.texts)
        .with_ids("training_labels", &training.labels)
        .with_texts("held_out", &held_out.texts)
        .with_ids("held_out_labels", &held_out.labels)
}

/// Adds the settings of a run.
fn with_settings(inputs: Inputs, [warm_up, steps]: [i64; 2], epsilon: f32) -> Inputs {
    inputs
        .with("positive", 1_i64)
        .with("max_norm", 1.0_f32)
        .with("peak", 0.1_f32)
        .with("floor", 0.01_f32)
        .with("warm_up", warm_up)
        .with("steps", steps)
        .with("beta_1", 0.9_f32)
        .with("beta_2", 0.99_f32)
        .with("epsilon", epsilon)
        .with("weight_decay", 0.2_f32)
}

/// Adds batches (steps, batch), and the entries that dropout keeps in each.
fn with_batches(inputs: Inputs, random: &Random, batches: Tensor, d_model: i64) -> Inputs {
    let shape = [batches.size()[0], batches.size()[1], d_model];
    inputs
        .with("rate", 0.25_f32)
        .with("keep", random.uniform(&shape, 0.0, 1.0).ge(0.25))
        .with("batches", batches)
}

fn cases(task: Task) -> Task {
    task.case(
        "five-reviews",
        "six steps with the five reviews, two at a time; three others are held out",
        |random| {
            let held_out = [
                ("A boring film, and so slow!", 0),
                ("I love great music.", 1),
                ("The cast is great and we loved it.", 1),
            ];
            let size = Size {
                entries: 30,
                longest: 8,
                heads: 1,
                classes: 2,
                ..SMALL
            };
            let inputs = with_parameters(Inputs::default(), random, size);
            let inputs = with_texts(inputs, &Labelled::of(&FIVE), &Labelled::of(&held_out))
                .with("own_texts", 1_i64);
            let inputs = with_settings(inputs, [2, 6], 1e-3)
                .with("at_least", 1_i64)
                .with("longest", size.longest);
            let batches = Tensor::from_slice(&[0_i64, 2, 4, 1, 3, 0, 2, 1, 4, 3, 0, 4]);
            with_batches(inputs, random, batches.reshape([6, 2]), size.d_model)
        },
    )
    .case(
        SENTENCES,
        "60 steps with the 200 training texts of reviews.txt, 20 at a time; of the 100 that are held out, as many have to be \
         judged rightly as by libtorch's run, or nearly",
        sentences,
    )
}

fn sentences(random: &Random) -> Inputs {
    let inputs = at_the_start(with_parameters(Inputs::default(), random, SIZE));
    let inputs = with_settings(inputs, [10, STEPS], 1e-4)
        .with("own_texts", 0_i64)
        .with("at_least", 2_i64)
        .with("longest", SIZE.longest);
    // All texts in a new order, again and again.
    let texts = part("training").texts.len() as i64;
    let epochs: Vec<Tensor> = (0..STEPS * BATCH / texts + 1)
        .map(|_| random.permutation(texts))
        .collect();
    let order = Tensor::cat(&epochs, 0).narrow(0, 0, STEPS * BATCH);
    with_batches(inputs, random, order.reshape([STEPS, BATCH]), SIZE.d_model)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "held-out-texts-are-not-looked-at",
            "held-out texts that are there twice change neither the vocabulary nor any loss",
        )
        .in_case("five-reviews")
        .double(["held_out", "held_out_labels"], 0)
        .expect_same(["entries", "losses"])
        .expect_same_before(["logits"], 0, 3),
    )
    .property(
        Property::new(
            "held-out-labels-are-not-looked-at",
            "different labels of the held-out texts change nothing before the evaluation",
        )
        .in_case("five-reviews")
        .fill(["held_out_labels"], 0, 0, 0.0)
        .expect_same(["entries", "losses", "logits"]),
    )
    .property(
        Property::new(
            "later-batches-are-read-later",
            "different texts in the last two batches change no loss before them",
        )
        .in_case("five-reviews")
        .disturb(["batches"], 0, 4)
        .expect_same_before(["losses"], 0, 4),
    )
}
