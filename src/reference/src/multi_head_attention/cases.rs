//! The cases of multi-head attention.

use tch::{Device, Kind, Tensor};

use crate::attention_weights::FAR_BELOW;
use crate::inputs::Inputs;
use crate::masks::kernel::causal;
use crate::masks::{first_keys, padded_keys};
use crate::random::Random;
use crate::task::Task;

/// The cases in which the heads together are as wide as the model, as in the paper.
pub(super) const AS_WIDE_AS_THE_MODEL: &[&str] = &[
    "cross-attention",
    "three-sources",
    "self-attention",
    "causal",
    "padding",
    "fully-masked-row",
    "large-scores",
    "far-below",
    "one-head",
    "head-size-one",
];

/// Those of them in which query, key and value are equally wide: all but the first.
pub(super) const EQUALLY_WIDE: &[&str] = AS_WIDE_AS_THE_MODEL.split_at(1).1;

/// Those of them in which query, key and value are one and the same tensor: all but the first two.
pub(super) const SELF_ATTENTION: &[&str] = AS_WIDE_AS_THE_MODEL.split_at(2).1;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    task.case(
        "self-attention",
        "no mask; 3 heads of 2 features, 4 positions: no two sizes are equal",
        |random| self_attention(random, 3, [1, 4, 6]),
    )
    .case(
        "cross-attention",
        "5 keys of width 7 and values of width 8, for 4 queries of width 6",
        |random| {
            as_wide_as_the_queries(
                random,
                3,
                [&[2, 4, 6], &[2, 5, 7], &[2, 5, 8]].map(|shape| random.normal(shape)),
            )
        },
    )
    .case(
        "three-sources",
        "queries, keys and values come from three places, all equally wide; 3 batch elements",
        |random| {
            as_wide_as_the_queries(
                random,
                2,
                [&[3, 3, 6], &[3, 4, 6], &[3, 4, 6]].map(|shape| random.normal(shape)),
            )
        },
    )
    .case(
        "causal",
        "each position may attend to itself and to earlier ones",
        |random| {
            let mask = causal(4, 4).expand([2, 4, 4], false);
            self_attention(random, 2, [2, 4, 6]).with("mask", mask)
        },
    )
    .case(
        "padding",
        "of 4 positions, the first batch element uses 3 and the second 2",
        |random| self_attention(random, 2, [2, 4, 6]).with("mask", padded_keys(4, 4, &[3, 2])),
    )
    .case(
        "fully-masked-row",
        "in batch element 1, query 1 may attend to nothing: its weights are 0 and its output is \
         b_o",
        |random| {
            let mask = Tensor::stack(&[first_keys(3, &[2, 2, 2]), first_keys(3, &[3, 0, 3])], 0);
            self_attention(random, 2, [2, 3, 4]).with("mask", mask)
        },
    )
    .case(
        "large-scores",
        "large biases put the scores of one head near 240 and those of the other near −240, and \
         one key is blocked: exp gives ∞ and 0, and −100 would not block",
        |random| {
            let inputs =
                self_attention(random, 2, [2, 3, 4]).with("mask", padded_keys(3, 3, &[2, 2]));
            let signs = inputs["b_k"].sign();
            let alike_in_head_0 = Tensor::from_slice(&[3_f32, 3.0, -3.0, -3.0]);
            inputs
                .with("b_q", &signs * alike_in_head_0)
                .with("b_k", signs * 56.0)
        },
    )
    .case(
        "far-below",
        "each position may attend to itself alone, with scores near −1,000,000: −10,000 would not \
         block the others",
        |random| {
            let own = Tensor::eye(3, (Kind::Bool, Device::Cpu)).unsqueeze(0);
            let inputs = self_attention(random, 2, [1, 3, 4]).with("mask", own);
            let (w_q, b_q) = (
                &inputs["w_q"] * FAR_BELOW.sqrt(),
                &inputs["b_q"] * FAR_BELOW.sqrt(),
            );
            let (w_k, b_k) = (w_q.neg(), b_q.neg());
            inputs
                .with("w_q", w_q)
                .with("b_q", b_q)
                .with("w_k", w_k)
                .with("b_k", b_k)
        },
    )
    .case(
        "one-head",
        "one head is attention with projections",
        |random| self_attention(random, 1, [2, 3, 4]),
    )
    .case(
        "head-size-one",
        "as many heads as features: a score is a single product",
        |random| self_attention(random, 2, [2, 3, 2]),
    )
    .case(
        "wide-heads",
        "2 heads of 4 features for a d_model of 6: the heads together are 8 wide, and W_O brings \
         them back to 6",
        |random| {
            let x = random.normal(&[2, 5, 6]);
            projections(random, 2, 8, [x.copy(), x.copy(), x])
        },
    )
}

/// Adds the tutorial's input: 64 sequences of 10 positions, 256 features in 8 heads.
pub(super) fn tutorial(task: Task) -> Task {
    task.case(
        "self-attention",
        "8 heads of 32 features, no mask",
        |random| self_attention(random, 8, [64, 10, 256]),
    )
}

/// Self-attention on an input of this shape.
fn self_attention(random: &Random, heads: i64, shape: [i64; 3]) -> Inputs {
    let x = random.normal(&shape);
    as_wide_as_the_queries(random, heads, [x.copy(), x.copy(), x])
}

/// Projections for these queries, keys and values, to heads that are together as wide as the queries.
fn as_wide_as_the_queries(random: &Random, heads: i64, sources: [Tensor; 3]) -> Inputs {
    let d_model = sources[0].size()[2];
    projections(random, heads, d_model, sources)
}

/// Projections such that the projected entries have a variance near 1. `inner` is the width of all heads together.
pub(crate) fn projections(
    random: &Random,
    heads: i64,
    inner: i64,
    [query, key, value]: [Tensor; 3],
) -> Inputs {
    let width = |x: &Tensor| x.size()[2];
    let d_model = width(&query);
    let matrix = |d_out: i64, d_in: i64| random.normal(&[d_out, d_in]) / (d_in as f64).sqrt();
    Inputs::default()
        .with("heads", heads)
        .with("w_q", matrix(inner, d_model))
        .with("b_q", random.normal(&[inner]))
        .with("w_k", matrix(inner, width(&key)))
        .with("b_k", random.normal(&[inner]))
        .with("w_v", matrix(inner, width(&value)))
        .with("b_v", random.normal(&[inner]))
        .with("w_o", matrix(d_model, inner))
        .with("b_o", random.normal(&[d_model]))
        .with("query", query)
        .with("key", key)
        .with("value", value)
}
