//! The wrong courses of the learning rate.

use std::f64::consts::PI;

use tch::Tensor;

use super::by;
use crate::adamw::schedule::{Schedule, half_cosine};
use crate::inputs::Inputs;
use crate::task::Task;

/// The cases in which no step is after the last one. What a wrong fall gives there depends on more than its shape.
const WITHIN_THE_RUN: [&str; 6] = [
    "plain",
    "no-warm-up",
    "all-warm-up",
    "one-step",
    "down-to-0",
    "long",
];

pub(super) fn add(task: Task) -> Task {
    let task = wrong_shapes(wrong_ends(wrong_floors(task)));
    wrong_warm_ups(off_by_some_steps(wrong_progress(task)))
}

fn wrong_floors(task: Task) -> Task {
    let with = |change: fn(Schedule) -> Schedule| by(move |step, s| change(*s).rate(step));
    task.mistake("floor-ignored", with(|s| Schedule { floor: 0.0, ..s }))
        .only_in(WITHIN_THE_RUN)
        .mistake(
            "floor-added",
            by(|step, s| {
                s.rate_with_fall(step, |progress| s.floor + s.peak * half_cosine(progress))
            }),
        )
        .mistake(
            "floor-as-a-bound",
            by(|step, s| {
                s.rate_with_fall(step, |progress| {
                    (s.peak * half_cosine(progress)).max(s.floor)
                })
            }),
        )
        .form(
            "floor-as-a-bound",
            "floor-as-a-bound-everywhere",
            by(|step, s| Schedule { floor: 0.0, ..*s }.rate(step).max(s.floor)),
        )
        .mistake(
            "warm-up-from-the-floor",
            by(|step, s| {
                if step <= s.warm_up {
                    above_floor(s, step as f64 / s.warm_up as f64)
                } else {
                    s.rate(step)
                }
            }),
        )
        .mistake(
            "share-of-the-peak",
            with(|s| Schedule {
                peak: 1.0,
                floor: s.floor / s.peak,
                ..s
            }),
        )
        .form(
            "share-of-the-peak",
            "share-of-the-peak-in-the-warm-up",
            warmed(|step, s| step / s.warm_up as f64),
        )
}

fn wrong_ends(task: Task) -> Task {
    task.mistake(
        "zero-after-the-end",
        by(|step, s| if step > s.steps { 0.0 } else { s.rate(step) }),
    )
    .mistake(
        "rises-after-the-end",
        at_progress(|step, s| (step - s.warm_up as f64) / (s.steps - s.warm_up) as f64),
    )
    // At a length of 0 it divides by 0, which is a mistake of its own.
    .only_in([
        "plain",
        "no-warm-up",
        "all-warm-up",
        "beyond-the-end",
        "one-step",
        "down-to-0",
        "long",
    ])
    .mistake(
        "end-before-the-warm-up",
        by(|step, s| {
            if step >= s.steps {
                s.floor
            } else {
                s.rate(step)
            }
        }),
    )
    .mistake(
        "divided-by-zero",
        by(|step, s| {
            if step == s.warm_up && s.warm_up == s.steps {
                f64::NAN
            } else {
                s.rate(step)
            }
        }),
    )
    .form(
        "divided-by-zero",
        "divided-by-zero-after-the-end",
        by(|step, s| {
            if step >= s.warm_up && s.warm_up == s.steps {
                f64::NAN
            } else {
                s.rate(step)
            }
        }),
    )
}

fn wrong_shapes(task: Task) -> Task {
    task.mistake("straight-down", falling(|progress| 1.0 - progress))
        .mistake(
            "quarter-cosine",
            falling(|progress| (PI * progress / 2.0).cos()),
        )
        .mistake(
            "cosine-restarts",
            falling(|progress| half_cosine(2.0 * progress)),
        )
        .only_in(WITHIN_THE_RUN)
        .mistake(
            "cosine-upside-down",
            falling(|progress| 1.0 - half_cosine(progress)),
        )
        .only_in(WITHIN_THE_RUN)
        .mistake(
            "cosine-not-halved",
            falling(|progress| 2.0 * half_cosine(progress)),
        )
        .form(
            "cosine-not-halved",
            "cosine-not-shifted",
            falling(|progress| (PI * progress).cos()),
        )
        .only_in(WITHIN_THE_RUN)
        .mistake(
            "cosine-without-pi",
            falling(|progress| 0.5 * (1.0 + progress.cos())),
        )
        .only_in(WITHIN_THE_RUN)
        .mistake(
            "inverse-root",
            by(|step, s| {
                s.rate_with_fall(step, |_| {
                    s.peak * (s.warm_up.max(1) as f64 / step as f64).sqrt()
                })
            }),
        )
        .only_in(WITHIN_THE_RUN)
}

fn wrong_progress(task: Task) -> Task {
    task.mistake(
        "cosine-from-the-first-step",
        at_progress(|step, s| (step / s.steps as f64).min(1.0)),
    )
    .mistake(
        "cosine-too-long",
        at_progress(|step, s| (step - s.warm_up as f64) / s.steps as f64),
    )
    .only_in(WITHIN_THE_RUN)
    .mistake(
        "integer-division",
        by(|step, s| {
            if step < s.warm_up {
                0.0
            } else {
                s.rate_with_fall(step, |progress| above_floor(s, 1.0 - progress.floor()))
            }
        }),
    )
    .form(
        "integer-division",
        "integer-division-in-the-fall",
        falling(|progress| 1.0 - progress.floor()),
    )
    .form(
        "integer-division",
        "integer-division-in-the-warm-up",
        warmed(|step, s| s.peak * (step / s.warm_up as f64).floor()),
    )
    .mistake(
        "warm-up-times-cosine",
        by(|step, s| {
            let share = (step as f64 / s.warm_up.max(1) as f64).min(1.0);
            share * Schedule { warm_up: 0, ..*s }.rate(step)
        }),
    )
}

fn off_by_some_steps(task: Task) -> Task {
    task.mistake(
        "warm-up-from-0",
        warmed(|step, s| s.peak * (step - 1.0) / s.warm_up as f64),
    )
    .form(
        "warm-up-from-0",
        "rate-of-the-step-before",
        by(|step, s| {
            if s.warm_up == 0 {
                one_step_late(step, s)
            } else {
                s.rate(step - 1)
            }
        }),
    )
    .mistake(
        "warm-up-one-step-ahead",
        warmed(|step, s| s.peak * ((step + 1.0) / s.warm_up as f64).min(1.0)),
    )
    .form(
        "warm-up-one-step-ahead",
        "rate-of-the-step-after",
        by(|step, s| s.rate(step + 1)),
    )
    .mistake(
        "fall-one-step-late",
        by(|step, s| {
            if step <= s.warm_up || step > s.steps {
                s.rate(step)
            } else {
                one_step_late(step, s)
            }
        }),
    )
}

fn wrong_warm_ups(task: Task) -> Task {
    task.mistake(
        "peak-never-reached",
        warmed(|step, s| s.peak * step / (s.warm_up as f64 + 1.0)),
    )
    // As nanoGPT has it, which counts steps from 0: the fall is a step late as well.
    .form(
        "peak-never-reached",
        "peak-one-step-after-the-warm-up",
        by(|step, s| {
            if step <= s.warm_up {
                s.peak * step as f64 / (s.warm_up as f64 + 1.0)
            } else if step > s.steps {
                s.floor
            } else {
                one_step_late(step, s)
            }
        }),
    )
    .mistake("no-warm-up", warmed(|_, s| s.peak))
    .form(
        "no-warm-up",
        "no-warm-up-and-a-longer-fall",
        by(|step, s| Schedule { warm_up: 0, ..*s }.rate(step)),
    )
}

/// The right rate, but for a warm-up that is computed in a different way from the number of the step.
fn warmed(rate: fn(f64, &Schedule) -> f64) -> impl Fn(&Inputs) -> Tensor {
    by(move |step, s| {
        if step <= s.warm_up {
            rate(step as f64, s)
        } else {
            s.rate(step)
        }
    })
}

/// The rate of a step of the fall, with the progress of the step before it.
fn one_step_late(step: usize, s: &Schedule) -> f64 {
    let done = (step - 1 - s.warm_up) as f64 / (s.steps - s.warm_up) as f64;
    above_floor(s, half_cosine(done))
}

/// Maps a share of the way from 0 to 1 to a rate between floor and peak.
fn above_floor(s: &Schedule, share: f64) -> f64 {
    s.floor + (s.peak - s.floor) * share
}

/// The right rate, but for a fall that has this share of the way left at a progress from 0 to 1.
fn falling(share: fn(f64) -> f64) -> impl Fn(&Inputs) -> Tensor {
    by(move |step, s| s.rate_with_fall(step, |progress| above_floor(s, share(progress))))
}

/// The right rate, but for a progress of the fall that is computed in a different way.
fn at_progress(progress: fn(f64, &Schedule) -> f64) -> impl Fn(&Inputs) -> Tensor {
    by(move |step, s| {
        s.rate_with_fall(step, |_| {
            above_floor(s, half_cosine(progress(step as f64, s)))
        })
    })
}
