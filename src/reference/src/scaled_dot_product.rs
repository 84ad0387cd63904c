//! Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1), from libtorch's own kernel.

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::attention_weights::{
    Attention, MASK_MISTAKES, SOFTMAX_MISTAKES, SPLIT_MISTAKES, SplitMistake, WeightsFn, blocked,
    filled, normalised, zero_in_empty_rows,
};
use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::masks::kernel::causal;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// Correct `f32` implementations differ most in the cases with large scores: a score of 200 carries an error of
/// 200 · 2⁻²⁴ for each of its roundings, and the softmax turns it into a relative error of the weight.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-4,
};

/// A score beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104.
const OVERFLOWING_LOGIT: f32 = 150.0;

/// The exercise `scaled-dot-product`.
pub fn exercise() -> Exercise {
    Exercise::new("scaled-dot-product", TOLERANCE)
        .task(scores())
        .task(attention())
}

/// Weights (queries, keys) and output (queries, d_v) as libtorch's kernel computes them.
///
/// The kernel does not hand out its weights. But when the values are the identity matrix, its output is the weights.
pub fn kernel(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Attention {
    let attend =
        |v: &Tensor| Tensor::scaled_dot_product_attention(q, k, v, mask, 0.0, false, None, false);
    let keys = k.size()[k.dim() - 2];
    Attention {
        weights: attend(&Tensor::eye(keys, (Kind::Float, Device::Cpu))),
        output: attend(v),
    }
}

/// The formula, softmax(Q Kᵀ / √d_k) V, with 0 for a query that may attend to nothing. There may be axes
/// before the two.
pub fn formula(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Attention {
    let weights = weights(&(q.matmul(&k.transpose(-2, -1)) / width(k).sqrt()), mask);
    Attention {
        output: weights.matmul(v),
        weights,
    }
}

/// Softmax over the keys that the mask allows.
pub(crate) fn weights(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let Some(mask) = mask else {
        return softmax(scores);
    };
    let blocked = mask.logical_not();
    softmax(&scores.masked_fill(&blocked, f64::NEG_INFINITY)).masked_fill(&blocked, 0.0)
}

pub(crate) fn softmax(scores: &Tensor) -> Tensor {
    scores.softmax(-1, Kind::Float)
}

fn width(x: &Tensor) -> f64 {
    x.size()[x.dim() - 1] as f64
}

fn length(x: &Tensor) -> f64 {
    x.size()[0] as f64
}

fn scores() -> Task {
    Task::new("scores", scaled)
        .output("scores", &["query", "key"])
        .case(
            "plain",
            "5 queries, 7 keys, so that no transposition can hide",
            |random| {
                Inputs::default()
                    .with("q", random.normal(&[5, 11]))
                    .with("k", random.normal(&[7, 11]))
            },
        )
        .case(
            "wide",
            "64 features: scores grow with the width unless they are scaled",
            |random| {
                Inputs::default()
                    .with("q", random.normal(&[3, 64]))
                    .with("k", random.normal(&[2, 64]))
            },
        )
        .case(
            "square",
            "4 keys of 4 features: here even a product with the wrong shape goes through",
            |random| {
                Inputs::default()
                    .with("q", random.normal(&[6, 4]))
                    .with("k", random.normal(&[4, 4]))
            },
        )
        .case("single", "one query and one key", |random| {
            Inputs::default()
                .with("q", random.normal(&[1, 3]))
                .with("k", random.normal(&[1, 3]))
        })
        .mistake("no-scale", product)
        .mistake("scaled-by-d-k", |x| product(x) / width(&x["k"]))
        .mistake("multiplied-by-root", |x| product(x) * width(&x["k"]).sqrt())
        .mistake("scaled-by-length", |x| product(x) / length(&x["k"]).sqrt())
        .mistake("keys-not-transposed", |x| {
            x["q"].matmul(&x["k"]) / width(&x["k"]).sqrt()
        })
        .only_in(["square"])
        .mistake("keys-reshaped", with_reshaped_keys)
        .mistake("softmax-too-early", |x| softmax(&scaled(x)))
        .mistake("cosine", |x| {
            let norm = |x: &Tensor| x.linalg_norm(2.0, [-1].as_slice(), true, Kind::Float);
            product(x) / norm(&x["q"]) / norm(&x["k"]).tr()
        })
        .property(
            Property::new(
                "keys-in-another-order",
                "a score is linear in the query: moving the keys moves the columns of the scores",
            )
            .in_case("plain")
            .rotate(["k"], 0)
            .expect_rotated(["scores"], 1),
        )
}

fn attention() -> Task {
    let task = Task::new("attention", |x| {
        kernel(&x["q"], &x["k"], &x["v"], x.get("mask"))
    })
    .output("weights", &["query", "key"])
    .output("output", &["query", "feature"])
    .case(
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
        "scores near −200, two keys blocked: no number is small enough to block but −∞",
        |random| shifted(qkv(random, 3, 6, 16, 4), -7.0).with("mask", first_keys(6, &[4; 3])),
    )
    .case(
        "blocked-is-largest",
        "a blocked key has by far the largest score: the others are not to be compared with it",
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
    .mistake("no-scale", |x| attend(x, product, weights))
    .mistake("scaled-by-d-k", |x| {
        attend(x, |x| product(x) / width(&x["k"]), weights)
    })
    .mistake("scaled-by-d-model", |x| {
        attend(x, |x| product(x) / width(&x["v"]).sqrt(), weights)
    })
    .mistake("scaled-by-length", |x| {
        attend(x, |x| product(x) / length(&x["k"]).sqrt(), weights)
    })
    .mistake("keys-not-transposed", |x| {
        attend(
            x,
            |x| x["q"].matmul(&x["k"]) / width(&x["k"]).sqrt(),
            weights,
        )
    })
    .only_in(["square"])
    .mistake("keys-reshaped", |x| attend(x, with_reshaped_keys, weights))
    .mistake("softmax-over-queries", |x| {
        attend(x, scaled, |scores, mask| {
            weights(&scores.tr(), mask.map(Tensor::tr).as_ref()).tr()
        })
    })
    .mistake("weights-before-softmax", |x| Attention {
        weights: scaled(x),
        ..formula(&x["q"], &x["k"], &x["v"], x.get("mask"))
    })
    .mistake("mask-transposed", |x| {
        attend(x, scaled, |scores, mask| {
            weights(scores, mask.map(Tensor::tr).as_ref())
        })
    })
    .only_in(["causal"]);
    let mistakes = SOFTMAX_MISTAKES.into_iter().chain(MASK_MISTAKES);
    let task = mistakes.fold(task, |task, (id, weights)| {
        task.mistake(id, move |x| attend(x, scaled, weights))
    });
    let task = SPLIT_MISTAKES.into_iter().fold(task, |task, mistake| {
        let SplitMistake {
            id,
            returned,
            summed_with,
        } = mistake;
        task.mistake(id, move |x| {
            attend_with_two_weights(x, returned, summed_with)
        })
    });
    properties(task)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new("rows-sum-to-one", "each row of the weights adds up to 1")
            .in_case("causal")
            .disturb(["q"], 0, 0)
            .expect_sum_of_one(["weights"], 1),
    )
    .property(
        Property::new(
            "keys-in-another-order",
            "moving keys, values and mask together moves the weights and leaves the output as it \
             is",
        )
        .in_case("padding")
        .rotate(["k", "v"], 0)
        .rotate(["mask"], 1)
        .expect_rotated(["weights"], 1)
        .expect_same(["output"]),
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
        Property::new(
            "padding-does-not-matter",
            "what stands in padded keys and values changes nothing",
        )
        .in_case("padding")
        .disturb(["k", "v"], 0, 5)
        .expect_same(["weights", "output"]),
    )
}

fn qkv(random: &Random, queries: i64, keys: i64, d_k: i64, d_v: i64) -> Inputs {
    Inputs::default()
        .with("q", random.normal(&[queries, d_k]))
        .with("k", random.normal(&[keys, d_k]))
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

fn product(x: &Inputs) -> Tensor {
    x["q"].matmul(&x["k"].tr())
}

fn scaled(x: &Inputs) -> Tensor {
    product(x) / width(&x["k"]).sqrt()
}

/// The scores with keys that are given the shape (d_k, keys) in the order in which they lie in memory.
fn with_reshaped_keys(x: &Inputs) -> Tensor {
    let k = &x["k"];
    x["q"].matmul(&k.reshape([k.size()[1], k.size()[0]])) / width(k).sqrt()
}

/// Attention from other scores, or with other weights.
fn attend(x: &Inputs, scores: impl Fn(&Inputs) -> Tensor, weights: WeightsFn) -> Attention {
    let weights = weights(&scores(x), x.get("mask"));
    Attention {
        output: weights.matmul(&x["v"]),
        weights,
    }
}

/// Attention that returns some weights, and an output that is made with others.
fn attend_with_two_weights(x: &Inputs, returned: WeightsFn, summed_with: WeightsFn) -> Attention {
    let (scores, mask) = (scaled(x), x.get("mask"));
    Attention {
        weights: returned(&scores, mask),
        output: summed_with(&scores, mask).matmul(&x["v"]),
    }
}

/// Softmax of scores whose maximum is not subtracted before exp.
pub(crate) fn without_maximum(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let exponentials = blocked(scores, mask).exp();
    zero_in_empty_rows(&normalised(&exponentials), mask)
}

/// Softmax with a sentinel that is not −∞, but with 0 where a query may attend to nothing.
pub(crate) fn softmax_filled(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    zero_in_empty_rows(&softmax(&filled(scores, mask, sentinel)), mask)
}
