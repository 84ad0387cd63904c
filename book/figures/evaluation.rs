//! The figure of the lesson on evaluation: the spread of a score, over the number of examples.

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "spread",
    compute: spread,
}];

/// Returns the standard deviation of the share of right answers, if each of `examples` is right with this probability.
pub fn deviation(probability: f32, examples: f32) -> f32 {
    (probability * (1.0 - probability) / examples).sqrt()
}

/// Twice the standard deviation of three scores, in points.
fn spread() -> Figure {
    let examples: Vec<f32> = (0..=20)
        .map(|step| 10_f32.powf(2.0 + step as f32 / 10.0))
        .collect();
    let series = [0.5, 0.8, 0.95].map(|score| Series {
        name: format!("score {:.0} %", 100.0 * score),
        values: examples
            .iter()
            .map(|&examples| 100.0 * 2.0 * deviation(score, examples))
            .collect(),
    });
    Figure {
        caption: "Two standard deviations of a score, over the number of test examples. In 95 of 100 test sets, the \
                  score is at most so far from the true one. Four times as many examples halve it. With 100 examples, \
                  a score of 80 % is known to 8 points; with 10,000, to 0.8.",
        description: "three falling curves over 100 to 10,000 examples, the highest for a score of 50 %, which falls \
                      from 10 points to 1.",
        panels: vec![Panel::Lines(Lines {
            title: "spread of a score".to_owned(),
            x: Ticks {
                name: "test examples",
                ticks: vec![100.0, 300.0, 1000.0, 3000.0, 10_000.0],
                logarithmic: true,
            },
            y: Ticks {
                name: "± points",
                ticks: vec![0.0, 2.0, 4.0, 6.0, 8.0, 10.0],
                logarithmic: false,
            },
            points: examples,
            series: series.into(),
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_times_as_many_examples_have_a_tenth_of_the_spread() {
        assert!((200.0 * deviation(0.8, 100.0) - 8.0).abs() < 1e-4);
        assert!((200.0 * deviation(0.8, 10_000.0) - 0.8).abs() < 1e-4);
    }
}
