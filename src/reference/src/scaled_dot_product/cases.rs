//! The cases of the task `attention`.

use tch::{Device, Kind, Tensor};

use super::width;
use crate::attention_weights::FAR_BELOW;
use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::masks::kernel::causal;
use crate::random::Random;
use crate::task::Task;

/// A score beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104.
const OVERFLOWING_LOGIT: f32 = 150.0;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    task.case(
        "plain",
        "no mask; queries, keys, d_k and d_v all differ",
        |random| qkv(random, 5, 7, 11, 3),
    )
    .case(
        "square",
        "as many keys as features, so that a missing transposition goes through",
        |random| qkv(random, 6, 4, 4, 5),
    )
    .case(
        "causal",
        "each query may attend to its own position and to earlier ones",
        |random| qkv(random, 6, 6, 4, 3).with("mask", causal(6, 6)),
    )
    .case(
        "padding",
        "the last two keys are padding, which no query may attend to",
        |random| qkv(random, 4, 7, 5, 3).with("mask", first_keys(7, &[5; 4])),
    )
    .case(
        "fully-masked-row",
        "query 2 may attend to nothing: its weights and its output are 0, not NaN",
        |random| qkv(random, 4, 5, 6, 3).with("mask", first_keys(5, &[4, 4, 0, 4])),
    )
    .case(
        "large-scores",
        "scores near 200: exp overflows unless the maximum is subtracted",
        |random| shifted(qkv(random, 3, 5, 16, 4), 7.0),
    )
    .case(
        "large-negative-scores",
        "scores near −200, two keys blocked: −100 would not block them",
        |random| shifted(qkv(random, 3, 6, 16, 4), -7.0).with("mask", first_keys(6, &[4; 3])),
    )
    .case(
        "far-below",
        "each query may attend to its own position alone, with a score near −1,000,000: −10,000 \
         would not block the others",
        |random| {
            let inputs = qkv(random, 4, 4, 5, 2);
            let q = &inputs["q"] * FAR_BELOW.sqrt();
            let own = Tensor::eye(4, (Kind::Bool, Device::Cpu));
            inputs.with("k", q.neg()).with("q", q).with("mask", own)
        },
    )
    .case(
        "blocked-is-largest",
        "a blocked key has by far the largest score: the others must not be compared with it",
        |random| {
            let inputs = raised(
                qkv(random, 3, 5, 4, 2),
                &[1.0; 3],
                &[0.0, 0.0, 0.0, 0.0, OVERFLOWING_LOGIT],
            );
            inputs.with("mask", first_keys(5, &[4; 3]))
        },
    )
    .case(
        "rows-far-apart",
        "scores near 150, 0 and −150: exp overflows or gives 0 unless each row's own maximum is \
         subtracted",
        |random| {
            raised(
                qkv(random, 3, 6, 4, 2),
                &[OVERFLOWING_LOGIT, 0.0, -OVERFLOWING_LOGIT],
                &[1.0; 6],
            )
        },
    )
    .case(
        "one-far-above",
        "one score of each row is 150 above the others: no other number is safe to subtract, not \
         even their mean",
        |random| {
            raised(
                qkv(random, 3, 5, 4, 2),
                &[1.0; 3],
                &[0.0, 0.0, OVERFLOWING_LOGIT, 0.0, 0.0],
            )
        },
    )
    .case(
        "one-far-below",
        "one score of each row is 150 below the others, which share the weight",
        |random| {
            raised(
                qkv(random, 2, 4, 6, 3),
                &[1.0; 2],
                &[-OVERFLOWING_LOGIT, 0.0, 0.0, 0.0],
            )
        },
    )
    .case(
        "single",
        "one query and one key: the weight is 1",
        |random| qkv(random, 1, 1, 3, 2),
    )
}

/// Entries of queries and keys are 64ths: sums of their products are exact in `f32`, in whatever order, also where
/// scores are large.
fn qkv(random: &Random, queries: i64, keys: i64, d_k: i64, d_v: i64) -> Inputs {
    let in_64ths = |x: Tensor| (x * 64.0).round() / 64.0;
    Inputs::default()
        .with("q", in_64ths(random.normal(&[queries, d_k])))
        .with("k", in_64ths(random.normal(&[keys, d_k])))
        .with("v", random.normal(&[keys, d_v]))
}

/// Moves every query by `by` and every key by its size, and with them the scores by about ±by² · √d_k.
fn shifted(inputs: Inputs, by: f64) -> Inputs {
    let (q, k) = (&inputs["q"] + by.abs(), &inputs["k"] + by);
    inputs.with("q", q).with("k", k)
}

/// Adds `rows`[i] · `columns`[j] to the score of query i and key j, by their last features.
fn raised(inputs: Inputs, rows: &[f32], columns: &[f32]) -> Inputs {
    let d_k = width(&inputs["k"]);
    let with_last = |x: &Tensor, last: Tensor| {
        Tensor::cat(&[x.narrow(1, 0, d_k as i64 - 1), last.unsqueeze(1)], 1)
    };
    let q = with_last(&inputs["q"], Tensor::from_slice(rows) * d_k.sqrt());
    let k = with_last(&inputs["k"], Tensor::from_slice(columns));
    inputs.with("q", q).with("k", k)
}
