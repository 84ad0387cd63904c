//! The mistakes in what is trained, and how fast.

use tch::Tensor;

use super::{Part, RIGHT, Tuning, Way, number, part};
use crate::inputs::Inputs;
use crate::task::Task;
use crate::texts::of_ids;

/// The cases that tell all mistakes apart, but for those that say where they show.
const TELLING: &[&str] = &["top-two", "everything", "twelve-blocks"];

/// The same for the mistakes in which blocks are trained.
const TELLING_BLOCKS: &[&str] = &["top-two", "head-alone", "all-blocks", "twelve-blocks"];

pub(super) fn add(task: Task) -> Task {
    let task = of_other_parts(of_blocks(task).others_only_in(TELLING_BLOCKS));
    of_names(of_rates(of_offsets(of_directions(task)))).others_only_in(TELLING)
}

/// The wrong blocks are trained.
fn of_blocks(task: Task) -> Task {
    task.mistake("everything-trained", by_choice(|_, _| true))
        .mistake(
            "bottom-blocks-trained",
            by_choice(|tuning, part| match (tuning.top, part) {
                (Some(top), Part::Block(block)) => block < top,
                _ => tuning.is_trained(part),
            }),
        )
        .mistake(
            "off-by-one-block",
            by_choice(|tuning, part| tuning.top.is_none_or(|top| tuning.depth(part) <= top + 1)),
        )
        .form(
            "off-by-one-block",
            "one-block-too-many",
            by_choice(|tuning, part| match (tuning.top, part) {
                (Some(top), Part::Block(_)) => tuning.depth(part) <= top + 1,
                _ => tuning.is_trained(part),
            }),
        )
        .form(
            "off-by-one-block",
            "one-block-too-few",
            by_choice(|tuning, part| match (tuning.top, part) {
                (Some(top), Part::Block(_)) => tuning.depth(part) < top,
                _ => tuning.is_trained(part),
            }),
        )
        .form(
            "off-by-one-block",
            "one-too-few-of-head-and-blocks",
            by_choice(|tuning, part| tuning.top.is_none_or(|top| tuning.depth(part) < top)),
        )
}

/// The head or the embeddings are trained where they should not be, or the other way round.
fn of_other_parts(task: Task) -> Task {
    task.mistake(
        "head-frozen",
        by_choice(|tuning, part| part != Part::Head && tuning.is_trained(part)),
    )
    .form(
        "head-frozen",
        "head-frozen-unless-everything-is-trained",
        by_choice(|tuning, part| {
            (part != Part::Head || tuning.top.is_none()) && tuning.is_trained(part)
        }),
    )
    .mistake(
        "embeddings-forgotten",
        by_choice(|tuning, part| part != Part::Embeddings && tuning.is_trained(part)),
    )
    .mistake(
        "embeddings-trained-too",
        by_choice(|tuning, part| part == Part::Embeddings || tuning.is_trained(part)),
    )
    .form(
        "embeddings-trained-too",
        "embeddings-trained-with-all-blocks",
        by_choice(|tuning, part| {
            let all = tuning.top == Some(tuning.blocks);
            (all && part == Part::Embeddings) || tuning.is_trained(part)
        }),
    )
    .only_in(["top-two", "all-blocks"])
    .mistake("frozen-at-rate-0", |x| {
        let [_, rates] = RIGHT.outputs()(x);
        let all: Vec<usize> = (0..x.texts("names").len()).collect();
        [("trained", of_ids(&all)), rates]
    })
}

/// The exponent of ξ grows in the wrong direction.
fn of_directions(task: Task) -> Task {
    task.mistake(
        "decayed-upwards",
        by_depth(|tuning, part| match part {
            Part::Embeddings => 0,
            Part::Block(block) => block + 1,
            Part::Head => tuning.blocks + 1,
        }),
    )
    .form(
        "decayed-upwards",
        "blocks-decayed-upwards",
        by_depth(|tuning, part| match part {
            Part::Block(block) => block + 1,
            _ => tuning.depth(part),
        }),
    )
    .form(
        "decayed-upwards",
        "number-as-exponent",
        by_depth(|tuning, part| match part {
            Part::Block(block) => block,
            _ => tuning.depth(part),
        }),
    )
    .form(
        "decayed-upwards",
        "number-as-exponent-from-the-embeddings",
        by_depth(|_, part| match part {
            Part::Block(block) => block,
            _ => 0,
        }),
    )
    .form(
        "decayed-upwards",
        "counted-from-the-lowest",
        by_depth(|tuning, part| {
            let lowest = tuning.top.unwrap_or(tuning.blocks + 1);
            lowest - tuning.depth(part)
        }),
    )
}

/// The exponent of ξ is wrong by one, or wrong for one part.
fn of_offsets(task: Task) -> Task {
    task.mistake(
        "head-decayed",
        by_depth(|tuning, part| tuning.depth(part) + 1),
    )
    .form(
        "head-decayed",
        "head-like-the-last-block",
        by_depth(|tuning, part| tuning.depth(part).max(1)),
    )
    .mistake(
        "last-block-not-decayed",
        by_depth(|tuning, part| (tuning.depth(part) - 1).max(0)),
    )
    .mistake(
        "embeddings-like-block-0",
        by_depth(|tuning, part| tuning.depth(part).min(tuning.blocks)),
    )
    .mistake(
        "embeddings-not-decayed",
        by_depth(|tuning, part| match part {
            Part::Embeddings => 0,
            _ => tuning.depth(part),
        }),
    )
}

/// The rate is computed from the right exponent in a wrong way.
fn of_rates(task: Task) -> Task {
    task.mistake("decay-forgotten", by_rate(|tuning, _| tuning.rate))
        .mistake(
            "divided-by-the-decay",
            by_rate(|tuning, part| tuning.rate_at(-tuning.depth(part))),
        )
        .mistake(
            "not-a-power",
            by_rate(|tuning, part| match tuning.depth(part) {
                0 => tuning.rate,
                _ => tuning.rate * tuning.decay,
            }),
        )
        .form(
            "not-a-power",
            "times-the-depth",
            by_rate(|tuning, part| match tuning.depth(part) {
                0 => tuning.rate,
                depth => tuning.rate * tuning.decay * depth as f64,
            }),
        )
        .mistake(
            "share-of-the-rate",
            by_rate(|tuning, part| tuning.decay.powf(tuning.depth(part) as f64)),
        )
}

/// Names are taken for those of a different part.
fn of_names(task: Task) -> Task {
    let with = |part: fn(&str) -> Part| Way { part, ..RIGHT }.outputs();
    task.mistake(
        "found-anywhere",
        with(|name| {
            if name.contains("head") {
                Part::Head
            } else if name.contains("embeddings") {
                Part::Embeddings
            } else {
                Part::Block(number(name))
            }
        }),
    )
    .only_in(["top-two", "names-inside-names"])
    .form(
        "found-anywhere",
        "head-found-anywhere",
        with(|name| {
            if name.contains("head") {
                Part::Head
            } else {
                part(name)
            }
        }),
    )
    .only_in(["top-two", "names-inside-names"])
    .form(
        "found-anywhere",
        "embeddings-found-anywhere",
        with(|name| {
            if name.contains("embeddings") {
                Part::Embeddings
            } else {
                part(name)
            }
        }),
    )
    .only_in(["top-two", "names-inside-names"])
    .mistake(
        "first-digit-only",
        with(|name| match part(name) {
            Part::Block(block) if block >= 10 => Part::Block(block / 10),
            part => part,
        }),
    )
}

/// The right rates of what is trained by a choice of its own.
fn by_choice(
    is_trained: fn(&Tuning, Part) -> bool,
) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 2] {
    Way {
        is_trained,
        ..RIGHT
    }
    .outputs()
}

/// The right names, with exponents that are a function of the part.
fn by_depth(depth: fn(&Tuning, Part) -> i64) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 2] {
    by_rate(move |tuning, part| tuning.rate_at(depth(tuning, part)))
}

/// The right names, with rates that are a function of the part.
fn by_rate(rate: impl Fn(&Tuning, Part) -> f64) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 2] {
    move |x| {
        let tuning = Tuning::of(x);
        let rates: Vec<f64> = x
            .texts("names")
            .iter()
            .map(|name| match part(name) {
                part if tuning.is_trained(part) => rate(&tuning, part),
                _ => 0.0,
            })
            .collect();
        let [trained, _] = RIGHT.outputs()(x);
        [trained, ("rates", Tensor::from_slice(&rates))]
    }
}
