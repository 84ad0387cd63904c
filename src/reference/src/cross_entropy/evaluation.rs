//! The tasks `perplexity` and `bits_per_byte`: what the losses of batches say about a text.

use std::f64::consts::LN_2;

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The task `perplexity`.
pub(super) fn perplexity() -> Task {
    let task = Task::new("perplexity", |x| Text::of(x).mean().exp())
        .output("perplexity", super::ONE_NUMBER);
    let task = of_nothing(perplexity_mistakes(perplexity_cases(task)));
    batches_in_another_order(task, "perplexity").property(
        Property::new(
            "the-same-batches-twice",
            "a text that repeats itself has the same perplexity",
        )
        .in_case("short-last-batch")
        .double(["means", "counted"], 0)
        .expect_same(["perplexity"]),
    )
}

/// The task `bits_per_byte`.
pub(super) fn bits_per_byte() -> Task {
    let task = Task::new("bits_per_byte", |x| Text::of(x).nats() / LN_2 / bytes(x))
        .output("bits", super::ONE_NUMBER);
    let task = bits_mistakes(bits_cases(task));
    batches_in_another_order(task, "bits").property(
        Property::new(
            "the-same-text-twice",
            "a text that repeats itself has twice as many bytes, and needs as many bits for each",
        )
        .in_case("short-last-batch")
        .double(["means", "counted"], 0)
        .set("bytes", 2 * SHORT_LAST_BATCH_BYTES)
        .expect_same(["bits"]),
    )
}

fn batches_in_another_order(task: Task, output: &str) -> Task {
    task.property(
        Property::new(
            "batches-in-another-order",
            "moving the batches changes nothing",
        )
        .in_case("short-last-batch")
        .rotate(["means", "counted"], 0)
        .expect_same([output]),
    )
}

/// The losses of the batches of a text, in `f64`.
struct Text {
    means: Tensor,
    counted: Tensor,
}

impl Text {
    fn of(x: &Inputs) -> Self {
        Self {
            means: x["means"].to_kind(Kind::Double),
            counted: x["counted"].to_kind(Kind::Double),
        }
    }

    /// The cost of the whole text.
    fn nats(&self) -> Tensor {
        (&self.means * &self.counted).sum(Kind::Double)
    }

    /// The number of positions that count.
    fn tokens(&self) -> f64 {
        self.counted.sum(Kind::Double).double_value(&[])
    }

    /// The mean cost of a position; 0 if none counts.
    fn mean(&self) -> Tensor {
        self.nats() / self.tokens().max(1.0)
    }

    /// The mean of the batches' means; 0 if there are none.
    fn mean_of_means(&self) -> Tensor {
        self.means.sum(Kind::Double) / self.batches().max(1.0)
    }

    /// The mean of the means of those batches in which something counts.
    fn mean_of_means_that_count(&self) -> Tensor {
        let batches = self.counted.gt(0.0).sum(Kind::Double);
        self.means.sum(Kind::Double) / batches.clamp_min(1.0)
    }

    fn batches(&self) -> f64 {
        self.means.numel() as f64
    }

    /// The last batch alone.
    fn last(&self) -> Self {
        Self {
            means: self.means.slice(0, -1, None, 1),
            counted: self.counted.slice(0, -1, None, 1),
        }
    }
}

/// The length of the text.
fn bytes(x: &Inputs) -> f64 {
    x.size("bytes") as f64
}

/// The bytes in the case `short-last-batch`.
const SHORT_LAST_BATCH_BYTES: i64 = 211;

/// The cases in which something counts.
const COUNTING: [&str; 6] = [
    "by-hand",
    "one-batch",
    "short-last-batch",
    "batch-without-tokens",
    "untrained",
    "nearly-certain",
];

fn perplexity_cases(task: Task) -> Task {
    cases(task)
        .case(
            "nearly-certain",
            "losses near 0: the perplexity is a little above 1",
            |_| batches(&[0.0625, 0.03125], &[3, 2]),
        )
        .case(
            "no-batches",
            "nothing was read: the perplexity is 1, not NaN",
            |_| batches(&[], &[]),
        )
        .case(
            "nothing-counts",
            "two batches in which no position counts: the perplexity is 1, not NaN",
            |_| batches(&[0.0, 0.0], &[0, 0]),
        )
}

fn bits_cases(task: Task) -> Task {
    let task = cases(task);
    task.case(
        "few-bytes",
        "a text with more tokens than bytes, as special tokens have none",
        |_| batches(&[1.5, 2.5], &[9, 4]).with("bytes", 8_i64),
    )
    .case("no-batches", "nothing was read: 0 bits", |_| {
        batches(&[], &[]).with("bytes", 3_i64)
    })
}

/// The cases of both tasks. Only one of them reads the bytes.
fn cases(task: Task) -> Task {
    task.case(
        "by-hand",
        "3 tokens that cost ln 4 each and one that costs ln 16, in 20 bytes: 10 bits",
        |_| {
            let [four, sixteen] = [4_f32, 16.0].map(f32::ln);
            batches(&[four, sixteen], &[3, 1]).with("bytes", 20_i64)
        },
    )
    .case("one-batch", "a text that was read at once", |_| {
        batches(&[2.25], &[7]).with("bytes", 31_i64)
    })
    .case(
        "short-last-batch",
        "five batches, of which the last has fewer tokens and costs more",
        |random| {
            let means = uniform(random, 4, 1.0, 4.0);
            let means = Tensor::cat(&[means, Tensor::from_slice(&[5.5_f32])], 0);
            of_tensors(means, &[12, 12, 12, 12, 5]).with("bytes", SHORT_LAST_BATCH_BYTES)
        },
    )
    .case(
        "batch-without-tokens",
        "in the second of three batches, no position counts",
        |_| batches(&[2.125, 0.0, 3.25], &[8, 0, 3]).with("bytes", 47_i64),
    )
    .case(
        "untrained",
        "a million tokens of an untrained model with GPT-2's vocabulary: about ln 50,257 each",
        |random| {
            let means = uniform(random, 3, 10.75, 10.875);
            of_tensors(means, &[400_000, 400_000, 200_001]).with("bytes", 4_300_000_i64)
        },
    )
}

fn uniform(random: &Random, count: i64, low: f64, high: f64) -> Tensor {
    random.uniform(&[count], low, high)
}

fn batches(means: &[f32], counted: &[usize]) -> Inputs {
    of_tensors(Tensor::from_slice(means), counted)
}

fn of_tensors(means: Tensor, counted: &[usize]) -> Inputs {
    Inputs::default()
        .with("means", means)
        .with_ids("counted", counted)
}

/// A number of the losses of a text.
fn of_text(number: fn(&Text) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| number(&Text::of(x))
}

fn perplexity_mistakes(task: Task) -> Task {
    task.mistake("mean-of-means", of_text(|text| text.mean_of_means().exp()))
        .form(
            "mean-of-means",
            "mean-of-means-that-count",
            of_text(|text| text.mean_of_means_that_count().exp()),
        )
        .mistake(
            "mean-of-perplexities",
            of_text(|text| {
                let perplexities = text.means.exp().sum(Kind::Double);
                perplexities / text.batches()
            }),
        )
        .only_in(COUNTING)
        .form(
            "mean-of-perplexities",
            "weighted-mean-of-perplexities",
            of_text(|text| {
                let perplexities = (text.means.exp() * &text.counted).sum(Kind::Double);
                perplexities / text.tokens()
            }),
        )
        .only_in(COUNTING)
        .mistake("base-2", of_text(|text| text.mean().exp2()))
        .mistake("exp-forgotten", of_text(Text::mean))
        .only_in(COUNTING)
        .mistake("sum-instead-of-mean", of_text(|text| text.nats().exp()))
        .form(
            "sum-instead-of-mean",
            "sum-of-means",
            of_text(|text| text.means.sum(Kind::Double).exp()),
        )
        .mistake(
            "divided-by-batches",
            of_text(|text| (text.nats() / text.batches().max(1.0)).exp()),
        )
        .mistake("probability-returned", of_text(|text| (-text.mean()).exp()))
        .mistake("last-batch-only", of_text(|text| text.last().mean().exp()))
}

/// Perplexities of a text in which no position counts.
fn of_nothing(task: Task) -> Task {
    task.mistake(
        "nan-if-nothing-counts",
        of_text(|text| (text.nats() / text.tokens()).exp()),
    )
    .mistake(
        "zero-if-nothing-counts",
        of_text(|text| match text.tokens() {
            0.0 => Tensor::from(0_f64),
            _ => text.mean().exp(),
        }),
    )
}

fn bits_mistakes(task: Task) -> Task {
    let of_nats =
        |nats: fn(&Text) -> Tensor| move |x: &Inputs| nats(&Text::of(x)) / LN_2 / bytes(x);
    task.mistake("nats-for-bits", |x| Text::of(x).nats() / bytes(x))
        .mistake("multiplied-by-ln-2", |x| {
            Text::of(x).nats() * LN_2 / bytes(x)
        })
        .mistake("bits-per-token", of_text(|text| text.mean() / LN_2))
        .mistake("mean-divided-by-bytes", of_nats(Text::mean))
        .form(
            "mean-divided-by-bytes",
            "sum-of-means-divided-by-bytes",
            of_nats(|text| text.means.sum(Kind::Double)),
        )
        .mistake(
            "mean-of-means",
            of_nats(|text| text.mean_of_means() * text.tokens()),
        )
        .form(
            "mean-of-means",
            "mean-of-means-that-count",
            of_nats(|text| text.mean_of_means_that_count() * text.tokens()),
        )
        .mistake("ratio-inverted", |x| {
            let text = Text::of(x);
            text.mean() / LN_2 * bytes(x) / text.tokens().max(1.0)
        })
        .mistake("bytes-for-bits", |x| {
            Text::of(x).nats() / LN_2 / (8.0 * bytes(x))
        })
        .mistake("perplexity-per-byte", |x| {
            (Text::of(x).nats() / bytes(x)).exp()
        })
        .mistake("last-batch-only", |x| {
            Text::of(x).last().nats() / LN_2 / bytes(x)
        })
}
