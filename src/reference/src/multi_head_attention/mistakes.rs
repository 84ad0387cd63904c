//! The wrong ways of computing multi-head attention.
//!
//! Most are the right computation on altered inputs: without a bias, with a different mask, with W_K instead of W_V.
//! The others go by [`Steps`], of which they take one differently.

mod masks;

use tch::{Device, Kind, Tensor};

use super::cases::{AS_WIDE_AS_THE_MODEL, EQUALLY_WIDE, SELF_ATTENTION};
use super::model::{
    kernel, merge_by_reshaping, merge_interleaved, split, split_by_reshaping, split_interleaved,
};
use super::steps::{Project, RIGHT, Steps, d_k, d_model, heads, length, product, scaled};
use crate::attention_weights::{Attention, MAXIMUM_FROM_ZERO, WeightsFn, filled, weights_less};
use crate::inputs::Inputs;
use crate::scaled_dot_product::weights;
use crate::softmax::kernel::softmax;
use crate::task::Task;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    let task = without_mask(task, SELF_ATTENTION, EQUALLY_WIDE);
    output(masks::add(softmaxes(sources(other_scales(task)))))
}

/// Adds those that show in ordinary self-attention: in splitting, projecting and scaling.
///
/// Some need cases of self-attention, others cases in which query, key and value are equally wide.
pub(super) fn without_mask(
    task: Task,
    self_attention: &[&'static str],
    equally_wide: &[&'static str],
) -> Task {
    scales(projections(splits(task), self_attention, equally_wide))
}

fn splits(task: Task) -> Task {
    const BY_RESHAPING: Project = |x, w, b, heads| split_by_reshaping(&x.linear(w, Some(b)), heads);
    task.mistake(
        "split-by-reshaping",
        by(Steps {
            project: BY_RESHAPING,
            ..RIGHT
        }),
    )
    .mistake(
        "merged-by-reshaping",
        by(Steps {
            merge: merge_by_reshaping,
            ..RIGHT
        }),
    )
    .mistake(
        "split-and-merged-by-reshaping",
        by(Steps {
            project: BY_RESHAPING,
            merge: merge_by_reshaping,
            ..RIGHT
        }),
    )
    .mistake(
        "heads-interleaved",
        by(Steps {
            project: |x, w, b, heads| split_interleaved(&x.linear(w, Some(b)), heads),
            merge: merge_interleaved,
            ..RIGHT
        }),
    )
}

fn projections(task: Task, self_attention: &[&'static str], equally_wide: &[&'static str]) -> Task {
    task.mistake("weights-in-out", |x| {
        let mut inputs = x.clone();
        for w in ["w_q", "w_k", "w_v", "w_o"] {
            inputs = inputs.with(w, x[w].tr());
        }
        kernel(&inputs)
    })
    .only_in(self_attention)
    .mistake("no-projection-biases", |x| {
        kernel(&without(x, &["b_q", "b_k", "b_v"]))
    })
    .mistake("no-query-bias", |x| kernel(&without(x, &["b_q"])))
    .mistake("no-value-bias", |x| kernel(&without(x, &["b_v"])))
    .mistake("no-biases", |x| {
        kernel(&without(x, &["b_q", "b_k", "b_v", "b_o"]))
    })
    .mistake(
        "shared-projection",
        by(Steps {
            project: |x, w, b, heads| {
                let all = split(&x.linear(w, Some(b)), heads);
                all.narrow(1, 0, 1).expand_as(&all)
            },
            ..RIGHT
        }),
    )
    .mistake(
        "split-before-projecting",
        by(Steps {
            project: |x, w, b, heads| project_each_head(x, w, heads, Some(b)),
            ..RIGHT
        }),
    )
    .only_in(equally_wide)
    .mistake(
        "famous-tutorial",
        by(Steps {
            project: |x, w, _, heads| project_each_head(x, w, heads, None),
            scores: |q, k| product(q, k) / d_model(q).sqrt(),
            weights: |scores, mask| softmax(&filled(scores, mask, -1e20)),
            ..RIGHT
        }),
    )
    .only_in(equally_wide)
}

fn sources(task: Task) -> Task {
    task.mistake("keys-as-values", |x| {
        kernel(&x.clone().with("value", x["key"].copy()))
    })
    .only_in(EQUALLY_WIDE)
    .mistake("values-projected-by-w-k", |x| {
        let (w_k, b_k) = (x["w_k"].copy(), x["b_k"].copy());
        kernel(&x.clone().with("w_v", w_k).with("b_v", b_k))
    })
    .only_in(EQUALLY_WIDE)
    .mistake("keys-and-values-swapped", |x| {
        kernel(&swapped(
            x,
            &[["key", "value"], ["w_k", "w_v"], ["b_k", "b_v"]],
        ))
    })
    .form("keys-and-values-swapped", "key-and-value-swapped", |x| {
        kernel(&swapped(x, &[["key", "value"]]))
    })
    .only_in(EQUALLY_WIDE)
    .form("keys-and-values-swapped", "w-k-and-w-v-swapped", |x| {
        kernel(&swapped(x, &[["w_k", "w_v"], ["b_k", "b_v"]]))
    })
    .only_in(EQUALLY_WIDE)
}

fn scales(task: Task) -> Task {
    task.mistake(
        "no-scale",
        by(Steps {
            scores: product,
            ..RIGHT
        }),
    )
    .mistake(
        "scaled-by-d-k",
        by(Steps {
            scores: |q, k| product(q, k) / d_k(q),
            ..RIGHT
        }),
    )
    .mistake(
        "scaled-by-d-model",
        by(Steps {
            scores: |q, k| product(q, k) / d_model(q).sqrt(),
            ..RIGHT
        }),
    )
    .mistake(
        "scaled-by-heads",
        by(Steps {
            scores: |q, k| product(q, k) / heads(q).sqrt(),
            ..RIGHT
        }),
    )
}

/// Adds those that ordinary self-attention may hide, where a head is as wide as d_model / heads.
fn other_scales(task: Task) -> Task {
    task.mistake(
        "scaled-by-length",
        by(Steps {
            scores: |q, k| product(q, k) / length(k).sqrt(),
            ..RIGHT
        }),
    )
    .mistake("scaled-by-share-of-d-model", |x| {
        let (heads, d_model) = (x.size("heads") as f64, x["query"].size()[2] as f64);
        let head_dim = x["w_q"].size()[0] as f64 / heads;
        let factor = (head_dim / (d_model / heads)).sqrt();
        let (w_q, b_q) = (&x["w_q"] * factor, &x["b_q"] * factor);
        kernel(&x.clone().with("w_q", w_q).with("b_q", b_q))
    })
}

fn softmaxes(task: Task) -> Task {
    let task = task
        .mistake(
            "queries-and-keys-swapped",
            by(Steps {
                scores: |q, k| scaled(k, q),
                ..RIGHT
            }),
        )
        .only_in(SELF_ATTENTION)
        .mistake(
            "softmax-over-queries",
            with_weights(|scores, mask| {
                let mask = mask.map(|mask| mask.transpose(2, 3));
                weights(&scores.transpose(2, 3), mask.as_ref()).transpose(2, 3)
            }),
        )
        .mistake(
            "softmax-over-heads",
            with_weights(|scores, mask| {
                let mask = mask.map(|mask| mask.expand_as(scores).transpose(1, 3));
                weights(&scores.transpose(1, 3), mask.as_ref()).transpose(1, 3)
            }),
        )
        .mistake(
            "no-maximum",
            with_weights(|scores, mask| weights_less(scores, mask, &Tensor::from(0_f32))),
        );
    MAXIMUM_FROM_ZERO.into_iter().fold(task, |task, form| {
        let weights = form.weights;
        form.add_to(task, with_weights(weights))
    })
}

fn output(task: Task) -> Task {
    task.mistake("no-output-projection", |x| {
        let identity = Tensor::eye(x["w_o"].size()[0], (Kind::Float, Device::Cpu));
        kernel(&without(x, &["b_o"]).with("w_o", identity))
    })
    .only_in(AS_WIDE_AS_THE_MODEL)
    .mistake("no-output-bias", |x| kernel(&without(x, &["b_o"])))
    .mistake("weights-averaged", |x| {
        let Attention { weights, output } = kernel(x);
        let mean = weights.mean_dim([1].as_slice(), true, Kind::Float);
        Attention {
            weights: mean.expand_as(&weights),
            output,
        }
    })
    .mistake("weights-of-first-head", |x| {
        let Attention { weights, output } = kernel(x);
        Attention {
            weights: weights.narrow(1, 0, 1).expand_as(&weights),
            output,
        }
    })
    .mistake("weights-before-softmax", |x| {
        let scores = Steps {
            weights: |scores, _| scores.shallow_clone(),
            ..RIGHT
        }
        .run(x)
        .weights;
        Attention {
            weights: scores,
            ..kernel(x)
        }
    })
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Attention {
    move |x| steps.run(x)
}

/// Attention with other weights.
fn with_weights(weights: WeightsFn) -> impl Fn(&Inputs) -> Attention {
    by(Steps { weights, ..RIGHT })
}

/// The inputs with zeros instead of these.
fn without(x: &Inputs, names: &[&'static str]) -> Inputs {
    let mut inputs = x.clone();
    for name in names {
        inputs = inputs.with(name, x[*name].zeros_like());
    }
    inputs
}

/// The inputs with these exchanged.
fn swapped(x: &Inputs, pairs: &[[&'static str; 2]]) -> Inputs {
    let mut inputs = x.clone();
    for &[one, other] in pairs {
        inputs = inputs.with(one, x[other].copy()).with(other, x[one].copy());
    }
    inputs
}

/// Splits first, and then projects every head's share of x by the same (head_dim, head_dim) block of w.
fn project_each_head(x: &Tensor, w: &Tensor, heads: i64, b: Option<&Tensor>) -> Tensor {
    let shares = split(x, heads);
    let head_dim = shares.size()[3];
    let block = w.narrow(0, 0, head_dim).narrow(1, 0, head_dim);
    shares.linear(&block, b.map(|b| b.narrow(0, 0, head_dim)).as_ref())
}
