//! The wrong ways of computing an encoder block.
//!
//! Some are the right computation with altered weights: without a mask, with γ where β belongs. The others take one
//! [step](Steps) differently.

pub(super) mod keras;

use tch::Tensor;

use super::steps::{Block, POST_NORM, PRE_NORM, Steps, attend, keras_norm};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::sublayers::{attention_from, feed_forward, feed_forward_with, norm};
use crate::task::Task;

/// Adds those of the post-norm block.
pub(super) fn post_norm(task: Task) -> Task {
    let task = task
        .mistake(
            "no-first-residual",
            by(Steps {
                after_attention: |w, _, a| norm(w, 1, a),
                ..POST_NORM
            }),
        )
        .mistake(
            "no-second-residual",
            by(Steps {
                output: |w, _, _, f| norm(w, 2, f),
                ..POST_NORM
            }),
        )
        .mistake(
            "residual-from-the-input",
            by(Steps {
                output: |w, x, _, f| norm(w, 2, &(x + f)),
                ..POST_NORM
            }),
        )
        .mistake("norm-before", by(PRE_NORM))
        .mistake(
            "epsilon-1e-6",
            by(Steps {
                after_attention: |w, x, a| keras_norm(w, 1, &(x + a)),
                output: |w, _, h, f| keras_norm(w, 2, &(h + f)),
                ..POST_NORM
            }),
        )
        .mistake(
            "norm-inside-the-residual",
            by(Steps {
                after_attention: |w, x, a| x + norm(w, 1, a),
                output: |w, _, h, f| h + norm(w, 2, f),
                ..POST_NORM
            }),
        )
        .mistake(
            "no-residuals",
            by(Steps {
                after_attention: |w, _, a| norm(w, 1, a),
                output: |w, _, _, f| norm(w, 2, f),
                ..POST_NORM
            }),
        )
        .mistake(
            "no-norms",
            by(Steps {
                after_attention: |_, x, a| x + a,
                output: |_, _, h, f| h + f,
                ..POST_NORM
            }),
        )
        .mistake(
            "no-first-norm",
            by(Steps {
                after_attention: |_, x, a| x + a,
                ..POST_NORM
            }),
        )
        .mistake(
            "no-last-norm",
            by(Steps {
                output: |_, _, h, f| h + f,
                ..POST_NORM
            }),
        )
        .mistake(
            "feed-forward-of-the-input",
            by(Steps {
                feed_forward: |w, x, _| feed_forward(w, x),
                ..POST_NORM
            }),
        );
    with_other_weights(task, POST_NORM).mistake(
        "relu-forgotten",
        by(Steps {
            feed_forward: |w, _, h| no_relu(w, h),
            ..POST_NORM
        }),
    )
}

/// Adds those of the pre-norm block.
pub(super) fn pre_norm(task: Task) -> Task {
    let task = task
        .mistake(
            "no-first-residual",
            by(Steps {
                after_attention: |_, _, a| a.shallow_clone(),
                ..PRE_NORM
            }),
        )
        .mistake(
            "no-second-residual",
            by(Steps {
                output: |_, _, _, f| f.shallow_clone(),
                ..PRE_NORM
            }),
        )
        .mistake(
            "residual-from-the-input",
            by(Steps {
                output: |_, x, _, f| x + f,
                ..PRE_NORM
            }),
        )
        .mistake("norm-after", by(POST_NORM))
        .mistake(
            "residual-from-the-norm",
            by(Steps {
                after_attention: |w, x, a| norm(w, 1, x) + a,
                output: |w, _, h, f| norm(w, 2, h) + f,
                ..PRE_NORM
            }),
        )
        .form(
            "residual-from-the-norm",
            "first-residual-from-the-norm",
            by(Steps {
                after_attention: |w, x, a| norm(w, 1, x) + a,
                ..PRE_NORM
            }),
        )
        .form(
            "residual-from-the-norm",
            "second-residual-from-the-norm",
            by(Steps {
                output: |w, _, h, f| norm(w, 2, h) + f,
                ..PRE_NORM
            }),
        )
        .mistake(
            "epsilon-1e-6",
            by(Steps {
                attention: |w, x| attend(w, &keras_norm(w, 1, x)),
                feed_forward: |w, _, h| feed_forward(w, &keras_norm(w, 2, h)),
                ..PRE_NORM
            }),
        )
        .mistake(
            "no-residuals",
            by(Steps {
                after_attention: |_, _, a| a.shallow_clone(),
                output: |_, _, _, f| f.shallow_clone(),
                ..PRE_NORM
            }),
        )
        .mistake(
            "norm-inside-the-residual",
            by(Steps {
                attention: attend,
                after_attention: |w, x, a| x + norm(w, 1, a),
                feed_forward: |w, _, h| feed_forward(w, h),
                output: |w, _, h, f| h + norm(w, 2, f),
            }),
        )
        .mistake(
            "no-first-norm",
            by(Steps {
                attention: attend,
                ..PRE_NORM
            }),
        )
        .mistake(
            "no-second-norm",
            by(Steps {
                feed_forward: |w, _, h| feed_forward(w, h),
                ..PRE_NORM
            }),
        )
        .mistake(
            "norm-at-the-end",
            by(Steps {
                output: |w, _, h, f| norm(w, 2, &(h + f)),
                ..PRE_NORM
            }),
        )
        .mistake(
            "only-the-query-is-normed",
            by(Steps {
                attention: |w, x| {
                    attention_from(w, w.size("heads"), [&norm(w, 1, x), x, x], w.get("mask")).output
                },
                ..PRE_NORM
            }),
        );
    with_other_weights(task, PRE_NORM).mistake(
        "relu-forgotten",
        by(Steps {
            feed_forward: |w, _, h| no_relu(w, &norm(w, 2, h)),
            ..PRE_NORM
        }),
    )
}

/// Adds those that are the right steps with the wrong weights or without a mask.
fn with_other_weights(task: Task, right: Steps) -> Task {
    task.mistake("norms-swapped", move |x| {
        right.run(&Weights::from(x).swapped(&[["gamma_1", "gamma_2"], ["beta_1", "beta_2"]]))
    })
    .mistake("one-norm-for-both", move |x| right.run(&one_norm(x, 1)))
    .form("one-norm-for-both", "second-norm-for-both", move |x| {
        right.run(&one_norm(x, 2))
    })
    .mistake("gamma-and-beta-swapped", move |x| {
        right.run(&Weights::from(x).swapped(&[["gamma_1", "beta_1"], ["gamma_2", "beta_2"]]))
    })
    .mistake("mask-ignored", move |x| {
        right.run(&Weights::from(x).without("mask"))
    })
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Block {
    move |x| steps.run(&Weights::from(x))
}

/// Feed-forward without ReLU.
fn no_relu(w: &Weights, x: &Tensor) -> Tensor {
    feed_forward_with(w, x, Tensor::shallow_clone)
}

/// The weights with the norm of this number, 1 or 2, in the place of the other.
fn one_norm(x: &Inputs, number: usize) -> Weights {
    let w = Weights::from(x);
    let other = 3 - number;
    ["gamma", "beta"].iter().fold(w.part(""), |all, name| {
        all.with(
            &format!("{name}_{other}"),
            w[&format!("{name}_{number}")].shallow_clone(),
        )
    })
}
