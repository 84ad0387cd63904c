//! The mistakes of `experiment`.

use super::run::{Earlier, RIGHT, Run, Way, entries};
use super::{SENTENCES, outputs};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_ends(of_steps(of_batches(of_vocabularies(task))))
}

fn by(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let run = Run::of(x, way);
        outputs(&run, run.errors())
    }
}

/// Vocabularies that are made from the wrong texts.
fn of_vocabularies(task: Task) -> Task {
    task.mistake(
        "test-set-in-the-vocabulary",
        by(Way {
            vocabulary: |x| {
                let all = [x.texts("training"), x.texts("held_out")].concat();
                entries(x, &all)
            },
            ..RIGHT
        }),
    )
    .mistake(
        "vocabulary-of-its-own",
        by(Way {
            of_held_out: |x, _| entries(x, &x.texts("held_out")),
            ..RIGHT
        }),
    )
    .mistake(
        "vocabulary-of-the-held-out-texts",
        by(Way {
            vocabulary: |x| entries(x, &x.texts("held_out")),
            ..RIGHT
        }),
    )
    .mistake(
        "rare-words-kept",
        by(Way {
            vocabulary: |x| {
                let all = x.clone().with("at_least", 1_i64);
                entries(&all, &x.texts("training"))
            },
            ..RIGHT
        }),
    )
    .only_in([SENTENCES])
}

/// Texts and labels that do not belong together, or to the step.
fn of_batches(task: Task) -> Task {
    task.mistake(
        "labels-not-shuffled",
        by(Way {
            labels: |labels, texts| labels.narrow(0, 0, texts.size()[0]),
            ..RIGHT
        }),
    )
    .only_in(["five-reviews", SENTENCES])
    .mistake(
        "labels-flipped",
        by(Way {
            labels: |labels, texts| 1 - (RIGHT.labels)(labels, texts),
            ..RIGHT
        }),
    )
    .mistake(
        "first-batch-always",
        by(Way {
            texts: |batches, _| batches.get(0),
            ..RIGHT
        }),
    )
    .only_in(["five-reviews", SENTENCES])
    .mistake(
        "batches-in-another-order",
        by(Way {
            texts: |batches, step| batches.get(batches.size()[0] - 1 - step),
            ..RIGHT
        }),
    )
    .form(
        "batches-in-another-order",
        "batches-not-shuffled",
        by(Way {
            texts: |batches, step| {
                // The texts of the file one after the other.
                let texts = batches.max().int64_value(&[]) + 1;
                let first = step * batches.size()[1];
                let numbers: Vec<i64> = (first..first + batches.size()[1])
                    .map(|number| number % texts)
                    .collect();
                tch::Tensor::from_slice(&numbers)
            },
            ..RIGHT
        }),
    )
}

/// Steps that are taken differently.
fn of_steps(task: Task) -> Task {
    task.mistake(
        "no-dropout",
        by(Way {
            drops: false,
            ..RIGHT
        }),
    )
    .mistake(
        "same-entries-dropped",
        by(Way {
            keep: |_| 0,
            ..RIGHT
        }),
    )
    .mistake(
        "gradients-not-cleared",
        by(Way {
            earlier: Earlier::Added,
            ..RIGHT
        }),
    )
    .form(
        "gradients-not-cleared",
        "parts-not-cleared",
        by(Way {
            earlier: Earlier::Averaged,
            ..RIGHT
        }),
    )
    .mistake(
        "moments-restarted",
        // A new state for each step also counts its steps anew.
        by(Way {
            forgets: true,
            rate_of: |_| 1,
            ..RIGHT
        }),
    )
}

/// The end of a run.
fn of_ends(task: Task) -> Task {
    task.mistake(
        "evaluated-on-training-texts",
        by(Way {
            judged: "training",
            ..RIGHT
        }),
    )
    .mistake(
        "nothing-learned",
        by(Way {
            learns: false,
            ..RIGHT
        }),
    )
}
