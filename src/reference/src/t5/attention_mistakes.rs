//! The wrong ways of computing attention: the right steps with altered inputs, or with one taken differently.

use tch::{Kind, Tensor};

use super::attention::{STEPS, Steps};
use super::cases::{MASKED, SELF, SQUARE};
use crate::attention_weights::Attention;
use crate::inputs::Inputs;
use crate::multi_head_attention::{merge_by_reshaping, split_by_reshaping};
use crate::task::Task;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    layouts(masks(biases(scales(task)))).others_only_in(&["plain", "other-source"])
}

fn scales(task: Task) -> Task {
    task.mistake("divided-by-root-d-k", |x| divided(x, head_dim(x).sqrt()))
        .mistake("divided-by-root-d-model", |x| {
            divided(x, (x["x"].size()[2] as f64).sqrt())
        })
        .mistake("bias-divided-as-well", |x| {
            let root = head_dim(x).sqrt();
            let bias = &x["bias"] / root;
            divided(&x.clone().with("bias", bias), root)
        })
        .only_in(SELF)
}

fn biases(task: Task) -> Task {
    let with_bias = |change: fn(&Tensor) -> Tensor| {
        move |x: &Inputs| run(x, |x| [("bias", change(&x["bias"]))])
    };
    task.mistake("bias-forgotten", with_bias(Tensor::zeros_like))
        .only_in(SELF)
        .mistake("bias-subtracted", with_bias(|bias| -bias))
        .only_in(SELF)
        .mistake(
            "first-head-for-all",
            with_bias(|bias| bias.narrow(0, 0, 1).expand_as(bias)),
        )
        .only_in(SELF)
        .mistake(
            "bias-transposed",
            with_bias(|bias| bias.transpose(1, 2).contiguous()),
        )
        .only_in(SELF)
        .mistake(
            "bias-after-the-softmax",
            by(Steps {
                add: |scores, _| scores.shallow_clone(),
                after: |weights, bias| weights + bias,
                ..STEPS
            }),
        )
        .only_in(SELF)
}

fn masks(task: Task) -> Task {
    let with_mask = |change: fn(&Tensor) -> Tensor| {
        move |x: &Inputs| run(x, |x| [("mask", change(&x["mask"]))])
    };
    task.mistake("mask-ignored", with_mask(Tensor::ones_like))
        .only_in(MASKED)
        .mistake("mask-inverted", with_mask(Tensor::logical_not))
        .only_in(MASKED)
        .mistake(
            "mask-of-first-element",
            with_mask(|mask| mask.narrow(0, 0, 1).expand_as(mask)),
        )
        .only_in(MASKED)
        .mistake(
            "masked-scores-zeroed",
            by(Steps {
                weights: |scores, mask| {
                    let zeroed = match mask {
                        Some(mask) => scores.masked_fill(&mask.logical_not(), 0.0),
                        None => scores.shallow_clone(),
                    };
                    zeroed.softmax(-1, Kind::Float)
                },
                ..STEPS
            }),
        )
        .only_in(MASKED)
        .mistake(
            "uniform-on-masked-rows",
            by(Steps {
                weights: |scores, mask| {
                    let blocked = match mask {
                        Some(mask) => scores.masked_fill(&mask.logical_not(), -1e9),
                        None => scores.shallow_clone(),
                    };
                    blocked.softmax(-1, Kind::Float)
                },
                ..STEPS
            }),
        )
        .only_in(MASKED)
        .mistake(
            "nan-on-masked-rows",
            by(Steps {
                weights: |scores, mask| {
                    let blocked = match mask {
                        Some(mask) => scores.masked_fill(&mask.logical_not(), f64::NEG_INFINITY),
                        None => scores.shallow_clone(),
                    };
                    blocked.softmax(-1, Kind::Float)
                },
                ..STEPS
            }),
        )
        .only_in(MASKED)
        .mistake(
            "softmax-over-queries",
            by(Steps {
                weights: |scores, _| scores.softmax(-2, Kind::Float),
                ..STEPS
            }),
        )
        .only_in(["plain", "square"])
}

fn layouts(task: Task) -> Task {
    task.mistake("source-ignored", |x| {
        run(x, |x| [("source", x["x"].shallow_clone())])
    })
    .only_in(["other-source"])
    .mistake("values-from-the-target", |x| {
        run(x, |x| [("values", x["x"].shallow_clone())])
    })
    .only_in(["other-source"])
    .mistake("keys-from-the-target", |x| {
        run(x, |x| {
            [
                ("source", x["x"].shallow_clone()),
                ("values", x["source"].shallow_clone()),
            ]
        })
    })
    .only_in(["other-source"])
    .mistake("queries-and-keys-swapped", |x| {
        run(x, |x| {
            [
                ("w_q", x["w_k"].shallow_clone()),
                ("w_k", x["w_q"].shallow_clone()),
            ]
        })
    })
    .mistake("values-projected-by-w-k", |x| {
        run(x, |x| [("w_v", x["w_k"].shallow_clone())])
    })
    .mistake("weights-in-out", |x| {
        run(x, |x| {
            [
                ("w_q", x["w_q"].tr()),
                ("w_k", x["w_k"].tr()),
                ("w_v", x["w_v"].tr()),
                ("w_o", x["w_o"].tr()),
            ]
        })
    })
    .only_in(SQUARE)
    .mistake("output-layer-transposed", |x| {
        run(x, |x| [("w_o", x["w_o"].tr())])
    })
    .only_in(SQUARE)
    .mistake(
        "no-output-projection",
        by(Steps {
            output: |merged, _| merged.shallow_clone(),
            ..STEPS
        }),
    )
    .only_in(SQUARE)
    .mistake(
        "split-by-reshaping",
        by(Steps {
            split: split_by_reshaping,
            ..STEPS
        }),
    )
    .mistake(
        "merged-by-reshaping",
        by(Steps {
            merge: merge_by_reshaping,
            ..STEPS
        }),
    )
    .mistake(
        "split-and-merged-by-reshaping",
        by(Steps {
            split: split_by_reshaping,
            merge: merge_by_reshaping,
            ..STEPS
        }),
    )
}

/// The right steps with some inputs replaced.
fn run<const N: usize>(
    x: &Inputs,
    change: impl Fn(&Inputs) -> [(&'static str, Tensor); N],
) -> Attention {
    let changed = change(x)
        .into_iter()
        .fold(x.clone(), |x, (name, tensor)| x.with(name, tensor));
    STEPS.run(&changed)
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Attention {
    move |x| steps.run(x)
}

fn divided(x: &Inputs, divisor: f64) -> Attention {
    let w_q = &x["w_q"] / divisor;
    STEPS.run(&x.clone().with("w_q", w_q))
}

/// The width of a head.
fn head_dim(x: &Inputs) -> f64 {
    x["w_q"].size()[0] as f64 / x.size("heads") as f64
}
