//! The figures of the lesson on softmax, computed by its solution.

use ndarray::Array2;
use softmax::softmax;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "softmax-temperature",
    compute: temperature,
}];

/// The weights of four logits while the temperature rises.
fn temperature() -> Figure {
    const LOGITS: [f32; 4] = [2.0, 1.0, 0.0, -1.0];
    let temperatures: Vec<f32> = (-20..=20)
        .map(|step| 10_f32.powf(step as f32 / 20.0))
        .collect();
    let divided = Array2::from_shape_fn((temperatures.len(), 4), |(row, i)| {
        LOGITS[i] / temperatures[row]
    });
    let weights = softmax(divided.view());
    let series = |(i, logit): (usize, &f32)| Series {
        name: format!("logit {logit}").replace('-', "−"),
        values: weights.column(i).to_vec(),
    };
    Figure {
        caption: "The softmax of 2, 1, 0 and −1, each divided by a temperature. At a low temperature the largest logit \
                  gets nearly all the weight; at a high one each gets about a quarter. At 1 it is the plain softmax.",
        description: "four curves over the temperature from 0.1 to 10: one falls from 1, three rise from 0, and all \
                      approach a quarter in the order of their logits.",
        panels: vec![Panel::Lines(Lines {
            title: "softmax at different temperatures".to_owned(),
            x: Ticks {
                name: "temperature",
                ticks: vec![0.1, 0.3, 1.0, 3.0, 10.0],
                logarithmic: true,
            },
            y: Ticks {
                name: "weight",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: temperatures,
            series: LOGITS.iter().enumerate().map(series).collect(),
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_are_what_the_caption_says() {
        let Panel::Lines(lines) = &temperature().panels[0] else {
            panic!("curves")
        };
        let at = |point: usize| {
            lines
                .series
                .iter()
                .map(|series| series.values[point])
                .collect::<Vec<_>>()
        };
        assert!(at(0)[0] > 0.9999 && at(40).iter().all(|weight| (weight - 0.25).abs() < 0.05));
        assert!(at(40).is_sorted_by(|a, b| a > b));
    }
}
