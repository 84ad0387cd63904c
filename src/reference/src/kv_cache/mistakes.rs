//! The wrong ways of keeping and using a cache.

use tch::Tensor;

use super::cases::{NO_PAST, ROOM_FOR_MORE, ROOM_FOR_ONE_MORE, SQUARE};
use super::generate::{GENERATE, Generate, Kept, best};
use super::read::{Cache, Projected, READ, Read};
use super::{append, attend, attended};
use crate::inputs::Inputs;
use crate::masks::kernel::{causal, everything};
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes of `append`.
pub(super) fn of_append(task: Task) -> Task {
    task.mistake("new-in-front", |x| append(&x["new"], &x["past"]))
        .mistake("past-forgotten", |x| x["new"].copy())
        .mistake("new-forgotten", |x| x["past"].copy())
        .mistake("appended-as-heads", |x| {
            Tensor::cat(&[&x["past"], &x["new"]], 0)
        })
        .only_in(SQUARE)
        .mistake("appended-as-features", |x| {
            Tensor::cat(&[&x["past"], &x["new"]], 2)
        })
        .only_in(SQUARE)
        .mistake("appended-in-memory", |x| {
            let (past, new) = (&x["past"], &x["new"]);
            let all = Tensor::cat(&[past.reshape([-1]), new.reshape([-1])], 0);
            all.reshape([past.size()[0], -1, past.size()[2]])
        })
        .mistake("oldest-dropped", |x| {
            let all = append(&x["past"], &x["new"]);
            let past = x["past"].size()[1];
            all.narrow(1, all.size()[1] - past, past)
        })
        .only_in(["plain", "square"])
}

/// Adds the mistakes of `attend`.
pub(super) fn of_attend(task: Task) -> Task {
    let masked = |mask: fn(i64, i64) -> Tensor| {
        move |x: &Inputs| {
            let mask = mask(x["queries"].size()[1], x["keys"].size()[1]);
            attend(x, Some(&mask))
        }
    };
    task.mistake("causal-mask-forgotten", masked(everything))
        .mistake(
            "past-ignored",
            masked(|new, length| everything(new, length).tril(0)),
        )
        .mistake(
            "past-on-the-wrong-side",
            masked(|new, length| everything(new, length).tril(new - length)),
        )
        .mistake(
            "past-blocked",
            masked(|new, length| causal(new, length).triu(length - new)),
        )
        .mistake(
            "past-alone",
            masked(|new, length| everything(new, length).tril(length - new - 1)),
        )
        .mistake(
            "causal-mask-sees-the-next",
            masked(|new, length| everything(new, length).tril(length - new + 1)),
        )
        .mistake(
            "causal-mask-negated",
            masked(|new, length| causal(new, length).logical_not()),
        )
        .mistake(
            "causal-mask-inverted",
            masked(|new, length| everything(new, length).triu(0)),
        )
        .only_in(NO_PAST)
        .mistake(
            "only-the-newest-key",
            masked(|new, length| everything(new, length).triu(length - 1)),
        )
        .mistake("first-head-for-all", |x| {
            let first = |name: &str| x[name].narrow(0, 0, 1).expand_as(&x[name]);
            attended([&first("queries"), &first("keys"), &first("values")], None)
        })
}

/// Adds the mistakes of `read`.
pub(super) fn of_read(task: Task) -> Task {
    caches(positions(task))
        .mistake(
            "every-block-reads-the-embedding",
            by(Read {
                input: |embedded, _| embedded.shallow_clone(),
                ..READ
            }),
        )
        .mistake(
            "only-the-last-logits",
            by(Read {
                logits: |logits| logits.narrow(0, logits.size()[0] - 1, 1),
                ..READ
            }),
        )
}

fn by(steps: Read) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.pieces(x)
}

fn positions(task: Task) -> Task {
    task.mistake(
        "position-restarts",
        by(Read {
            position: |_| 0,
            ..READ
        }),
    )
    .mistake(
        "positions-from-1",
        by(Read {
            position: |caches| caches[0].positions() + 1,
            ..READ
        }),
    )
    .only_in(ROOM_FOR_ONE_MORE)
    .mistake(
        "one-position-too-early",
        by(Read {
            position: |caches| (caches[0].positions() - 1).max(0),
            ..READ
        }),
    )
    .mistake(
        "heads-as-past",
        by(Read {
            position: |caches| caches[0].keys.size()[0],
            ..READ
        }),
    )
    .only_in(["prompt-and-tokens", "pieces", "one-and-rest"])
}

fn caches(task: Task) -> Task {
    task.mistake(
        "cache-of-the-first-block",
        by(Read {
            cache: |caches| caches.old[0].clone(),
            ..READ
        }),
    )
    .mistake(
        "one-cache-for-all-blocks",
        by(Read {
            cache: |caches| caches.longer.last().unwrap_or(&caches.old[0]).clone(),
            ..READ
        }),
    )
    .mistake(
        "cache-ignored",
        by(Read {
            attended: |_, projected| projected.new.clone(),
            ..READ
        }),
    )
    .mistake(
        "cache-not-returned",
        by(Read {
            kept: |past, _| past.clone(),
            ..READ
        }),
    )
    .mistake(
        "only-the-new-returned",
        by(Read {
            kept: |_, projected| projected.new.clone(),
            ..READ
        }),
    )
    .mistake(
        "keys-and-values-swapped",
        by(Read {
            projected: |projected| Projected {
                new: Cache {
                    keys: projected.new.values,
                    values: projected.new.keys,
                },
                ..projected
            },
            ..READ
        }),
    )
    .mistake(
        "queries-and-keys-swapped",
        by(Read {
            projected: |projected| Projected {
                queries: projected.new.keys,
                new: Cache {
                    keys: projected.queries,
                    values: projected.new.values,
                },
            },
            ..READ
        }),
    )
    .mistake(
        "new-in-front",
        by(Read {
            attended: |past, projected| projected.new.followed_by(past),
            kept: |past, projected| projected.new.followed_by(past),
            ..READ
        }),
    )
}

/// Adds the mistakes of `generate`.
pub(super) fn of_generate(task: Task) -> Task {
    choices(results(readings(task)))
}

fn written(steps: Generate) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.run(x)
}

fn readings(task: Task) -> Task {
    task.mistake(
        "prompt-recomputed",
        written(Generate {
            next: |prompt, written| [prompt, written].concat(),
            kept: Kept::None,
            ..GENERATE
        }),
    )
    .mistake(
        "whole-text-appended",
        written(Generate {
            next: |prompt, written| [prompt, written].concat(),
            ..GENERATE
        }),
    )
    .only_in(ROOM_FOR_MORE)
    .mistake(
        "cache-thrown-away",
        written(Generate {
            kept: Kept::None,
            ..GENERATE
        }),
    )
    .mistake(
        "cache-of-the-prompt-only",
        written(Generate {
            kept: Kept::OfThePrompt,
            ..GENERATE
        }),
    )
    .mistake(
        "last-token-read-twice",
        written(Generate {
            prompt: |prompt| vec![prompt.to_vec(), prompt[prompt.len() - 1..].to_vec()],
            ..GENERATE
        }),
    )
    .mistake(
        "only-the-last-token-given",
        written(Generate {
            prompt: |prompt| vec![prompt[prompt.len() - 1..].to_vec()],
            ..GENERATE
        }),
    )
}

fn choices(task: Task) -> Task {
    task.mistake(
        "scores-of-the-first-position",
        written(Generate {
            scores: |logits| logits[logits.len() - 1].get(0),
            ..GENERATE
        }),
    )
    .mistake(
        "logits-of-the-prompt-only",
        written(Generate {
            scores: |logits| logits[0].get(-1),
            ..GENERATE
        }),
    )
    .mistake(
        "worst-token",
        written(Generate {
            choose: |scores| scores.argmin(0, false).int64_value(&[]),
            ..GENERATE
        }),
    )
    .mistake(
        "last-of-equals",
        written(Generate {
            choose: |scores| scores.size()[0] - 1 - best(&scores.flip([0])),
            ..GENERATE
        }),
    )
}

fn results(task: Task) -> Task {
    task.mistake(
        "prompt-returned",
        written(Generate {
            result: |prompt, written| [prompt, written].concat(),
            ..GENERATE
        }),
    )
    .mistake(
        "first-token-lost",
        written(Generate {
            count: |count| count + 1,
            result: |_, written| written[1..].to_vec(),
            ..GENERATE
        }),
    )
    .mistake(
        "one-token-too-many",
        written(Generate {
            count: |count| count + 1,
            ..GENERATE
        }),
    )
    .mistake(
        "one-token-too-few",
        written(Generate {
            count: |count| count.saturating_sub(1),
            ..GENERATE
        }),
    )
    .mistake(
        "prompt-counted",
        written(Generate {
            result: |prompt, written| {
                let count = written.len().saturating_sub(prompt.len());
                written[..count].to_vec()
            },
            ..GENERATE
        }),
    )
}
