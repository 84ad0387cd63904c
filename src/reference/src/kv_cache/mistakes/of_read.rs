//! The wrong ways of reading a text in pieces.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::kv_cache::append;
use crate::kv_cache::cases::{
    NOTHING_READ, PAST_COUNTED, ROOM_FOR_ONE_MORE, SOMETHING_READ, TELLING,
};
use crate::kv_cache::read::{Cache, Projected, READ, Read, read_for};
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes of `read`.
pub(in crate::kv_cache) fn of_read(task: Task) -> Task {
    blocks(projections(halves(orders(caches(counts(positions(task)))))))
}

fn by(steps: Read) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.pieces(x)
}

fn blocks(task: Task) -> Task {
    task.mistake(
        "every-block-reads-the-embedding",
        by(Read {
            input: |embedded, _| embedded.shallow_clone(),
            ..READ
        }),
    )
    .only_in(TELLING)
    .mistake(
        "residual-from-the-embedding",
        by(Read {
            residual: |embedded, _| embedded.shallow_clone(),
            ..READ
        }),
    )
    .only_in(NOTHING_READ)
    .mistake(
        "only-the-last-logits",
        by(Read {
            logits: |logits| logits.narrow(0, logits.size()[0] - 1, 1),
            ..READ
        }),
    )
    .only_in(TELLING)
}

fn positions(task: Task) -> Task {
    task.mistake(
        "position-restarts",
        by(Read {
            position: |_, _| 0,
            ..READ
        }),
    )
    .mistake(
        "positions-from-1",
        by(Read {
            position: |caches, _| caches[0].positions() + 1,
            ..READ
        }),
    )
    .only_in(ROOM_FOR_ONE_MORE)
    .form(
        "positions-from-1",
        "from-1-after-the-prompt",
        by(Read {
            position: |caches, _| match caches[0].positions() {
                0 => 0,
                past => past + 1,
            },
            ..READ
        }),
    )
    .only_in(SOMETHING_READ)
    .mistake(
        "one-position-too-early",
        by(Read {
            position: |caches, _| (caches[0].positions() - 1).max(0),
            ..READ
        }),
    )
    .only_in(PAST_COUNTED)
}

/// Adds the mistakes that count something other than the past positions.
fn counts(task: Task) -> Task {
    task.mistake(
        "new-tokens-as-past",
        by(Read {
            position: |caches, new| match caches[0].positions() {
                0 => 0,
                _ => new,
            },
            ..READ
        }),
    )
    .only_in(SOMETHING_READ)
    .mistake(
        "heads-as-past",
        by(Read {
            position: |caches, _| caches[0].keys.size()[0],
            ..READ
        }),
    )
    .only_in(PAST_COUNTED)
    .mistake(
        "blocks-as-past",
        by(Read {
            position: |caches, _| caches.len() as i64,
            ..READ
        }),
    )
    .only_in(PAST_COUNTED)
    .mistake(
        "new-tokens-counted-as-past",
        by(Read {
            position: |caches, new| caches[0].positions() + new,
            ..READ
        }),
    )
    .only_in(["prompt-and-tokens"])
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
    .only_in(TELLING)
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
    .only_in(TELLING)
    .mistake(
        "only-the-new-returned",
        by(Read {
            kept: |_, projected| projected.new.clone(),
            ..READ
        }),
    )
}

/// Adds the mistakes that put new positions before the past.
fn orders(task: Task) -> Task {
    task.mistake(
        "new-in-front",
        by(Read {
            attended: |past, projected| projected.new.followed_by(past),
            kept: |past, projected| projected.new.followed_by(past),
            ..READ
        }),
    )
    .form(
        "new-in-front",
        "new-keys-in-front",
        by(Read {
            attended: new_keys_in_front,
            kept: new_keys_in_front,
            ..READ
        }),
    )
    .only_in(SOMETHING_READ)
    .form(
        "new-in-front",
        "new-values-in-front",
        by(Read {
            attended: new_values_in_front,
            kept: new_values_in_front,
            ..READ
        }),
    )
    .only_in(SOMETHING_READ)
}

/// Adds the mistakes that append what a block projects to the wrong half of its cache.
fn halves(task: Task) -> Task {
    task.mistake(
        "appended-to-the-other",
        by(Read {
            attended: values_to_the_keys,
            kept: values_to_the_keys,
            ..READ
        }),
    )
    .only_in(TELLING)
    .form(
        "appended-to-the-other",
        "keys-to-the-values",
        by(Read {
            attended: keys_to_the_values,
            kept: keys_to_the_values,
            ..READ
        }),
    )
    .only_in(SOMETHING_READ)
}

fn values_to_the_keys(past: &Cache, projected: &Projected) -> Cache {
    Cache {
        keys: append(&past.keys, &projected.new.values),
        ..past.followed_by(&projected.new)
    }
}

fn keys_to_the_values(past: &Cache, projected: &Projected) -> Cache {
    Cache {
        values: append(&past.values, &projected.new.keys),
        ..past.followed_by(&projected.new)
    }
}

fn new_keys_in_front(past: &Cache, projected: &Projected) -> Cache {
    Cache {
        keys: projected.new.followed_by(past).keys,
        ..past.followed_by(&projected.new)
    }
}

fn new_values_in_front(past: &Cache, projected: &Projected) -> Cache {
    Cache {
        values: projected.new.followed_by(past).values,
        ..past.followed_by(&projected.new)
    }
}

fn projections(task: Task) -> Task {
    task.mistake(
        "keys-and-values-swapped",
        by(Read {
            projected: |it| of(it.queries, it.new.values, it.new.keys),
            ..READ
        }),
    )
    .only_in(TELLING)
    .mistake(
        "queries-and-keys-swapped",
        by(Read {
            projected: |it| of(it.new.keys, it.queries, it.new.values),
            ..READ
        }),
    )
    .only_in(TELLING)
    .mistake(
        "qkv-in-another-order",
        by(Read {
            projected: |it| of(it.new.keys, it.new.values, it.queries),
            ..READ
        }),
    )
    .only_in(NOTHING_READ)
    .form(
        "qkv-in-another-order",
        "order-v-q-k",
        by(Read {
            projected: |it| of(it.new.values, it.queries, it.new.keys),
            ..READ
        }),
    )
    .only_in(NOTHING_READ)
    .form(
        "qkv-in-another-order",
        "order-v-k-q",
        by(Read {
            projected: |it| of(it.new.values, it.new.keys, it.queries),
            ..READ
        }),
    )
    .only_in(NOTHING_READ)
    .mistake("projected-twice", |x| {
        read_for(x, x["tokens"].size()[0] * 2)
    })
    .only_in(TELLING)
}

/// Queries, keys and values, in this order.
fn of(queries: Tensor, keys: Tensor, values: Tensor) -> Projected {
    Projected {
        queries,
        new: Cache { keys, values },
    }
}
