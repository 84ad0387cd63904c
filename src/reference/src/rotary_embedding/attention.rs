//! Attention between rotated queries and rotated keys.

use tch::{Device, Kind, Tensor};

use super::{Layout, angles, layout, rotated, rotated_by, with_layout};
use crate::attention_weights::{
    Attention, FAR_BELOW, filled, finite_sentinel, finite_sentinel_added, weights_less,
};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::scaled_dot_product;
use crate::softmax::kernel::softmax;
use crate::task::Task;

pub(super) fn attention_with_rotary() -> Task {
    Task::new("attention_with_rotary", |x| attend(x, queries(x), keys(x)))
        .output("weights", ["query", "key"])
        .output("output", ["query", "feature"])
        .case(
            "causal",
            "a whole sequence of 6 with a causal mask, neighbours paired",
            |random| {
                with_layout(
                    with_causal_mask(qkv(random, [6, 6, 8, 4])),
                    0,
                    Layout::Interleaved,
                )
            },
        )
        .case(
            "continuing",
            "3 queries are the last of 7 positions, the first of them at 4; values are as wide as keys",
            |random| {
                with_layout(
                    with_causal_mask(qkv(random, [3, 7, 6, 6])),
                    0,
                    Layout::Halves,
                )
            },
        )
        .case(
            "offset",
            "no mask; the first key is at position 20, the first query at 21",
            |random| with_layout(qkv(random, [4, 5, 6, 2]), 20, Layout::Halves),
        )
        .case(
            "one-query",
            "a single new token attends to 5 keys at positions 9 to 13",
            |random| with_layout(qkv(random, [1, 5, 4, 6]), 9, Layout::Interleaved),
        )
        .case(
            "fully-masked-row",
            "query 1 may attend to nothing: its weights and its output are 0",
            |random| {
                let mask = Tensor::from_slice(&[true, false, true, true])
                    .unsqueeze(1)
                    .expand([4, 5], false);
                with_layout(
                    qkv(random, [4, 5, 2, 6]).with("mask", mask.contiguous()),
                    0,
                    Layout::Halves,
                )
            },
        )
        .case(
            "large-scores",
            "each score of a position with itself is 150: exp overflows unless the maximum is \
             subtracted",
            |random| {
                let inputs = with_causal_mask(qkv(random, [5, 5, 8, 3]));
                let q = unit(&inputs["q"]) * (150.0 * 8_f64.sqrt()).sqrt();
                with_layout(
                    inputs.with("k", q.shallow_clone()).with("q", q),
                    3,
                    Layout::Halves,
                )
            },
        )
        .case(
            "far-below",
            "each query may attend to its own position alone, with a score near −1,000,000: −10,000 \
             would not block the others",
            |random| {
                let inputs = qkv(random, [4, 4, 8, 6]);
                let q = unit(&inputs["q"]) * (FAR_BELOW * 8_f64.sqrt()).sqrt();
                let own = Tensor::eye(4, (Kind::Bool, Device::Cpu));
                let inputs = inputs.with("k", q.neg()).with("q", q).with("mask", own);
                with_layout(inputs, 5, Layout::Interleaved)
            },
        )
        .mistake("not-rotated", |x| {
            attend(x, x["q"].shallow_clone(), x["k"].shallow_clone())
        })
        .mistake("queries-not-rotated", |x| {
            attend(x, x["q"].shallow_clone(), keys(x))
        })
        .mistake("keys-not-rotated", |x| {
            attend(x, queries(x), x["k"].shallow_clone())
        })
        .mistake("values-rotated-too", |x| {
            let values = rotated(&x["v"], x.size("offset"), layout(x));
            scaled_dot_product::kernel(&queries(x), &keys(x), &values, x.get("mask"))
        })
        .mistake("past-ignored", |x| {
            attend(x, rotated(&x["q"], x.size("offset"), layout(x)), keys(x))
        })
        .mistake("queries-behind-the-keys", |x| {
            let behind = x.size("offset") + x["k"].size()[0];
            attend(x, rotated(&x["q"], behind, layout(x)), keys(x))
        })
        .mistake("past-on-the-keys", |x| {
            let offset = x.size("offset");
            attend(
                x,
                rotated(&x["q"], offset, layout(x)),
                rotated(&x["k"], offset + past(x), layout(x)),
            )
        })
        .mistake("keys-without-offset", |x| {
            attend(x, queries(x), rotated(&x["k"], 0, layout(x)))
        })
        .mistake("queries-without-offset", |x| {
            attend(x, rotated(&x["q"], past(x), layout(x)), keys(x))
        })
        .mistake("other-layout", |x| {
            let other = layout(x).other();
            let offset = x.size("offset");
            attend(
                x,
                rotated(&x["q"], offset + past(x), other),
                rotated(&x["k"], offset, other),
            )
        })
        .mistake("rotated-backwards", |x| {
            let backwards = |vectors: &Tensor, offset: i64| {
                rotated_by(vectors, &angles(vectors, offset).neg(), layout(x))
            };
            let offset = x.size("offset");
            attend(
                x,
                backwards(&x["q"], offset + past(x)),
                backwards(&x["k"], offset),
            )
        })
        .mistake("no-scale", |x| {
            attend(x, queries(x) * (x["q"].size()[1] as f64).sqrt(), keys(x))
        })
        .mistake("scaled-by-d-k", |x| {
            attend(x, queries(x) / (x["q"].size()[1] as f64).sqrt(), keys(x))
        })
        .mistake("scaled-by-pairs", |x| {
            attend(x, queries(x) * 2_f64.sqrt(), keys(x))
        })
        .mistake("mask-inverted", |x| {
            let inverted = x.get("mask").map(Tensor::logical_not);
            scaled_dot_product::kernel(&queries(x), &keys(x), &x["v"], inverted.as_ref())
        })
        .mistake("no-maximum", |x| {
            attend_with(x, |scores, mask| {
                weights_less(scores, mask, &Tensor::from(0_f32))
            })
        })
        .mistake("mask-ignored", |x| {
            scaled_dot_product::kernel(&queries(x), &keys(x), &x["v"], None)
        })
        .mistake("finite-sentinel", |x| attend_with(x, finite_sentinel))
        .mistake("finite-sentinel-added", |x| {
            attend_with(x, finite_sentinel_added)
        })
        .mistake("nan-on-masked-rows", |x| blocked_by(x, f64::NEG_INFINITY))
        .mistake("uniform-on-masked-rows", |x| blocked_by(x, -1e9))
        .property(
            Property::new(
                "only-the-distance-matters",
                "moving queries and keys 45 positions on together changes nothing",
            )
            .in_case("continuing")
            .set("offset", 45)
            .expect_same(["weights", "output"]),
        )
        .property(
            Property::new(
                "the-future-does-not-matter",
                "under a causal mask, changing position 4 changes nothing before it",
            )
            .in_case("causal")
            .disturb(["q", "k", "v"], 0, 4)
            .expect_same_before(["weights", "output"], 0, 4),
        )
        .property(
            Property::new("rows-sum-to-one", "each row of the weights adds up to 1")
                .in_case("causal")
                .disturb(["q"], 0, 0)
                .expect_sum_of_one(["weights"], 1),
        )
}

/// Sizes are those of queries, keys, head_dim and d_v.
fn qkv(random: &Random, [queries, keys, head_dim, d_v]: [i64; 4]) -> Inputs {
    Inputs::default()
        .with("q", random.normal(&[queries, head_dim]))
        .with("k", random.normal(&[keys, head_dim]))
        .with("v", random.normal(&[keys, d_v]))
}

/// With a causal mask, in which the queries are the last of the keys' positions.
fn with_causal_mask(inputs: Inputs) -> Inputs {
    let shape = [inputs["q"].size()[0], inputs["k"].size()[0]];
    let mask = Tensor::ones(shape, (Kind::Bool, Device::Cpu)).tril(past(&inputs));
    inputs.with("mask", mask)
}

/// Every row at the length 1.
fn unit(vectors: &Tensor) -> Tensor {
    vectors / vectors.linalg_norm(2.0, [-1].as_slice(), true, Kind::Float)
}

/// The number of keys before the first query.
fn past(x: &Inputs) -> i64 {
    x["k"].size()[0] - x["q"].size()[0]
}

fn queries(x: &Inputs) -> Tensor {
    rotated(&x["q"], x.size("offset") + past(x), layout(x))
}

fn keys(x: &Inputs) -> Tensor {
    rotated(&x["k"], x.size("offset"), layout(x))
}

fn attend(x: &Inputs, q: Tensor, k: Tensor) -> Attention {
    scaled_dot_product::kernel(&q, &k, &x["v"], x.get("mask"))
}

/// Attention that knows nothing of queries that may attend to nothing.
fn blocked_by(x: &Inputs, sentinel: f64) -> Attention {
    attend_with(x, |scores, mask| softmax(&filled(scores, mask, sentinel)))
}

/// Attention with other weights.
fn attend_with(x: &Inputs, weights: impl Fn(&Tensor, Option<&Tensor>) -> Tensor) -> Attention {
    let scores = queries(x).matmul(&keys(x).tr()) / (x["q"].size()[1] as f64).sqrt();
    let weights = weights(&scores, x.get("mask"));
    Attention {
        output: weights.matmul(&x["v"]),
        weights,
    }
}
