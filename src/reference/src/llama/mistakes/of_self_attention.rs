//! The wrong ways of projecting, rotating, keeping and mixing.

use tch::Tensor;

use super::super::attention::{
    Growing, Projected, RIGHT, Steps, merge, of, projected, rotate, split,
};
use super::super::cases::{BASE_OF_ATTENTION, SQUARE_WEIGHTS, TELLING, WITH_A_PAST};
use super::{TILED, attend_sharing, both_in_pairs, both_with_base_10000, not_rotated};
use crate::inputs::Inputs;
use crate::kv_cache::Cache;
use crate::llama::attention::kernel;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::linear;
use crate::task::Task;

/// Adds the mistakes of `self_attention`.
pub(in crate::llama) fn of_self_attention(task: Task) -> Task {
    matrices(heads(caches(rotated_in_the_cache(rotations(positions(
        task,
    ))))))
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.run(&Weights::from(x), &x["x"]).into()
}

fn turning(rotate: fn(&Weights, &Projected, i64) -> Projected) -> impl Fn(&Inputs) -> Outputs {
    by(Steps { rotate, ..RIGHT })
}

fn positions(task: Task) -> Task {
    let at = |position| by(Steps { position, ..RIGHT });
    task.mistake("position-restarts", at(|_, _| 0))
        .only_in(WITH_A_PAST)
        .mistake("positions-from-1", at(|past, _| past + 1))
        .only_in(WITH_A_PAST)
        .mistake("new-tokens-counted-as-past", at(|past, new| past + new))
        .only_in(WITH_A_PAST)
        .mistake("one-position-too-early", at(|past, _| past - 1))
        .only_in(WITH_A_PAST)
        .mistake(
            "query-position-restarts",
            turning(|w, it, position| {
                let base = w.number("base");
                of(
                    rotate(&it.queries, 0, base),
                    rotate(&it.new.keys, position, base),
                    it.new.values.shallow_clone(),
                )
            }),
        )
        .only_in(WITH_A_PAST)
        .mistake(
            "key-position-restarts",
            turning(|w, it, position| {
                let base = w.number("base");
                of(
                    rotate(&it.queries, position, base),
                    rotate(&it.new.keys, 0, base),
                    it.new.values.shallow_clone(),
                )
            }),
        )
        .only_in(WITH_A_PAST)
}

fn rotations(task: Task) -> Task {
    task.mistake("other-layout", turning(both_in_pairs))
        .only_in(TELLING)
        .mistake("not-rotated", turning(not_rotated))
        .only_in(TELLING)
        .mistake(
            "keys-not-rotated",
            turning(|w, it, position| {
                of(
                    rotate(&it.queries, position, w.number("base")),
                    it.new.keys.shallow_clone(),
                    it.new.values.shallow_clone(),
                )
            }),
        )
        .only_in(TELLING)
        .mistake(
            "queries-not-rotated",
            turning(|w, it, position| {
                of(
                    it.queries.shallow_clone(),
                    rotate(&it.new.keys, position, w.number("base")),
                    it.new.values.shallow_clone(),
                )
            }),
        )
        .only_in(TELLING)
        .mistake(
            "values-rotated",
            turning(|w, it, position| {
                let base = w.number("base");
                let rotate = |x: &Tensor| rotate(x, position, base);
                of(
                    rotate(&it.queries),
                    rotate(&it.new.keys),
                    rotate(&it.new.values),
                )
            }),
        )
        .only_in(TELLING)
        .mistake("another-base", turning(both_with_base_10000))
        .only_in(BASE_OF_ATTENTION)
        .mistake(
            "rotated-before-the-split",
            turning(|w, it, position| {
                let base = w.number("base");
                let whole = |x: &Tensor| {
                    let rotated = rotate(&merge(x).unsqueeze(0), position, base);
                    split(&rotated.squeeze_dim(0), x.size()[0])
                };
                of(
                    whole(&it.queries),
                    whole(&it.new.keys),
                    it.new.values.shallow_clone(),
                )
            }),
        )
        .only_in(WITH_A_PAST)
}

/// All keys of the past and of the projection, rotated from position 0 on.
fn all_rotated(it: &Growing<'_>) -> Cache {
    let all = it.past.followed_by(it.raw);
    Cache {
        keys: rotate(&all.keys, 0, it.w.number("base")),
        values: all.values,
    }
}

/// Adds the mistakes in which a cached key is rotated twice, or not at all.
fn rotated_in_the_cache(task: Task) -> Task {
    task.mistake(
        "rotated-after-the-cache",
        by(Steps {
            attended: all_rotated,
            kept: |it| it.past.followed_by(it.raw),
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "cached-keys-rotated-again",
        by(Steps {
            attended: all_rotated,
            kept: all_rotated,
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .form(
        "cached-keys-rotated-again",
        "rotated-keys-rotated-again",
        by(Steps {
            attended: all_twice,
            kept: all_twice,
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "keys-cached-before-rotation",
        by(Steps {
            kept: |it| it.past.followed_by(it.raw),
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
}

/// The longer cache, all of which is rotated once more.
fn all_twice(it: &Growing<'_>) -> Cache {
    let all = it.past.followed_by(it.rotated);
    Cache {
        keys: rotate(&all.keys, 0, it.w.number("base")),
        values: all.values,
    }
}

fn caches(task: Task) -> Task {
    task.mistake(
        "cache-ignored",
        by(Steps {
            attended: |it| it.rotated.clone(),
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "cache-not-returned",
        by(Steps {
            kept: |it| it.past.clone(),
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .mistake(
        "only-the-new-returned",
        by(Steps {
            kept: |it| it.rotated.clone(),
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "new-in-front",
        by(Steps {
            attended: |it| it.rotated.followed_by(&it.past),
            kept: |it| it.rotated.followed_by(&it.past),
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "appended-to-the-other",
        by(Steps {
            attended: keys_and_values_crossed,
            kept: keys_and_values_crossed,
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
}

fn keys_and_values_crossed(it: &Growing<'_>) -> Cache {
    it.past.followed_by(&Cache {
        keys: it.rotated.values.shallow_clone(),
        values: it.rotated.keys.shallow_clone(),
    })
}

fn heads(task: Task) -> Task {
    task.mistake(
        "heads-tiled",
        by(Steps {
            attend: |_, qkv| attend_sharing(qkv, [TILED, TILED]),
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "split-by-reshaping",
        by(Steps {
            project: |w, x| {
                projected(w, x, |x, heads| {
                    let [length, inner] = [x.size()[0], x.size()[1]];
                    x.reshape([heads, length, inner / heads])
                })
            },
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "merged-by-reshaping",
        by(Steps {
            output: |w, contexts| {
                let merged = contexts.reshape([contexts.size()[1], -1]);
                linear(&merged, &w["w_o"])
            },
            ..RIGHT
        }),
    )
    .only_in(WITH_A_PAST)
    .mistake(
        "scaled-by-share-of-d-model",
        by(Steps {
            attend: |w, [queries, keys, values]| {
                let share = w["w_q"].size()[1] as f64 / w.number("heads");
                let factor = (queries.size()[2] as f64 / share).sqrt();
                kernel([&(queries * factor), keys, values])
            },
            ..RIGHT
        }),
    )
    .only_in(["past"])
}

/// The right steps with other weights, which are made from those of the case.
fn with(change: fn(&Weights) -> Weights) -> impl Fn(&Inputs) -> Outputs {
    move |x| RIGHT.run(&change(&Weights::from(x)), &x["x"]).into()
}

fn matrices(task: Task) -> Task {
    task.mistake(
        "keys-and-values-swapped",
        with(|w| w.swapped(&[["w_k", "w_v"]])),
    )
    .only_in(TELLING)
    .mistake(
        "values-projected-by-w-k",
        with(|w| w.with("w_v", w["w_k"].shallow_clone())),
    )
    .only_in(TELLING)
    .mistake(
        "output-layer-transposed",
        with(|w| w.with("w_o", w["w_o"].tr())),
    )
    .only_in(SQUARE_WEIGHTS)
    .mistake(
        "weights-in-out",
        with(|w| {
            ["w_q", "w_k", "w_v", "w_o"]
                .iter()
                .fold(w.clone(), |all, name| all.with(name, w[*name].tr()))
        }),
    )
    .only_in(SQUARE_WEIGHTS)
    .mistake(
        "no-output-projection",
        by(Steps {
            output: |_, contexts| merge(contexts),
            ..RIGHT
        }),
    )
    .only_in(SQUARE_WEIGHTS)
}
