//! Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1), from libtorch's own kernel.

use attentive_grader::{Edit, Property, Relation, Tolerance};
use tch::{Device, Kind, Tensor};

use crate::case::{Inputs, Random};
use crate::exercise::{Exercise, Task};
use crate::weighting::{OF_MASK, OF_ONE_RESULT, OF_SOFTMAX, Weigh};

/// Correct `f32` implementations differ most in the cases with large scores: a score of 200 carries an error of
/// 200 · 2⁻²⁴ for each of its roundings, and the softmax turns it into a relative error of the weight.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-4,
};

/// Beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104.
const FAR: f32 = 150.0;

/// The exercise `scaled-dot-product`.
pub fn exercise() -> Exercise {
    Exercise::new("scaled-dot-product", TOLERANCE)
        .task(scores())
        .task(attention())
}

/// Output (queries, d_v) and weights (queries, keys) as libtorch's kernel computes them.
///
/// The kernel does not hand out its weights. But when the values are the identity matrix, its output is the weights.
pub fn kernel(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> (Tensor, Tensor) {
    let attend =
        |v: &Tensor| Tensor::scaled_dot_product_attention(q, k, v, mask, 0.0, false, None, false);
    (
        attend(v),
        attend(&Tensor::eye(
            k.size()[k.dim() - 2],
            (Kind::Float, Device::Cpu),
        )),
    )
}

/// The same by the formula, softmax(Q Kᵀ / √d_k) V, with 0 for a query that may attend to nothing. There may be axes
/// before the two.
pub fn formula(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> (Tensor, Tensor) {
    let weights = weights(&(q.matmul(&k.transpose(-2, -1)) / width(k).sqrt()), mask);
    (weights.matmul(v), weights)
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
    Task::new("scores", |x| vec![scaled(x)])
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
        .mistake("no-scale", |x| vec![product(x)])
        .mistake("scaled-by-d-k", |x| vec![product(x) / width(&x["k"])])
        .mistake("multiplied-by-root", |x| {
            vec![product(x) * width(&x["k"]).sqrt()]
        })
        .mistake("scaled-by-length", |x| {
            vec![product(x) / length(&x["k"]).sqrt()]
        })
        .mistake_in(&["square"], "keys-not-transposed", |x| {
            vec![x["q"].matmul(&x["k"]) / width(&x["k"]).sqrt()]
        })
        .mistake("keys-reshaped", |x| vec![with_reshaped_keys(x)])
        .mistake("softmax-too-early", |x| vec![softmax(&scaled(x))])
        .mistake("cosine", |x| {
            let norm = |x: &Tensor| x.linalg_norm(2.0, [-1].as_slice(), true, Kind::Float);
            vec![product(x) / norm(&x["q"]) / norm(&x["k"]).tr()]
        })
        .property(Property {
            name: "keys-in-another-order".into(),
            sentence:
                "a score is linear in the query: moving the keys moves the columns of the scores"
                    .into(),
            case: "plain".into(),
            edits: vec![Edit::Rotate {
                input: "k".into(),
                axis: 0,
            }],
            relations: vec![Relation::Rotated {
                output: "scores".into(),
                axis: 1,
            }],
        })
}

fn attention() -> Task {
    let task = Task::new("attention", |x| {
        let (output, weights) = kernel(&x["q"], &x["k"], &x["v"], x.get("mask"));
        vec![weights, output]
    })
    .output("weights", &["query", "key"])
    .output("output", &["query", "feature"])
    .case("plain", "no mask; queries, keys, d_k and d_v all differ", |random| qkv(random, 5, 7, 11, 3))
    .case("square", "as many keys as features, so that a missing transposition goes through", |random| {
        qkv(random, 6, 4, 4, 5)
    })
    .case("causal", "each query may attend to its own position and to earlier ones", |random| {
        qkv(random, 6, 6, 4, 3).with("mask", Tensor::ones([6, 6], (Kind::Bool, Device::Cpu)).tril(0))
    })
    .case("padding", "the last two keys are padding, which no query may attend to", |random| {
        qkv(random, 4, 7, 5, 3).with("mask", up_to(7, 5).expand([4, 7], false))
    })
    .case(
        "fully-masked-row",
        "query 2 may attend to nothing: its weights and its output are 0, not NaN",
        |random| {
            let row = Tensor::from_slice(&[true, true, false, true]).unsqueeze(1);
            qkv(random, 4, 5, 6, 3).with("mask", row.logical_and(&up_to(5, 4)))
        },
    )
    .case("large-scores", "scores near 200: exp overflows unless the maximum is subtracted", |random| {
        shifted(qkv(random, 3, 5, 16, 4), 7.0)
    })
    .case(
        "large-negative-scores",
        "scores near −200, two keys blocked: no number is small enough to block but −∞",
        |random| shifted(qkv(random, 3, 6, 16, 4), -7.0).with("mask", up_to(6, 4).expand([3, 6], false)),
    )
    .case(
        "blocked-is-largest",
        "a blocked key has by far the largest score: the others are not to be compared with it",
        |random| {
            let inputs = raised(qkv(random, 3, 5, 4, 2), &[1.0; 3], &[0.0, 0.0, 0.0, 0.0, FAR]);
            inputs.with("mask", up_to(5, 4).expand([3, 5], false))
        },
    )
    .case(
        "rows-far-apart",
        "scores near 150, 0 and −150: exp overflows or gives 0 unless each row's own maximum is subtracted",
        |random| raised(qkv(random, 3, 6, 4, 2), &[FAR, 0.0, -FAR], &[1.0; 6]),
    )
    .case(
        "one-far-above",
        "one score of each row is 150 above the others: no other number is safe to subtract, not even their mean",
        |random| raised(qkv(random, 3, 5, 4, 2), &[1.0; 3], &[0.0, 0.0, FAR, 0.0, 0.0]),
    )
    .case("one-far-below", "one score of each row is 150 below the others, which share the weight", |random| {
        raised(qkv(random, 2, 4, 6, 3), &[1.0; 2], &[-FAR, 0.0, 0.0, 0.0])
    })
    .case("single", "one query and one key: the weight is 1", |random| qkv(random, 1, 1, 3, 2))
    .mistake("no-scale", |x| attend(x, product, weights))
    .mistake("scaled-by-d-k", |x| attend(x, |x| product(x) / width(&x["k"]), weights))
    .mistake("scaled-by-d-model", |x| attend(x, |x| product(x) / width(&x["v"]).sqrt(), weights))
    .mistake("scaled-by-length", |x| attend(x, |x| product(x) / length(&x["k"]).sqrt(), weights))
    .mistake_in(&["square"], "keys-not-transposed", |x| {
        attend(x, |x| x["q"].matmul(&x["k"]) / width(&x["k"]).sqrt(), weights)
    })
    .mistake("keys-reshaped", |x| attend(x, with_reshaped_keys, weights))
    .mistake("softmax-over-queries", |x| {
        attend(x, scaled, |scores, mask| weights(&scores.tr(), mask.map(Tensor::tr).as_ref()).tr())
    })
    .mistake("weights-before-softmax", |x| {
        let (output, _) = formula(&x["q"], &x["k"], &x["v"], x.get("mask"));
        vec![scaled(x), output]
    })
    .mistake_in(&["causal"], "mask-transposed", |x| {
        attend(x, scaled, |scores, mask| weights(scores, mask.map(Tensor::tr).as_ref()))
    });
    let task = OF_SOFTMAX
        .into_iter()
        .chain(OF_MASK)
        .fold(task, |task, (id, weigh)| {
            task.mistake(id, move |x| attend(x, scaled, weigh))
        });
    let task = OF_ONE_RESULT
        .into_iter()
        .fold(task, |task, (id, returned, summed_with)| {
            task.mistake(id, move |x| attend_with_two(x, returned, summed_with))
        });
    properties(task)
}

fn properties(task: Task) -> Task {
    task.property(Property {
        name: "rows-sum-to-one".into(),
        sentence: "each row of the weights adds up to 1".into(),
        case: "causal".into(),
        edits: vec![Edit::Disturb {
            input: "q".into(),
            axis: 0,
            from: 0,
        }],
        relations: vec![Relation::SumsToOne {
            output: "weights".into(),
            axis: 1,
        }],
    })
    .property(Property {
        name: "keys-in-another-order".into(),
        sentence:
            "moving keys, values and mask together moves the weights and leaves the output as it is"
                .into(),
        case: "padding".into(),
        edits: vec![
            Edit::Rotate {
                input: "k".into(),
                axis: 0,
            },
            Edit::Rotate {
                input: "v".into(),
                axis: 0,
            },
            Edit::Rotate {
                input: "mask".into(),
                axis: 1,
            },
        ],
        relations: vec![
            Relation::Rotated {
                output: "weights".into(),
                axis: 1,
            },
            Relation::Same {
                output: "output".into(),
            },
        ],
    })
    .property(Property {
        name: "the-future-does-not-matter".into(),
        sentence: "under a causal mask, changing position 4 changes nothing before it".into(),
        case: "causal".into(),
        edits: ["q", "k", "v"]
            .map(|input| Edit::Disturb {
                input: input.into(),
                axis: 0,
                from: 4,
            })
            .into(),
        relations: ["weights", "output"]
            .map(|output| Relation::SameBefore {
                output: output.into(),
                axis: 0,
                before: 4,
            })
            .into(),
    })
    .property(Property {
        name: "padding-does-not-matter".into(),
        sentence: "what stands in padded keys and values changes nothing".into(),
        case: "padding".into(),
        edits: ["k", "v"]
            .map(|input| Edit::Disturb {
                input: input.into(),
                axis: 0,
                from: 5,
            })
            .into(),
        relations: ["weights", "output"]
            .map(|output| Relation::Same {
                output: output.into(),
            })
            .into(),
    })
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

/// A mask (1, keys) that allows the first few.
fn up_to(keys: i64, allowed: i64) -> Tensor {
    Tensor::arange(keys, (Kind::Int64, Device::Cpu))
        .less(allowed)
        .unsqueeze(0)
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
fn attend(x: &Inputs, scores: impl Fn(&Inputs) -> Tensor, weights: Weigh) -> Vec<Tensor> {
    let weights = weights(&scores(x), x.get("mask"));
    let output = weights.matmul(&x["v"]);
    vec![weights, output]
}

/// Attention whose weights are one thing, and whose output is made with other ones.
fn attend_with_two(x: &Inputs, returned: Weigh, summed_with: Weigh) -> Vec<Tensor> {
    let (scores, mask) = (scaled(x), x.get("mask"));
    vec![
        returned(&scores, mask),
        summed_with(&scores, mask).matmul(&x["v"]),
    ]
}

pub(crate) fn masked(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    mask.map_or_else(
        || scores.shallow_clone(),
        |mask| scores.masked_fill(&mask.logical_not(), sentinel),
    )
}

/// Softmax of scores whose maximum is not subtracted before exp.
pub(crate) fn without_maximum(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let exp = masked(scores, mask, f64::NEG_INFINITY).exp();
    let weights = &exp / exp.sum_dim_intlist([-1].as_slice(), true, Kind::Float);
    mask.map_or_else(
        || weights.shallow_clone(),
        |mask| weights.masked_fill(&nothing(mask), 0.0),
    )
}

/// Softmax with a sentinel that is not −∞, but with 0 where a query may attend to nothing.
pub(crate) fn softmax_filled(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    let weights = softmax(&masked(scores, mask, sentinel));
    mask.map_or_else(
        || weights.shallow_clone(),
        |mask| weights.masked_fill(&nothing(mask), 0.0),
    )
}

/// Where (queries, 1) a query may attend to nothing.
pub(crate) fn nothing(mask: &Tensor) -> Tensor {
    mask.any_dim(-1, true).logical_not()
}
