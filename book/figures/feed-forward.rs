//! The figure of the lesson on the feed-forward layer, computed by its solution.

use ::feed_forward::{gelu, relu};
use ndarray::Array2;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "activations",
    compute: activations,
}];

/// The activations, from −4 to 4.
fn activations() -> Figure {
    const STEPS: usize = 81;
    let x = Array2::from_shape_fn((1, STEPS), |(_, step)| (step as f32 - 40.0) / 10.0);
    let swish = x.mapv(|x| x / (1.0 + (-x).exp()));
    let series = |name: &str, values: Array2<f32>| Series {
        name: name.to_owned(),
        values: values.into_iter().collect(),
    };
    Figure {
        caption: "ReLU has a corner at 0. GELU and Swish round it, dip below 0 on the left and come back: a negative \
                  sum is damped rather than cut off, and has a slope to learn from.",
        description: "three curves that are near 0 on the left and near the diagonal on the right; between −3 and 0, \
                      GELU dips to −0.17 and Swish to −0.28.",
        panels: vec![Panel::Lines(Lines {
            title: "activations".to_owned(),
            x: Ticks {
                name: "x",
                ticks: vec![-4.0, -2.0, 0.0, 2.0, 4.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "f(x)",
                ticks: vec![-1.0, 0.0, 1.0, 2.0, 3.0, 4.0],
                logarithmic: false,
            },
            series: vec![
                series("ReLU", relu(x.view())),
                series("GELU", gelu(x.view())),
                series("Swish", swish),
            ],
            points: x.into_iter().collect(),
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_dip_as_the_description_says() {
        let Panel::Lines(lines) = &activations().panels[0] else {
            panic!("curves")
        };
        let lowest = |series: usize| {
            lines.series[series]
                .values
                .iter()
                .fold(0.0, |low: f32, &y| low.min(y))
        };
        assert_eq!(lowest(0), 0.0);
        assert!((lowest(1) + 0.17).abs() < 0.005 && (lowest(2) + 0.28).abs() < 0.005);
    }
}
