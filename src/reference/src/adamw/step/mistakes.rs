//! The wrong ways of taking a step.

use tch::Tensor;

use super::{Constants, Parts, RIGHT, Way, correction, quotient, running_mean};
use crate::task::Task;

/// The cases of a few steps.
const ALL_BUT_LONG: [&str; 5] = ["matrix", "vector", "tiny", "zero-gradient", "later"];

pub(super) fn add(task: Task) -> Task {
    let task = updates(decays(task));
    let task = shares(betas(task));
    kept_moments(quotients(counts(corrections(task))))
}

fn decays(task: Task) -> Task {
    let decaying = |decay: fn(&Constants) -> f64| Way { decay, ..RIGHT }.outputs();
    task.mistake(
        "l2-instead-of-decay",
        Way {
            gradient: |gradient, parameter, c| {
                if c.decays() {
                    gradient + parameter * c.weight_decay
                } else {
                    gradient.shallow_clone()
                }
            },
            decay: |_| 0.0,
            ..RIGHT
        }
        .outputs(),
    )
    .form(
        "l2-instead-of-decay",
        "l2-on-all-parameters",
        Way {
            gradient: |gradient, parameter, c| gradient + parameter * c.weight_decay,
            decay: |_| 0.0,
            ..RIGHT
        }
        .outputs(),
    )
    .mistake("decay-on-vectors", decaying(|c| c.decay_if(true)))
    .mistake("no-decay", decaying(|c| c.decay_if(false)))
    .mistake("only-vectors-decay", decaying(|c| c.decay_if(!c.decays())))
    .mistake("only-matrices-decay", decaying(|c| c.decay_if(c.axes == 2)))
    .mistake(
        "matrices-do-not-decay",
        decaying(|c| c.decay_if(c.axes > 2)),
    )
    .mistake(
        "decay-without-the-rate",
        decaying(|c| if c.decays() { c.weight_decay } else { 0.0 }),
    )
}

fn updates(task: Task) -> Task {
    let with = |update: fn(&Tensor, &Tensor, f64) -> Tensor| Way { update, ..RIGHT }.outputs();
    task.mistake(
        "decay-away-from-0",
        with(|parameter, step, decay| parameter * (1.0 + decay) - step),
    )
    .mistake(
        "decay-after-the-step",
        with(|parameter, step, decay| (parameter - step) * (1.0 - decay)),
    )
    .mistake(
        "uphill",
        with(|parameter, step, decay| parameter * (1.0 - decay) + step),
    )
}

fn betas(task: Task) -> Task {
    let with = |constants: fn(Constants) -> Constants| Way { constants, ..RIGHT }.outputs();
    task.mistake(
        "betas-swapped",
        with(|c| Constants {
            beta_1: c.beta_2,
            beta_2: c.beta_1,
            ..c
        }),
    )
    .mistake(
        "one-beta-for-both-moments",
        with(|c| Constants {
            beta_2: c.beta_1,
            ..c
        }),
    )
    .form(
        "one-beta-for-both-moments",
        "one-beta-for-both-means",
        Way {
            v: |old, gradient, c| running_mean(old, &gradient.square(), c.beta_1),
            ..RIGHT
        }
        .outputs(),
    )
    .form(
        "one-beta-for-both-moments",
        "second-beta-for-both-moments",
        with(|c| Constants {
            beta_1: c.beta_2,
            ..c
        }),
    )
    .form(
        "one-beta-for-both-moments",
        "second-beta-for-both-means",
        Way {
            m: |old, gradient, c| running_mean(old, gradient, c.beta_2),
            ..RIGHT
        }
        .outputs(),
    )
}

fn shares(task: Task) -> Task {
    task.mistake(
        "shares-swapped",
        Way {
            m: |old, gradient, c| running_mean(old, gradient, 1.0 - c.beta_1),
            v: |old, gradient, c| running_mean(old, &gradient.square(), 1.0 - c.beta_2),
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "new-share-forgotten",
        Way {
            m: |old, gradient, c| old * c.beta_1 + gradient,
            v: |old, gradient, c| old * c.beta_2 + gradient.square(),
            ..RIGHT
        }
        .outputs(),
    )
    .form(
        "new-share-forgotten",
        "new-share-of-m-forgotten",
        Way {
            m: |old, gradient, c| old * c.beta_1 + gradient,
            ..RIGHT
        }
        .outputs(),
    )
    .form(
        "new-share-forgotten",
        "new-share-of-v-forgotten",
        Way {
            v: |old, gradient, c| old * c.beta_2 + gradient.square(),
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "v-without-square",
        Way {
            v: |old, gradient, c| running_mean(old, gradient, c.beta_2),
            ..RIGHT
        }
        .outputs(),
    )
    .form(
        "v-without-square",
        "v-of-absolute-values",
        Way {
            v: |old, gradient, c| running_mean(old, &gradient.abs(), c.beta_2),
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "square-of-the-share",
        Way {
            v: |old, gradient, c| old * c.beta_2 + (gradient * (1.0 - c.beta_2)).square(),
            ..RIGHT
        }
        .outputs(),
    )
}

fn corrections(task: Task) -> Task {
    task.mistake(
        "no-bias-correction",
        Way {
            m_hat: |m, _| m.shallow_clone(),
            v_hat: |v, _| v.shallow_clone(),
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "only-m-corrected",
        Way {
            v_hat: |v, _| v.shallow_clone(),
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "only-v-corrected",
        Way {
            m_hat: |m, _| m.shallow_clone(),
            ..RIGHT
        }
        .outputs(),
    )
    .mistake(
        "one-beta-for-both-corrections",
        Way {
            v_hat: |v, c| v / correction(c.beta_1, c.t),
            ..RIGHT
        }
        .outputs(),
    )
    .form(
        "one-beta-for-both-corrections",
        "second-beta-for-both-corrections",
        Way {
            m_hat: |m, c| m / correction(c.beta_2, c.t),
            ..RIGHT
        }
        .outputs(),
    )
}

fn counts(task: Task) -> Task {
    let at = |constants: fn(Constants) -> Constants| Way { constants, ..RIGHT }.outputs();
    task.mistake("step-from-0", at(|c| Constants { t: c.t - 1.0, ..c }))
        .form(
            "step-from-0",
            "step-from-2",
            at(|c| Constants { t: c.t + 1.0, ..c }),
        )
        .mistake(
            "correction-without-power",
            at(|c| Constants { t: 1.0, ..c }),
        )
        .mistake(
            "power-of-the-share",
            Way {
                m_hat: |m, c| m / (1.0 - c.beta_1).powf(c.t),
                v_hat: |v, c| v / (1.0 - c.beta_2).powf(c.t),
                ..RIGHT
            }
            .outputs(),
        )
        // After 30 steps, `f32` has no number that is as small as the divisor.
        .only_in(ALL_BUT_LONG)
}

fn quotients(task: Task) -> Task {
    let dividing = |quotient: fn(&Parts<'_>) -> Tensor| Way { quotient, ..RIGHT }.outputs();
    task.mistake(
        "epsilon-inside-the-root",
        dividing(|parts| &parts.m_hat / (&parts.v_hat + parts.constants.epsilon).sqrt()),
    )
    .mistake(
        "epsilon-before-the-correction",
        dividing(|parts| {
            let c = &parts.constants;
            let divisor = parts.v.sqrt() + c.epsilon;
            &parts.m_hat * correction(c.beta_2, c.t).sqrt() / divisor
        }),
    )
    .mistake(
        "correction-after-the-root",
        dividing(|parts| {
            let c = &parts.constants;
            let root = parts.v.sqrt() / correction(c.beta_2, c.t);
            &parts.m_hat / (root + c.epsilon)
        }),
    )
    .mistake(
        "no-epsilon",
        dividing(|parts| &parts.m_hat / parts.v_hat.sqrt()),
    )
    .mistake(
        "no-root",
        dividing(|parts| &parts.m_hat / (&parts.v_hat + parts.constants.epsilon)),
    )
    .mistake(
        "gradient-instead-of-m",
        dividing(|parts| quotient(parts.gradient, &parts.v_hat, parts)),
    )
    .mistake(
        "old-moments-used",
        dividing(|parts| {
            let c = &parts.constants;
            let m_hat = &parts.before.m / correction(c.beta_1, c.t);
            let v_hat = &parts.before.v / correction(c.beta_2, c.t);
            quotient(&m_hat, &v_hat, parts)
        }),
    )
    .mistake(
        "rate-forgotten",
        dividing(|parts| quotient(&parts.m_hat, &parts.v_hat, parts) / parts.constants.rate),
    )
}

fn kept_moments(task: Task) -> Task {
    let keeping = |kept: fn(&Parts<'_>) -> [Tensor; 2]| Way { kept, ..RIGHT }.outputs();
    task.mistake(
        "corrected-moments-kept",
        keeping(|parts| [parts.m_hat.shallow_clone(), parts.v_hat.shallow_clone()]),
    )
    // In 30 steps, the rounding of 1 − βᵗ grows with every correction.
    .only_in(ALL_BUT_LONG)
    .mistake(
        "moments-not-kept",
        keeping(|parts| {
            [
                parts.before.m.shallow_clone(),
                parts.before.v.shallow_clone(),
            ]
        }),
    )
    .mistake(
        "moments-swapped",
        keeping(|parts| [parts.v.shallow_clone(), parts.m.shallow_clone()]),
    )
}
