//! The figures of the lesson on the whole transformer: its solution with the trained model, and the paper's learning rate.

use ndarray::Axis as Dimension;

use crate::figures::{Axis, Figure, HeatMap, Lines, NamedFigure, Panel, Range, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "cross-attention",
        compute: cross_attention,
    },
    NamedFigure {
        name: "learning-rate",
        compute: learning_rate,
    },
];

/// Steps of the paper's training in which the learning rate rises.
const WARM_UP: f32 = 4000.0;

/// The paper's learning rate at a step, for vectors of 512 features.
fn rate(step: f32) -> f32 {
    step.sqrt().recip().min(step * WARM_UP.powf(-1.5)) / 512_f32.sqrt()
}

/// The learning rate over the first 20,000 steps.
fn learning_rate() -> Figure {
    let thousands: Vec<f32> = (0..=20).map(|thousand| thousand as f32).collect();
    let rates = thousands.iter().map(|step| 1000.0 * rate(1000.0 * step));
    Figure {
        caption: "The learning rate of the paper, for $d_\\text{model} = 512$. It rises for 4000 steps, and then falls \
                  like one over the root of the step.",
        description: "a curve that rises in a straight line to 0.0007 at step 4000 and then falls more and more slowly, \
                      to 0.0003 at step 20,000.",
        panels: vec![Panel::Lines(Lines {
            title: "learning rate".to_owned(),
            x: Ticks {
                name: "thousand steps",
                ticks: vec![0.0, 4.0, 8.0, 12.0, 16.0, 20.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "rate × 1000",
                ticks: vec![0.0, 0.2, 0.4, 0.6, 0.8],
                logarithmic: false,
            },
            series: vec![Series {
                name: "rate".to_owned(),
                values: rates.collect(),
            }],
            points: thousands,
        })],
    }
}

/// The cross-attention of the decoder's last block while the trained model writes a word backwards.
fn cross_attention() -> Figure {
    let panel = |word: &str| {
        let reading = ::transformer::reading(word).unwrap_or_else(|error| panic!("{error}"));
        let last = reading
            .weights
            .last()
            .and_then(|weights| weights.mean_axis(Dimension(0)));
        Panel::HeatMap(HeatMap {
            title: word.to_owned(),
            rows: Axis::words("written", &reading.written),
            columns: Axis::words("read", &reading.read),
            values: last.unwrap_or_else(|| panic!("the trained model has blocks and heads")),
            mask: None,
            range: Range::One,
        })
    };
    Figure {
        caption: "Cross-attention in the last block of the trained model, the mean of its four heads. A row is a token \
                  that is being written, a column one that is being read; `>` is the end. No rule told the model to go \
                  from right to left.",
        description: "two heat maps, of the words rust and attention; the dark cells run from the upper right to the \
                      lower left.",
        panels: vec![panel("rust"), panel("attention")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_for_4000_steps_and_then_falls() {
        let figure = learning_rate();
        let Panel::Lines(lines) = &figure.panels[0] else {
            panic!("a curve")
        };
        let values = &lines.series[0].values;
        let peak = lines.points.iter().position(|&point| point == 4.0);
        let peak = peak.expect("step 4000");
        assert!(values[..=peak].is_sorted_by(|a, b| a < b));
        assert!(values[peak..].is_sorted_by(|a, b| a > b));
        for (place, step) in [(peak, "step 4000"), (20, "step 20,000")] {
            let said = format!("{:.4} at {step}", values[place] / 1000.0);
            assert!(figure.description.contains(&said), "{said}");
        }
    }

    #[test]
    fn each_letter_is_written_while_it_is_read() {
        for panel in cross_attention().panels {
            let weights = &panel.heat_map().expect("a heat map").values;
            let letters = weights.ncols() - 1; // after them comes the end
            for (row, weights) in weights.rows().into_iter().enumerate().take(letters) {
                let most = weights
                    .iter()
                    .enumerate()
                    .max_by(|a, b| a.1.total_cmp(b.1))
                    .map(|(column, _)| column);
                assert_eq!(most, Some(letters - 1 - row));
            }
        }
    }
}
