//! The wrong ways of clipping.

use tch::{Kind, Tensor};

use super::{EPSILON, by, each, factor, norm, sum_of_squares};
use crate::inputs::Inputs;
use crate::task::Task;

pub(super) fn add(task: Task) -> Task {
    wrong_returns(wrong_factors(other_norms(wrong_norms(task))))
}

/// The outputs of a way that takes a different number for the norm, and is right otherwise.
fn with_norm(norm: fn(&[Tensor]) -> f64) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 4] {
    by(move |gradients, limit| {
        let norm = norm(gradients);
        (each(gradients, factor(norm, limit)), norm)
    })
}

fn wrong_norms(task: Task) -> Task {
    task.mistake("norm-not-rooted", with_norm(sum_of_squares))
        .form(
            "norm-not-rooted",
            "square-in-the-factor",
            by(|gradients, limit| {
                let square = sum_of_squares(gradients);
                (each(gradients, factor(square, limit)), square.sqrt())
            }),
        )
        .mistake(
            "norms-added",
            with_norm(|gradients| norms(gradients).iter().sum()),
        )
        .mistake(
            "norm-of-one-tensor",
            with_norm(|gradients| norms(gradients)[gradients.len() - 1]),
        )
        .form(
            "norm-of-one-tensor",
            "norm-of-the-first-tensor",
            with_norm(|gradients| norms(gradients)[0]),
        )
        .form(
            "norm-of-one-tensor",
            "norm-of-the-longest-tensor",
            with_norm(|gradients| norms(gradients).into_iter().fold(0.0, f64::max)),
        )
}

fn other_norms(task: Task) -> Task {
    task.mistake(
        "different-norm",
        with_norm(|gradients| {
            let largest = |gradient: &Tensor| gradient.abs().max().double_value(&[]);
            gradients.iter().map(largest).fold(0.0, f64::max)
        }),
    )
    .form(
        "different-norm",
        "absolute-values-added",
        with_norm(|gradients| {
            let sum = |gradient: &Tensor| gradient.abs().sum(Kind::Double).double_value(&[]);
            gradients.iter().map(sum).sum()
        }),
    )
    .mistake(
        "mean-of-squares",
        with_norm(|gradients| {
            let entries: usize = gradients.iter().map(Tensor::numel).sum();
            (sum_of_squares(gradients) / entries as f64).sqrt()
        }),
    )
}

fn wrong_factors(task: Task) -> Task {
    let with = |factor: fn(f64, f64) -> f64| {
        by(move |gradients, limit| {
            let norm = norm(gradients);
            (each(gradients, factor(norm, limit)), norm)
        })
    };
    task.mistake("scaled-up", with(|norm, limit| limit / (norm + EPSILON)))
        .mistake(
            "maximum-instead-of-minimum",
            with(|norm, limit| (limit / (norm + EPSILON)).max(1.0)),
        )
        .mistake("not-clipped", with(|_, _| 1.0))
        .mistake(
            "limit-forgotten",
            with(|norm, limit| {
                if norm > limit {
                    1.0 / (norm + EPSILON)
                } else {
                    1.0
                }
            }),
        )
        .form(
            "limit-forgotten",
            "limit-forgotten-everywhere",
            with(|norm, _| (1.0 / (norm + EPSILON)).min(1.0)),
        )
        .mistake(
            "factor-inverted",
            with(|norm, limit| ((norm + EPSILON) / limit).min(1.0)),
        )
        .mistake(
            "no-small-number",
            with(|norm, limit| (limit / norm).min(1.0)),
        )
}

fn wrong_returns(task: Task) -> Task {
    task.mistake(
        "clipped-per-tensor",
        by(|gradients, limit| (each_by_its_own(gradients, limit), norm(gradients))),
    )
    .mistake(
        "clipped-by-value",
        by(|gradients, limit| {
            let clamp = |gradient: &Tensor| gradient.clamp(-limit, limit);
            (gradients.iter().map(clamp).collect(), norm(gradients))
        }),
    )
    .mistake(
        "norm-after-clipping",
        by(|gradients, limit| {
            let norm = norm(gradients);
            let factor = factor(norm, limit);
            (each(gradients, factor), norm * factor)
        }),
    )
    .form(
        "norm-after-clipping",
        "limit-as-the-norm",
        by(|gradients, limit| {
            let norm = norm(gradients);
            (each(gradients, factor(norm, limit)), norm.min(limit))
        }),
    )
}

/// The gradients, each with a norm of at most the limit.
fn each_by_its_own(gradients: &[Tensor], limit: f64) -> Vec<Tensor> {
    let own = norms(gradients).into_iter().zip(gradients);
    own.map(|(norm, gradient)| gradient * factor(norm, limit))
        .collect()
}

/// The norms of the gradients, each by itself.
fn norms(gradients: &[Tensor]) -> Vec<f64> {
    gradients
        .iter()
        .map(|gradient| gradient.norm().double_value(&[]))
        .collect()
}
