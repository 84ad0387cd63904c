//! The mistakes in a loop over epochs and batches.

use tch::Tensor;

use super::{RIGHT, Taken, Way, batches};
use crate::adamw::{self, Constants, State};
use crate::task::Task;

/// The cases that tell all mistakes apart, but for those that say where they show.
const TELLING: &[&str] = &["three-sentences", "plain"];

pub(super) fn add(task: Task) -> Task {
    let task = of_steps(of_optimisers(of_what_is_kept(of_batches(task))));
    task.others_only_in(TELLING)
}

/// The wrong examples are read.
fn of_batches(task: Task) -> Task {
    let with = |batches: fn(i64, i64) -> Vec<[i64; 2]>| Way { batches, ..RIGHT }.outputs();
    task.mistake(
        "rest-dropped",
        with(|examples, size| {
            batches(examples, size)
                .filter(|&[_, len]| len == size)
                .collect()
        }),
    )
    .mistake("one-batch", with(|examples, _| vec![[0, examples]]))
    .mistake(
        "first-batch-always",
        with(|examples, size| batches(examples, size).map(|[_, len]| [0, len]).collect()),
    )
    .mistake(
        "first-labels-always",
        Way {
            labels: |_| 0,
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "one-epoch",
        Way {
            epochs: |_| 1,
            ..RIGHT
        }
        .outputs(),
    )
}

/// The steps are not counted, or the moments not kept, from the first step to the last.
fn of_what_is_kept(task: Task) -> Task {
    let counted = |number: fn(Taken) -> usize| Way { number, ..RIGHT }.outputs();
    let forgotten = |forgets: fn(Taken) -> bool| Way { forgets, ..RIGHT }.outputs();
    task.mistake("step-from-0", counted(|taken| taken.in_all))
        // NaN is evidence only where no case is unknown.
        .only_in(["three-sentences", "plain", "large-batch", "one-by-one"])
        .mistake("steps-counted-again", counted(|taken| taken.in_epoch + 1))
        .form(
            "steps-counted-again",
            "every-step-the-first",
            counted(|_| 1),
        )
        .mistake("moments-restarted", forgotten(|taken| taken.in_epoch == 0))
        .form("moments-restarted", "no-moments", forgotten(|_| true))
}

/// AdamW gets something wrong, or something different takes its place.
fn of_optimisers(task: Task) -> Task {
    let with = |step: fn(&State, &Tensor, Constants) -> State| Way { step, ..RIGHT }.outputs();
    task.mistake(
        "descent-instead-of-adamw",
        with(|before, gradient, constants| State {
            parameter: &before.parameter - gradient * constants.rate,
            ..copy(before)
        }),
    )
    .mistake(
        "decay-on-vectors",
        with(|before, gradient, constants| {
            adamw::step(
                before,
                gradient,
                Constants {
                    axes: 2,
                    ..constants
                },
            )
        }),
    )
    .mistake(
        "bias-not-trained",
        with(|before, gradient, constants| match constants.axes {
            1 => copy(before),
            _ => adamw::step(before, gradient, constants),
        }),
    )
}

/// A step does not begin where the one before it ended, or reports something different.
fn of_steps(task: Task) -> Task {
    task.mistake(
        "state-not-kept",
        Way {
            step: |before, _, _| copy(before),
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "gradients-of-the-start",
        Way {
            differentiated: |start, _| start,
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "loss-after-the-step",
        Way {
            reported: |[_, after]| after,
            ..RIGHT
        }
        .outputs(),
    )
}

fn copy(state: &State) -> State {
    State {
        parameter: state.parameter.shallow_clone(),
        m: state.m.shallow_clone(),
        v: state.v.shallow_clone(),
    }
}
