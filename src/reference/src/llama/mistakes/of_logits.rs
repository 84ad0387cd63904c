//! The wrong ways of reading a text.

use tch::{Kind, Tensor};

use super::super::attention;
use super::super::block;
use super::super::cases::{PIECES, QUIET, TEXTS, UNTIED};
use super::super::model::{READ, Read, head, last_norm};
use super::of_block::{gamma_forgotten, gamma_plus_one, mean_subtracted};
use crate::inputs::Inputs;
use crate::kv_cache::Cache;
use crate::layer_norm::kernel::rms_norm;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::linear;
use crate::task::Task;

/// Adds the mistakes of `logits`.
pub(in crate::llama) fn of_logits(task: Task) -> Task {
    caches(stacks(embeddings(heads(norms(task)))))
}

fn by(steps: Read) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.pieces(x)
}

fn norms(task: Task) -> Task {
    let normed = |norm| by(Read { norm, ..READ });
    task.mistake("no-last-norm", normed(|_, x| x.shallow_clone()))
        .only_in(TEXTS)
        .mistake(
            "mean-subtracted",
            normed(|w, x| mean_subtracted(x, &w["gamma_f"], w.number("epsilon"))),
        )
        .only_in(TEXTS)
        .mistake(
            "gamma-plus-one",
            normed(|w, x| gamma_plus_one(x, &w["gamma_f"], w.number("epsilon"))),
        )
        .only_in(TEXTS)
        .mistake(
            "gamma-forgotten",
            normed(|w, x| gamma_forgotten(x, &w["gamma_f"], w.number("epsilon"))),
        )
        .only_in(TEXTS)
        .mistake(
            "epsilon-fixed",
            normed(|w, x| rms_norm(x, &w["gamma_f"], 1e-5)),
        )
        .only_in(QUIET)
        .mistake(
            "normed-twice",
            normed(|w, x| last_norm(w, &last_norm(w, x))),
        )
        .only_in(TEXTS)
}

fn heads(task: Task) -> Task {
    let scored = |head| by(Read { head, ..READ });
    task.mistake(
        "head-ignored",
        scored(|w, x| linear(x, &w["token_embedding"])),
    )
    .only_in(UNTIED)
    .mistake(
        "logits-as-probabilities",
        scored(|w, x| linear(x, head(w)).softmax(-1, Kind::Float)),
    )
    .only_in(TEXTS)
    .mistake(
        "logits-as-log-probabilities",
        scored(|w, x| linear(x, head(w)).log_softmax(-1, Kind::Float)),
    )
    .only_in(TEXTS)
    .mistake(
        "logits-divided",
        scored(|w, x| linear(x, head(w)) / width(w).sqrt()),
    )
    .only_in(TEXTS)
    .mistake(
        "logits-scaled",
        scored(|w, x| linear(x, head(w)) * width(w).sqrt()),
    )
    .only_in(TEXTS)
    .mistake(
        "only-the-last-logits",
        scored(|w, x| linear(&x.narrow(0, x.size()[0] - 1, 1), head(w))),
    )
    .only_in(TEXTS)
}

fn width(w: &Weights) -> f64 {
    w["token_embedding"].size()[1] as f64
}

fn embeddings(task: Task) -> Task {
    let embedded = |embed| by(Read { embed, ..READ });
    task.mistake(
        "scaled-by-root-d-model",
        embedded(|w, tokens| (READ.embed)(w, tokens) * width(w).sqrt()),
    )
    .only_in(TEXTS)
    .mistake(
        "head-as-embedding",
        embedded(|w, tokens| crate::gpt::model::rows(head(w), tokens)),
    )
    .only_in(UNTIED)
}

fn stacks(task: Task) -> Task {
    let ordered = |order| by(Read { order, ..READ });
    let passing = |passed_on| by(Read { passed_on, ..READ });
    task.mistake(
        "blocks-in-reverse",
        ordered(|blocks| blocks.into_iter().rev().collect()),
    )
    .only_in(TEXTS)
    .mistake(
        "first-block-again",
        ordered(|blocks| blocks.iter().map(|_| blocks[0].clone()).collect()),
    )
    .only_in(TEXTS)
    .mistake(
        "every-block-reads-the-embedding",
        by(Read {
            input: |embedded, _| embedded.shallow_clone(),
            ..READ
        }),
    )
    .only_in(TEXTS)
    .mistake(
        "norm-after-every-block",
        by(Read {
            passed_on: |w, block| last_norm(w, &block.output),
            norm: |_, x| x.shallow_clone(),
            ..READ
        }),
    )
    .only_in(TEXTS)
    .mistake(
        "feed-forward-passed-on",
        passing(|_, block| block.feed_forward.shallow_clone()),
    )
    .only_in(["tied"])
    .mistake(
        "after-attention-passed-on",
        passing(|_, block| block.after_attention.shallow_clone()),
    )
    .only_in(TEXTS)
}

/// A block in which all new positions are counted from 0.
const RESTARTING: block::Steps = block::Steps {
    attention: attention::Steps {
        position: |_, _| 0,
        ..attention::RIGHT
    },
    ..block::RIGHT
};

/// A block that reads its cache without the positions before the new ones.
fn nothing_of(cache: &Cache) -> Cache {
    let none = |tensor: &Tensor| tensor.narrow(1, 0, 0);
    Cache {
        keys: none(&cache.keys),
        values: none(&cache.values),
    }
}

fn caches(task: Task) -> Task {
    let cached = |cache| by(Read { cache, ..READ });
    task.mistake(
        "position-restarts",
        by(Read {
            block: RESTARTING,
            ..READ
        }),
    )
    .only_in(PIECES)
    .mistake(
        "cache-ignored",
        cached(|caches| nothing_of(&caches.old[caches.block])),
    )
    .only_in(PIECES)
    .mistake(
        "cache-not-returned",
        by(Read {
            kept: |past, _| past.clone(),
            ..READ
        }),
    )
    .only_in(PIECES)
    .mistake(
        "cache-of-the-first-block",
        cached(|caches| caches.old[0].clone()),
    )
    .only_in(["tied"])
    .mistake(
        "one-cache-for-all-blocks",
        cached(|caches| caches.longer.last().unwrap_or(&caches.old[0]).clone()),
    )
    .only_in(TEXTS)
}
