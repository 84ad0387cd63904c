//! The figures of the lesson on fine-tuning, computed by its solution.

use ::adamw::{Moments, Settings, adamw_step};
use ::fine_tuning::{Lora, Trained, Tuning, lora_backward, lora_forward, unfreeze};
use ndarray::{Array2, ArrayD};

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "rates-by-layer",
        compute: rates_by_layer,
    },
    NamedFigure {
        name: "lora-starts",
        compute: starts,
    },
];

/// The blocks of the model whose rates are drawn.
const BLOCKS: usize = 12;

/// The rate of each layer as a share of the head's, for several factors.
fn rates_by_layer() -> Figure {
    let series = |name: &str, decay: f32| Series {
        name: name.to_owned(),
        values: shares(decay),
    };
    Figure {
        caption: "The learning rate of each layer of a model with 12 blocks, as a share of the head's. With a $\\xi$ of \
                  0.95 the embeddings still have half of it. Divided by 2.6 in each layer, hardly anything is left \
                  below the fourth.",
        description: "three curves over the layers from the head, 0, to the embeddings, 13. They begin at 1. With 0.95 \
                      the curve falls slowly to 0.5, with 0.8 it falls to 0.05, and with 1 / 2.6 it is near 0 from \
                      layer 4 on.",
        panels: vec![Panel::Lines(Lines {
            title: "rates".to_owned(),
            x: Ticks {
                name: "layers below the head",
                ticks: vec![0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 13.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "share of the head's rate",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: (0..=BLOCKS + 1).map(|layer| layer as f32).collect(),
            series: vec![
                series("ξ = 0.95", 0.95),
                series("ξ = 0.8", 0.8),
                series("ξ = 1 / 2.6", 1.0 / 2.6),
            ],
        })],
    }
}

/// The rates of all layers from the head down to the embeddings, if that of the head is 1.
fn shares(decay: f32) -> Vec<f32> {
    let mut names = vec!["head.weight".to_owned()];
    names.extend(
        (0..BLOCKS)
            .rev()
            .map(|block| format!("blocks.{block}.weight")),
    );
    names.push("embeddings.weight".to_owned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let tuning = Tuning {
        blocks: BLOCKS,
        trained: Trained::Everything,
        rate: 1.0,
        decay,
    };
    unfreeze(&names, &tuning).into_iter().flatten().collect()
}

const D_IN: usize = 6;
const D_OUT: usize = 4;
const RANK: usize = 2;
/// Twice the rank.
const ALPHA: f32 = 4.0;
const EXAMPLES: usize = 64;
const STEPS: usize = 300;
const RATE: f32 = 0.02;
const SETTINGS: Settings = Settings {
    beta_1: 0.9,
    beta_2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0.0,
};

/// The loss over the steps, from three starts.
fn starts() -> Figure {
    let series = |name: &str, start: &Lora| Series {
        name: name.to_owned(),
        values: losses(start),
    };
    let zeros = Lora {
        a: Array2::zeros((RANK, D_IN)),
        b: Array2::zeros((D_OUT, RANK)),
    };
    let right = Lora {
        a: drawn_a(),
        ..zeros.clone()
    };
    let damaged = Lora {
        a: drawn_a(),
        b: normals((D_OUT, RANK), 5) * 0.3,
    };
    Figure {
        caption: "LoRA of rank 2 learns the difference between two matrices, by AdamW. The loss is a share of that of \
                  the frozen matrix alone. With $B = 0$ it begins at 1 and falls. With two random matrices it begins \
                  higher, because the model is damaged at first. With two zeros nothing ever moves.",
        description: "three curves over 300 steps. One begins at 1 and falls to nearly 0; one begins above 1 and falls, \
                      too; one stays at 1.",
        panels: vec![Panel::Lines(Lines {
            title: "loss".to_owned(),
            x: Ticks {
                name: "steps",
                ticks: vec![0.0, 100.0, 200.0, 300.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "share of the loss without LoRA",
                ticks: vec![0.0, 1.0, 2.0, 3.0, 4.0],
                logarithmic: false,
            },
            points: (0..=STEPS).map(|step| step as f32).collect(),
            series: vec![
                series("A random, B zero", &right),
                series("both random", &damaged),
                series("both zero", &zeros),
            ],
        })],
    }
}

/// An A that leaves the size of its input as it is.
fn drawn_a() -> Array2<f32> {
    normals((RANK, D_IN), 4) / (D_IN as f32).sqrt()
}

/// The mean square of the error before the first step and after each, as a share of that without LoRA.
fn losses(start: &Lora) -> Vec<f32> {
    let x: Array2<f32> = normals((EXAMPLES, D_IN), 1);
    let weight: Array2<f32> = normals((D_OUT, D_IN), 2);
    let change = normals((D_OUT, RANK), 3).dot(&(normals((RANK, D_IN), 6) / (D_IN as f32).sqrt()));
    let target = x.dot(&(&weight + &change).t());
    let without = mean_square(&(x.dot(&weight.t()) - &target));

    let mut lora = start.clone();
    let (mut of_a, mut of_b) = (moments(&lora.a), moments(&lora.b));
    let mut losses = Vec::new();
    for step in 1..=STEPS + 1 {
        let error = lora_forward(x.view(), weight.view(), &lora, ALPHA) - &target;
        losses.push(mean_square(&error) / without);
        let dy = error / EXAMPLES as f32;
        let gradients = lora_backward(x.view(), weight.view(), &lora, ALPHA, dy.view());
        lora.a = moved(&lora.a, gradients.da, &mut of_a, step);
        lora.b = moved(&lora.b, gradients.db, &mut of_b, step);
    }
    losses
}

fn mean_square(error: &Array2<f32>) -> f32 {
    (error * error).mean().unwrap_or_default()
}

fn moments(parameter: &Array2<f32>) -> Moments {
    let zeros = ArrayD::zeros(parameter.shape());
    Moments {
        m: zeros.clone(),
        v: zeros,
    }
}

/// The parameter after a step of AdamW.
fn moved(
    parameter: &Array2<f32>,
    gradient: Array2<f32>,
    moments: &mut Moments,
    step: usize,
) -> Array2<f32> {
    let (before, gradient) = (parameter.view().into_dyn(), gradient.into_dyn());
    let (after, kept) = adamw_step(before, gradient.view(), moments, step, RATE, &SETTINGS);
    *moments = kept;
    after
        .into_dimensionality()
        .expect("the shape of the parameter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_are_as_the_caption_says() {
        let [slow, middle, fast] = [0.95, 0.8, 1.0 / 2.6].map(shares);
        assert!((slow[0], middle[0], fast[0]) == (1.0, 1.0, 1.0));
        assert!((0.45..0.55).contains(&slow[BLOCKS + 1]));
        assert!((0.03..0.07).contains(&middle[BLOCKS + 1]));
        assert!(fast[4] < 0.03);
    }

    #[test]
    fn the_losses_are_as_the_caption_says() {
        let figure = starts();
        let Panel::Lines(lines) = &figure.panels[0] else {
            panic!("curves")
        };
        let [right, damaged, zeros] = [0, 1, 2].map(|series: usize| &lines.series[series].values);
        assert!((right[0] - 1.0).abs() < 1e-5 && right[STEPS] < 0.05);
        assert!((1.2..4.0).contains(&damaged[0]) && damaged[STEPS] < 0.5);
        assert!(zeros.iter().all(|loss| (loss - 1.0).abs() < 1e-5));
    }
}
