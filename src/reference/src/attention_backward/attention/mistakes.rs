//! The wrong ways of computing the gradients of attention.

mod masks;
mod products;

use tch::{Kind, Tensor};

use super::cases::TELLING;
use super::named;
use crate::attention_backward::steps::{Steps, sum_of_columns, sum_of_rows};
use crate::attention_weights::{WeightsFn, filled, weights, weights_less};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    let task = products::add(of_scales(of_the_softmax(task)));
    masks::add(of_overflow(task.others_only_in(TELLING)))
}

/// Adds the mistakes with the derivative of the softmax.
fn of_the_softmax(task: Task) -> Task {
    let task = task
        .mistake(
            "diagonal-jacobian",
            dscores(|x| &x.weights * (1.0 - &x.weights) * x.dweights()),
        )
        .mistake("row-sum-left-out", dscores(|x| &x.weights * x.dweights()))
        .mistake(
            "sign-of-the-row-sum",
            dscores(|x| &x.weights * (x.dweights() + x.mean())),
        )
        .mistake("weights-left-out", dscores(|x| x.dweights() - x.mean()));
    of_skipped_softmaxes(of_the_mean(task))
}

/// Adds the mistakes with the mean of a row of dP.
fn of_the_mean(task: Task) -> Task {
    task.mistake(
        "summed-over-queries",
        with_mean(|x| sum_of_columns(&(x.dweights() * &x.weights))),
    )
    .form(
        "summed-over-queries",
        "summed-over-everything",
        with_mean(|x| x.mean().sum(Kind::Double)),
    )
    .mistake(
        "mean-without-weights",
        with_mean(|x| x.dweights().mean_dim(-1, true, None::<Kind>)),
    )
    .form(
        "mean-without-weights",
        "sum-without-weights",
        with_mean(|x| sum_of_rows(&x.dweights())),
    )
    .mistake(
        "mean-divided-by-keys",
        with_mean(|x| x.mean() / x.k.size()[0] as f64),
    )
}

/// Adds the mistakes that leave the softmax out, or a part of it.
fn of_skipped_softmaxes(task: Task) -> Task {
    task.mistake("softmax-not-passed", dscores(Steps::dweights))
        .only_in(["plain", "causal"])
        .form(
            "softmax-not-passed",
            "softmax-not-passed-where-allowed",
            dscores(|x| filled(&x.dweights(), x.mask.as_ref(), 0.0)),
        )
        .only_in(["causal"])
        .mistake(
            "weights-before-softmax",
            by_weights(|scores, _| scores.shallow_clone()),
        )
        .form(
            "weights-before-softmax",
            "scores-in-dv",
            wrong(|x| {
                let [dq, dk, _] = x.gradients();
                [dq, dk, x.with_weights(x.scores()).dv()]
            }),
        )
}

fn of_overflow(task: Task) -> Task {
    task.mistake(
        "no-maximum",
        by_weights(|scores, mask| {
            // Exponentials overflow in `f32`, not in `f64`.
            weights_less(&scores.to_kind(Kind::Float), mask, &Tensor::from(0_f32))
        }),
    )
}

/// Adds the mistakes with 1 / √d_k.
fn of_scales(task: Task) -> Task {
    let task = task
        .mistake("scale-left-out", scaled(|x| [1.0 / x.scale(); 2]))
        .form(
            "scale-left-out",
            "scale-left-out-of-dq",
            scaled(|x| [1.0 / x.scale(), 1.0]),
        )
        .form(
            "scale-left-out",
            "scale-left-out-of-dk",
            scaled(|x| [1.0, 1.0 / x.scale()]),
        )
        .mistake("scaled-twice", scaled(|x| [x.scale(); 2]))
        .form(
            "scaled-twice",
            "dq-scaled-twice",
            scaled(|x| [x.scale(), 1.0]),
        )
        .form(
            "scaled-twice",
            "dk-scaled-twice",
            scaled(|x| [1.0, x.scale()]),
        )
        .mistake("multiplied-by-root", scaled(|x| [x.scale().powi(-2); 2]))
        .mistake("scaled-by-d-v", scaled_by(|x| x.v.size()[1]))
        .mistake("scaled-by-length", scaled_by(|x| x.k.size()[0]))
        .mistake(
            "dv-scaled",
            wrong(|x| {
                let [dq, dk, dv] = x.gradients();
                [dq, dk, dv * x.scale()]
            }),
        );
    task.mistake("no-scale", wrong(|x| unscaled(x).gradients()))
        .form(
            "no-scale",
            "no-scale-at-all",
            wrong(|x| {
                let [dq, dk, dv] = unscaled(x).gradients();
                [dq / x.scale(), dk / x.scale(), dv]
            }),
        )
}

/// The weights of scores that have not been divided.
fn unscaled(x: &Steps) -> Steps {
    let weights = weights(&x.products(), x.mask.as_ref());
    x.with_weights(weights)
}

fn wrong(gradients: impl Fn(&Steps) -> [Tensor; 3]) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let inputs = [&x["q"], &x["k"], &x["v"]];
        named(gradients(&Steps::new(inputs, x.get("mask"), &x["dy"])))
    }
}

/// The gradients from a different dS.
fn dscores(dscores: impl Fn(&Steps) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    wrong(move |x| x.gradients_of(&dscores(x)))
}

/// The gradients with a different number that is subtracted from dP.
fn with_mean(mean: impl Fn(&Steps) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    dscores(move |x| &x.weights * (x.dweights() - mean(x)))
}

/// The gradients of attention with different weights.
fn by_weights(weights: WeightsFn) -> impl Fn(&Inputs) -> Outputs {
    wrong(move |x| {
        let weights = weights(&x.scores(), x.mask.as_ref());
        x.with_weights(weights.to_kind(Kind::Double)).gradients()
    })
}

/// The right dQ and dK, each multiplied by a number.
fn scaled(factors: impl Fn(&Steps) -> [f64; 2]) -> impl Fn(&Inputs) -> Outputs {
    wrong(move |x| {
        let [of_q, of_k] = factors(x);
        let [dq, dk, dv] = x.gradients();
        [dq * of_q, dk * of_k, dv]
    })
}

/// The gradients with dQ and dK divided by the root of this size instead of that of d_k.
fn scaled_by(size: impl Fn(&Steps) -> i64) -> impl Fn(&Inputs) -> Outputs {
    scaled(move |x| [1.0 / (x.scale() * (size(x) as f64).sqrt()); 2])
}
