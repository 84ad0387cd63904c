//! The wrong ways of computing multi-head attention.
//!
//! Most are the right computation on altered inputs: without a bias, with another mask, with W_K where W_V belongs.
//! The others go by [`Steps`], of which they take one differently.

use tch::{Device, Kind, Tensor};

use super::cases::{AS_WIDE_AS_THE_MODEL, EQUALLY_WIDE, SELF};
use super::model::{
    kernel, merge, merge_by_reshaping, merge_interleaved, split, split_by_reshaping,
    split_interleaved,
};
use crate::case::Inputs;
use crate::exercise::Task;
use crate::scaled_dot_product::{masked, nothing, softmax, softmax_filled, weights};

/// What looks small enough to block and is not, beside scores near −240.
const TOO_SMALL: f64 = -100.0;

/// Weights and output as the kernel computes them.
pub(super) fn right(x: &Inputs) -> Vec<Tensor> {
    let (output, weights) = kernel(x);
    vec![weights, output]
}

/// Adds them to the task.
pub(super) fn add(task: Task) -> Task {
    output(masks(softmaxes(sources(without_mask(task)))))
}

/// Those that show in ordinary self-attention: in splitting, projecting and scaling.
pub(super) fn without_mask(task: Task) -> Task {
    scales(projections(heads(task)))
}

fn heads(task: Task) -> Task {
    const BY_RESHAPING: Project = |x, w, b, heads| split_by_reshaping(&x.linear(w, Some(b)), heads);
    task.mistake("split-by-reshaping", |x| {
        Steps {
            project: BY_RESHAPING,
            ..RIGHT
        }
        .run(x)
    })
    .mistake("merged-by-reshaping", |x| {
        Steps {
            merge: merge_by_reshaping,
            ..RIGHT
        }
        .run(x)
    })
    .mistake("split-and-merged-by-reshaping", |x| {
        Steps {
            project: BY_RESHAPING,
            merge: merge_by_reshaping,
            ..RIGHT
        }
        .run(x)
    })
    .mistake("heads-interleaved", |x| {
        let project: Project = |x, w, b, heads| split_interleaved(&x.linear(w, Some(b)), heads);
        Steps {
            project,
            merge: merge_interleaved,
            ..RIGHT
        }
        .run(x)
    })
}

fn projections(task: Task) -> Task {
    task.mistake_in(SELF, "weights-in-out", |x| {
        right(
            &["w_q", "w_k", "w_v", "w_o"]
                .into_iter()
                .fold(copy(x), |x, w| {
                    let transposed = x[w].tr();
                    x.with(w, transposed)
                }),
        )
    })
    .mistake("no-projection-biases", |x| {
        right(&without(x, &["b_q", "b_k", "b_v"]))
    })
    .mistake("no-query-bias", |x| right(&without(x, &["b_q"])))
    .mistake("no-value-bias", |x| right(&without(x, &["b_v"])))
    .mistake("no-biases", |x| {
        right(&without(x, &["b_q", "b_k", "b_v", "b_o"]))
    })
    .mistake("shared-projection", |x| {
        let project: Project = |x, w, b, heads| {
            let all = split(&x.linear(w, Some(b)), heads);
            all.narrow(1, 0, 1).expand_as(&all)
        };
        Steps { project, ..RIGHT }.run(x)
    })
    .mistake_in(EQUALLY_WIDE, "split-before-projecting", |x| {
        Steps {
            project: |x, w, b, heads| head_sized(x, w, heads, Some(b)),
            ..RIGHT
        }
        .run(x)
    })
    .mistake_in(EQUALLY_WIDE, "famous-tutorial", |x| {
        Steps {
            project: |x, w, _, heads| head_sized(x, w, heads, None),
            scores: |q, k| product(q, k) / d_model(q).sqrt(),
            weights: |scores, mask| softmax(&masked(scores, mask, -1e20)),
            ..RIGHT
        }
        .run(x)
    })
}

fn sources(task: Task) -> Task {
    task.mistake_in(EQUALLY_WIDE, "keys-as-values", |x| {
        right(&copy(x).with("value", x["key"].copy()))
    })
    .mistake_in(EQUALLY_WIDE, "values-projected-by-w-k", |x| {
        right(
            &copy(x)
                .with("w_v", x["w_k"].copy())
                .with("b_v", x["b_k"].copy()),
        )
    })
}

fn scales(task: Task) -> Task {
    task.mistake("no-scale", |x| {
        Steps {
            scores: product,
            ..RIGHT
        }
        .run(x)
    })
    .mistake("scaled-by-d-k", |x| {
        Steps {
            scores: |q, k| product(q, k) / d_k(q),
            ..RIGHT
        }
        .run(x)
    })
    .mistake("scaled-by-d-model", |x| {
        Steps {
            scores: |q, k| product(q, k) / d_model(q).sqrt(),
            ..RIGHT
        }
        .run(x)
    })
    .mistake("scaled-by-heads", |x| {
        Steps {
            scores: |q, k| product(q, k) / heads_of(q).sqrt(),
            ..RIGHT
        }
        .run(x)
    })
}

fn softmaxes(task: Task) -> Task {
    task.mistake_in(SELF, "queries-and-keys-swapped", |x| {
        Steps {
            scores: |q, k| scaled(k, q),
            ..RIGHT
        }
        .run(x)
    })
    .mistake("softmax-over-queries", |x| {
        let over_queries: Weights = |scores, mask| {
            weights(
                &scores.transpose(2, 3),
                mask.map(|mask| mask.transpose(2, 3)).as_ref(),
            )
            .transpose(2, 3)
        };
        Steps {
            weights: over_queries,
            ..RIGHT
        }
        .run(x)
    })
    .mistake("softmax-over-heads", |x| {
        let over_heads: Weights = |scores, mask| {
            let mask = mask.map(|mask| mask.expand_as(scores).transpose(1, 3));
            weights(&scores.transpose(1, 3), mask.as_ref()).transpose(1, 3)
        };
        Steps {
            weights: over_heads,
            ..RIGHT
        }
        .run(x)
    })
    .mistake("no-maximum", |x| {
        let no_maximum: Weights = |scores, mask| less(scores, &Tensor::from(0_f32), mask);
        Steps {
            weights: no_maximum,
            ..RIGHT
        }
        .run(x)
    })
    .mistake("maximum-from-zero", |x| {
        let from_zero: Weights = |scores, mask| {
            let maximum = masked(scores, mask, f64::NEG_INFINITY)
                .amax([-1].as_slice(), true)
                .clamp_min(0.0);
            less(scores, &maximum, mask)
        };
        Steps {
            weights: from_zero,
            ..RIGHT
        }
        .run(x)
    })
}

fn masks(task: Task) -> Task {
    let altered = |x: &Inputs, alter: fn(&Tensor) -> Tensor| match x.get("mask").map(alter) {
        Some(mask) => right(&copy(x).with("mask", mask)),
        None => right(x),
    };
    task.mistake("mask-ignored", move |x| altered(x, Tensor::ones_like))
        .mistake("mask-inverted", move |x| altered(x, Tensor::logical_not))
        .mistake_in(SELF, "mask-transposed", move |x| {
            altered(x, |mask| mask.transpose(1, 2))
        })
        .mistake("mask-of-first-element", move |x| {
            altered(x, |mask| mask.narrow(0, 0, 1).expand_as(mask))
        })
        .mistake("mask-repeated-in-wrong-order", |x| {
            let in_wrong_order: Weights = |scores, mask| {
                let mask = mask.map(|mask| {
                    mask.squeeze_dim(1)
                        .repeat([scores.size()[1], 1, 1])
                        .view_as(scores)
                });
                weights(scores, mask.as_ref())
            };
            Steps {
                weights: in_wrong_order,
                ..RIGHT
            }
            .run(x)
        })
        .mistake("masked-scores-zeroed", |x| {
            Steps {
                weights: |scores, mask| softmax_filled(scores, mask, 0.0),
                ..RIGHT
            }
            .run(x)
        })
        .mistake_in(&["large-scores"], "sentinel-too-small", |x| {
            Steps {
                weights: |scores, mask| softmax_filled(scores, mask, TOO_SMALL),
                ..RIGHT
            }
            .run(x)
        })
        .mistake("mask-after-softmax", |x| {
            let after: Weights = |scores, mask| match mask {
                Some(mask) => softmax(scores) * mask,
                None => softmax(scores),
            };
            Steps {
                weights: after,
                ..RIGHT
            }
            .run(x)
        })
        .mistake("nan-on-masked-rows", |x| {
            let nan: Weights = |scores, mask| softmax(&masked(scores, mask, f64::NEG_INFINITY));
            Steps {
                weights: nan,
                ..RIGHT
            }
            .run(x)
        })
        .mistake("uniform-on-masked-rows", |x| {
            Steps {
                weights: |scores, mask| softmax(&masked(scores, mask, -1e9)),
                ..RIGHT
            }
            .run(x)
        })
        .mistake("zero-output-on-masked-rows", |x| {
            let (output, weights) = kernel(x);
            let output = match x.get("mask") {
                Some(mask) => output.masked_fill(&nothing(mask), 0.0),
                None => output,
            };
            vec![weights, output]
        })
}

fn output(task: Task) -> Task {
    task.mistake_in(AS_WIDE_AS_THE_MODEL, "no-output-projection", |x| {
        let identity = Tensor::eye(x["w_o"].size()[0], (Kind::Float, Device::Cpu));
        right(&without(x, &["b_o"]).with("w_o", identity))
    })
    .mistake("no-output-bias", |x| right(&without(x, &["b_o"])))
    .mistake("weights-averaged", |x| {
        let (output, weights) = kernel(x);
        vec![
            weights
                .mean_dim([1].as_slice(), true, Kind::Float)
                .expand_as(&weights),
            output,
        ]
    })
    .mistake("weights-before-softmax", |x| {
        let (output, _) = kernel(x);
        let scores = Steps {
            weights: |scores, _| scores.shallow_clone(),
            ..RIGHT
        }
        .run(x)
        .swap_remove(0);
        vec![scores, output]
    })
}

/// Projects (batch, length, width) and splits it into heads.
type Project = fn(&Tensor, &Tensor, &Tensor, i64) -> Tensor;

/// The weights from the scores (batch, heads, queries, keys) and the mask (batch, 1, queries, keys).
type Weights = fn(&Tensor, Option<&Tensor>) -> Tensor;

/// The steps of multi-head attention.
struct Steps {
    project: Project,
    scores: fn(&Tensor, &Tensor) -> Tensor,
    weights: Weights,
    merge: fn(&Tensor) -> Tensor,
}

/// The steps as they should be.
const RIGHT: Steps = Steps {
    project: |x, w, b, heads| split(&x.linear(w, Some(b)), heads),
    scores: scaled,
    weights,
    merge,
};

impl Steps {
    fn run(self, x: &Inputs) -> Vec<Tensor> {
        let project = |input, w, b| (self.project)(&x[input], &x[w], &x[b], x.size("heads"));
        let q = project("query", "w_q", "b_q");
        let k = project("key", "w_k", "b_k");
        let v = project("value", "w_v", "b_v");
        let mask = x.get("mask").map(|mask| mask.unsqueeze(1));
        let weights = (self.weights)(&(self.scores)(&q, &k), mask.as_ref());
        let output = (self.merge)(&weights.matmul(&v)).linear(&x["w_o"], Some(&x["b_o"]));
        vec![weights, output]
    }
}

fn product(q: &Tensor, k: &Tensor) -> Tensor {
    q.matmul(&k.transpose(2, 3))
}

fn scaled(q: &Tensor, k: &Tensor) -> Tensor {
    product(q, k) / d_k(q).sqrt()
}

/// The width of a head.
fn d_k(q: &Tensor) -> f64 {
    q.size()[3] as f64
}

/// The number of heads.
fn heads_of(q: &Tensor) -> f64 {
    q.size()[1] as f64
}

/// The width of all heads: in the paper, d_model.
fn d_model(q: &Tensor) -> f64 {
    (q.size()[1] * q.size()[3]) as f64
}

/// Splits first, and then projects every head's share of x by the same (head, head) block of w.
fn head_sized(x: &Tensor, w: &Tensor, heads: i64, b: Option<&Tensor>) -> Tensor {
    let shares = split(x, heads);
    let size = shares.size()[3];
    let block = w.narrow(0, 0, size).narrow(1, 0, size);
    shares.linear(&block, b.map(|b| b.narrow(0, 0, size)).as_ref())
}

/// The softmax with another number than its maximum subtracted from a row.
fn less(scores: &Tensor, constant: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let exp = (masked(scores, mask, f64::NEG_INFINITY) - constant).exp();
    zero_where_nothing(
        &(&exp / exp.sum_dim_intlist([-1].as_slice(), true, Kind::Float)),
        mask,
    )
}

/// 0 for queries that may attend to nothing.
fn zero_where_nothing(weights: &Tensor, mask: Option<&Tensor>) -> Tensor {
    mask.map_or_else(
        || weights.shallow_clone(),
        |mask| weights.masked_fill(&nothing(mask), 0.0),
    )
}

fn copy(x: &Inputs) -> Inputs {
    x.iter().fold(Inputs::default(), |all, (name, tensor)| {
        all.with(name, tensor.shallow_clone())
    })
}

/// The inputs with zeros in place of these.
fn without(x: &Inputs, names: &[&'static str]) -> Inputs {
    names
        .iter()
        .fold(copy(x), |all, name| all.with(name, x[*name].zeros_like()))
}
