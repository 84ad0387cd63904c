//! The mistakes of the task `relative_position_bucket`.

use tch::Tensor;

use super::bucket::{BOTH_WAYS, NEGATED, ONE_WAY, STEPS, Scale, Settings, Steps, ln, logarithm};
use crate::task::Task;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    far(ways(task)).others_only_in(&["encoder", "few", "odd"])
}

fn ways(task: Task) -> Task {
    task.mistake("offset-negated", NEGATED.of())
        .mistake("both-ways-in-the-decoder", BOTH_WAYS.of())
        .mistake("one-way-in-the-encoder", ONE_WAY.of())
        .mistake(
            "directions-overlap",
            Steps {
                count: |settings| settings.buckets,
                ..STEPS
            }
            .of(),
        )
        .mistake(
            "no-second-half",
            Steps {
                after: |offsets| offsets.gt(f64::INFINITY),
                ..STEPS
            }
            .of(),
        )
        .mistake(
            "zero-counted-as-after",
            Steps {
                after: |offsets| offsets.ge(0.0),
                ..STEPS
            }
            .of(),
        )
        .mistake(
            "after-from-its-first-bucket",
            Steps {
                after_shift: -1,
                ..STEPS
            }
            .of(),
        )
        .mistake(
            "future-as-past",
            Steps {
                distances: |offsets, _| offsets.abs(),
                ..STEPS
            }
            .of(),
        )
}

fn far(task: Task) -> Task {
    let by_far = |far: fn(&Tensor, Scale) -> Tensor| Steps { far, ..STEPS }.of();
    let by_settings = |settings: fn(Settings) -> Settings| Steps { settings, ..STEPS }.of();
    task.mistake(
        "last-bucket-not-kept",
        Steps {
            within: |far, _| far.shallow_clone(),
            ..STEPS
        }
        .of(),
    )
    .form(
        "last-bucket-not-kept",
        "one-bucket-too-many",
        Steps {
            within: |far, count| far.clamp_max(count as f64),
            ..STEPS
        }
        .of(),
    )
    .mistake(
        "no-logarithm",
        by_far(|distances, _| distances.shallow_clone()),
    )
    .mistake(
        "no-exact-half",
        Steps {
            exact: |_, _| 1,
            ..STEPS
        }
        .of(),
    )
    .mistake(
        "half-of-all-buckets",
        Steps {
            exact: |_, settings| settings.buckets / 2,
            far: |distances, scale| {
                if scale.exact < scale.count {
                    (STEPS.far)(distances, scale)
                } else {
                    distances.shallow_clone()
                }
            },
            ..STEPS
        }
        .of(),
    )
    .mistake(
        "logarithm-without-ratio",
        by_far(|distances, scale| {
            let share = distances.log() / ln(scale.max_distance);
            share * (scale.count - scale.exact) + scale.exact
        }),
    )
    .mistake(
        "logarithm-of-the-distance",
        by_far(|distances, scale| {
            let share = distances.log() / ln(scale.max_distance / scale.exact);
            share * (scale.count - scale.exact) + scale.exact
        }),
    )
    .mistake(
        "logarithm-of-the-whole-distance",
        by_far(|distances, scale| {
            let share = logarithm(distances, scale.exact) / ln(scale.max_distance);
            share * (scale.count - scale.exact) + scale.exact
        }),
    )
    .mistake(
        "two-logarithms",
        by_far(|distances, scale| {
            let share = (distances / scale.exact).log2() / ln(scale.max_distance / scale.exact);
            share * (scale.count - scale.exact) + scale.exact
        }),
    )
    .mistake(
        "rounded",
        Steps {
            whole: Tensor::round,
            ..STEPS
        }
        .of(),
    )
    .form(
        "rounded",
        "rounded-up",
        Steps {
            whole: Tensor::ceil,
            ..STEPS
        }
        .of(),
    )
    .mistake(
        "exact-half-not-added",
        by_far(|distances, scale| (STEPS.far)(distances, scale) - scale.exact),
    )
    .mistake(
        "spread-over-all-buckets",
        by_far(|distances, scale| {
            let share = logarithm(distances, scale.exact) / ln(scale.max_distance / scale.exact);
            share * scale.count + scale.exact
        }),
    )
    .mistake(
        "limit-of-128",
        by_settings(|settings| Settings {
            max_distance: 128,
            ..settings
        }),
    )
    .mistake(
        "always-32-buckets",
        by_settings(|settings| Settings {
            buckets: 32,
            ..settings
        }),
    )
}
