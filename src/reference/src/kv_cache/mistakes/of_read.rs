//! The wrong ways of reading a text in pieces.

use crate::inputs::Inputs;
use crate::kv_cache::cases::ROOM_FOR_ONE_MORE;
use crate::kv_cache::read::{Cache, Projected, READ, Read};
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes of `read`.
pub(in crate::kv_cache) fn of_read(task: Task) -> Task {
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
