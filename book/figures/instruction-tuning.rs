//! The figure of the lesson on preferences: the DPO loss of a pair, computed by the solution on softmax.

use ::softmax::log_softmax;
use ndarray::Array2;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "preference",
    compute: preference,
}];

/// Returns the DPO loss of pairs in which the preferred answer has gained `gains` more than the other one.
///
/// Gains are differences of log probabilities, each compared with the reference model. The loss is the cross-entropy of
/// a choice between two answers with the logits `beta · gain` and 0.
pub fn dpo_loss(beta: f32, gains: &[f32]) -> Vec<f32> {
    let logits = Array2::from_shape_fn((gains.len(), 2), |(pair, answer)| {
        if answer == 0 { beta * gains[pair] } else { 0.0 }
    });
    let logs = log_softmax(logits.view());
    logs.column(0).iter().map(|log| -log).collect()
}

/// The loss over the gain, for three values of β.
fn preference() -> Figure {
    let gains: Vec<f32> = (0..=40).map(|step| step as f32 / 2.0 - 10.0).collect();
    let series = [0.1, 0.5, 1.0].map(|beta| Series {
        name: format!("β = {beta}"),
        values: dpo_loss(beta, &gains),
    });
    Figure {
        caption: "The DPO loss of one pair, over how far the preferred answer has gained on the other one. At 0 the \
                  model is the reference model, and the loss is $\\ln 2$ for each $\\beta$. With a small $\\beta$ the \
                  loss still falls far to the right, so the model moves further from the reference model.",
        description: "three falling curves over the gain from −10 to 10 that cross at 0; the larger β is, the \
                      steeper the curve is on the left and the sooner it is flat on the right.",
        panels: vec![Panel::Lines(Lines {
            title: "DPO loss".to_owned(),
            x: Ticks {
                name: "gain of the preferred answer",
                ticks: vec![-10.0, -5.0, 0.0, 5.0, 10.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "loss",
                ticks: vec![0.0, 2.0, 4.0, 6.0, 8.0, 10.0],
                logarithmic: false,
            },
            points: gains,
            series: series.into(),
        })],
    }
}
