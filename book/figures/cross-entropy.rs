//! The figure of the lesson on cross-entropy, computed by its solution.

use ndarray::{Array3, array};

use ::cross_entropy::cross_entropy;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "cross-entropy-cost",
    compute: cost,
}];

/// The number of tokens among which the models of the figure choose, as many as `book-gpt` has.
const VOCABULARY: usize = 1024;

/// The share that all tokens get.
const SMOOTHING: f32 = 0.1;

/// The loss of a prediction that gives the target a probability, and all other tokens equal parts of the rest.
fn loss(probability: f32, smoothing: f32) -> f32 {
    let others = (1.0 - probability) / (VOCABULARY - 1) as f32;
    let mut logits = Array3::from_elem((1, 1, VOCABULARY), others.ln());
    logits[(0, 0, 0)] = probability.ln();
    cross_entropy(logits.view(), array![[0]].view(), None, smoothing)
}

/// The cost of a position by the probability of its target.
fn cost() -> Figure {
    // From 0.001 up to 0.999: at 1, all other tokens would be impossible.
    let probabilities: Vec<f32> = (0..=200)
        .map(|step| 0.001 + 0.998 * step as f32 / 200.0)
        .collect();
    let series = |name: &str, cost: &dyn Fn(f32) -> f32| Series {
        name: name.to_owned(),
        values: probabilities.iter().map(|&p| cost(p)).collect(),
    };
    let nothing_known = loss(1.0 / VOCABULARY as f32, 0.0);
    Figure {
        caption: "What a position costs, by the probability that the model gave to its target. Without smoothing, each \
                  halving of the probability costs 0.693 more, and only certainty is free. With a smoothing of 0.1, the \
                  cost is lowest at 0.9 and rises again after that. The level line is ln 1,024: what each token costs a \
                  model that knows nothing.",
        description: "two curves over the probability of the target from 0 to 1: one falls to 0, the other has its lowest \
                      point at 0.9 and is above 1 there; a level line at 6.93 is above both of them nearly everywhere.",
        panels: vec![Panel::Lines(Lines {
            title: "cost of a position".to_owned(),
            x: Ticks {
                name: "probability of the target",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "nats",
                ticks: vec![0.0, 2.0, 4.0, 6.0, 8.0],
                logarithmic: false,
            },
            points: probabilities.clone(),
            series: vec![
                series("without smoothing", &|p| loss(p, 0.0)),
                series("with a smoothing of 0.1", &|p| loss(p, SMOOTHING)),
                series("a model that knows nothing", &|_| nothing_known),
            ],
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_are_what_the_caption_says() {
        let Panel::Lines(lines) = &cost().panels[0] else {
            panic!("curves")
        };
        let [plain, smoothed, level] = [0, 1, 2].map(|series: usize| &lines.series[series].values);
        assert!(plain.is_sorted_by(|a, b| a > b) && plain[200] < 0.002);
        assert!((loss(0.2, 0.0) - loss(0.4, 0.0) - 2_f32.ln()).abs() < 1e-4);
        let lowest = (0..=200).min_by(|&a, &b| smoothed[a].total_cmp(&smoothed[b]));
        let lowest = lowest.expect("points");
        assert!((lines.points[lowest] - 0.9).abs() < 0.01 && smoothed[lowest] > 1.0);
        assert!(smoothed[200] > smoothed[lowest]);
        assert!((level[0] - 1024_f32.ln()).abs() < 1e-4);
        assert!(plain.iter().chain(smoothed).all(|cost| *cost < 8.0));
    }
}
