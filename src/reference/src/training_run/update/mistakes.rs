//! The wrong ways of updating.

use super::super::state::cloned;
use super::{RIGHT, Update, factor, norm, times};
use crate::adamw;
use crate::model_weights::Weights;
use crate::task::Task;

pub(super) fn add(task: Task) -> Task {
    let mut task = parameters(rates(clips(task)));
    for mistake in &mut task.mistakes {
        // Later steps would say the same once more. Only of counts do they say something else.
        mistake.only_in = Some(vec!["first-steps"]);
    }
    counts(task)
}

fn clips(task: Task) -> Task {
    let with = |clip: fn(&Weights, f64) -> (Weights, f64)| Update { clip, ..RIGHT }.outputs();
    task.mistake(
        "clipped-after-the-step",
        with(|gradients, _| (gradients.clone(), norm(gradients))),
    )
    .mistake(
        "clipped-per-tensor",
        with(|gradients, limit| {
            let each = gradients.iter().map(|(name, gradient)| {
                let own = gradient.norm().double_value(&[]);
                (name.to_owned(), gradient * factor(own, limit))
            });
            (each.collect(), norm(gradients))
        }),
    )
    .mistake(
        "norm-after-clipping",
        with(|gradients, limit| {
            let (clipped, _) = (RIGHT.clip)(gradients, limit);
            let after = norm(&clipped);
            (clipped, after)
        }),
    )
    .mistake(
        "clipped-twice",
        with(|gradients, limit| {
            let norm = norm(gradients);
            let factor = factor(norm, limit);
            (times(gradients, factor * factor), norm)
        }),
    )
}

fn rates(task: Task) -> Task {
    let with = |rate: fn(&adamw::Schedule, usize) -> f64| Update { rate, ..RIGHT }.outputs();
    task.mistake(
        "rate-of-the-next-step",
        with(|schedule, step| schedule.rate(step + 1)),
    )
    .mistake(
        "rate-of-the-step-before",
        with(|schedule, step| schedule.rate(step - 1)),
    )
    .mistake("schedule-ignored", with(|schedule, _| schedule.peak))
}

fn counts(task: Task) -> Task {
    let with = |count: fn(usize, usize) -> usize| Update { count, ..RIGHT }.outputs();
    let at = |t: fn(usize, usize) -> usize| Update { t, ..RIGHT }.outputs();
    task.mistake("step-not-counted", with(|taken, _| taken))
        .mistake("step-from-0", at(|step, _| step - 1))
        .form("step-from-0", "step-from-2", at(|step, _| step + 1))
        .mistake(
            "step-counted-per-tensor",
            Update {
                t: |step, index| step + index,
                count: |taken, tensors| taken + tensors,
                ..RIGHT
            }
            .outputs(),
        )
        .form(
            "step-counted-per-tensor",
            "only-the-count-per-tensor",
            with(|taken, tensors| taken + tensors),
        )
        .mistake("correction-of-the-first-step", at(|_, _| 1))
}

fn parameters(task: Task) -> Task {
    let kept =
        |kept: fn(&adamw::State, adamw::State) -> adamw::State| Update { kept, ..RIGHT }.outputs();
    let axes = |axes: fn(usize) -> usize| Update { axes, ..RIGHT }.outputs();
    task.mistake(
        "moments-not-kept",
        kept(|before, after| adamw::State {
            parameter: after.parameter,
            ..cloned(before)
        }),
    )
    .mistake(
        "parameters-not-kept",
        kept(|before, after| adamw::State {
            parameter: before.parameter.shallow_clone(),
            ..after
        }),
    )
    .mistake(
        "moments-swapped",
        kept(|_, after| adamw::State {
            parameter: after.parameter,
            m: after.v,
            v: after.m,
        }),
    )
    .mistake("decay-on-vectors", axes(|_| 2))
    .mistake("no-decay", axes(|_| 1))
}
