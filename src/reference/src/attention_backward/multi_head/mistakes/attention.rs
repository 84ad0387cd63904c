//! The mistakes in attention itself, between the linear layers.

use tch::Tensor;

use super::super::Layer;
use super::{wrong, wrong_with};
use crate::attention_backward::masks::shared;
use crate::attention_backward::steps::Steps;
use crate::attention_weights::{WeightsFn, weights};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes with the scale and the softmax.
pub(super) fn add(task: Task) -> Task {
    task.mistake("scale-left-out", by(|x, _| scaled(x, 1.0 / x.scale())))
        .mistake(
            "scaled-by-d-model",
            by(|x, layer| scaled(x, share_of_d_model(x, layer))),
        )
        .mistake(
            "diagonal-jacobian",
            by(|x, _| x.gradients_of(&(&x.weights * (1.0 - &x.weights) * x.dweights()))),
        )
        .mistake(
            "row-sum-left-out",
            by(|x, _| x.gradients_of(&(&x.weights * x.dweights()))),
        )
}

/// Adds the mistakes with the mask.
pub(super) fn add_masks(task: Task) -> Task {
    let task = shared().fold(task, |task, (id, weights)| {
        task.mistake(id, by_weights(weights))
    });
    task.form(
        "mask-ignored",
        "mask-ignored-throughout",
        wrong_with(|x| with_mask(x, Tensor::ones_like)),
    )
    .mistake(
        "mask-transposed",
        wrong_with(|x| with_mask(x, |mask| mask.transpose(1, 2))),
    )
    .mistake(
        "mask-of-first-element",
        wrong_with(|x| with_mask(x, of_first_element)),
    )
    .form(
        "mask-of-first-element",
        "mask-of-first-element-on-the-way-back",
        by(|x, _| {
            let mask = x.mask.as_ref().map(of_first_element);
            x.with_weights(weights(&x.scores(), mask.as_ref()))
                .gradients()
        }),
    )
}

/// dQ, dK and dV, the first two multiplied by a number.
fn scaled(x: &Steps, factor: f64) -> [Tensor; 3] {
    let [dq, dk, dv] = x.gradients();
    [dq * factor, dk * factor, dv]
}

/// 1 / √d_model divided by 1 / √head_dim.
fn share_of_d_model(x: &Steps, layer: &Layer) -> f64 {
    let d_model = layer.x["query"].size()[2] as f64;
    1.0 / (d_model.sqrt() * x.scale())
}

/// The gradients of all, with different ones in each head. The contexts stay.
fn by(gradients: impl Fn(&Steps, &Layer) -> [Tensor; 3]) -> impl Fn(&Inputs) -> Outputs {
    wrong(move |layer| layer.gradients_of(gradients(&layer.attention, layer)))
}

/// The gradients of attention with different weights. The contexts stay, because they come from exercise 05.
fn by_weights(weights: WeightsFn) -> impl Fn(&Inputs) -> Outputs {
    by(move |x, _| {
        let weights = weights(&x.scores(), x.mask.as_ref());
        x.with_weights(weights).gradients()
    })
}

/// The mask of the first batch element for all of them.
fn of_first_element(mask: &Tensor) -> Tensor {
    mask.narrow(0, 0, 1).expand_as(mask)
}

/// The inputs with a different mask, where there is one.
fn with_mask(x: &Inputs, change: impl Fn(&Tensor) -> Tensor) -> Inputs {
    match x.get("mask") {
        Some(mask) => x.clone().with("mask", change(mask)),
        None => x.clone(),
    }
}
