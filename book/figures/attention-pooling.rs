//! The figure of the lesson on attention pooling, computed by its solution.

use attention_pooling::{pool, scores};

use crate::figures::random::normals;
use crate::figures::{Axis, Bars, Figure, NamedFigure, Panel};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "pooling-weights",
    compute: weights,
}];

/// Two sequences of five positions with eight features each.
fn weights() -> Figure {
    let hidden = normals((2, 5, 8), 11);
    let weight = normals(8, 12) * 0.5;
    let (_, weights) = pool(
        hidden.view(),
        scores(hidden.view(), weight.view(), 0.0).view(),
        None,
    );
    let panel = |sequence: usize| {
        Panel::Bars(Bars {
            title: format!("sequence {}", sequence + 1),
            axis: Axis::numbers("position", 0, 5),
            weights: weights.row(sequence).to_vec(),
        })
    };
    Figure {
        caption: "How much each of five positions counts in the context of its sequence, for two sequences of random \
                  vectors with eight features. The weights of a sequence sum to 1; for a plain mean, each bar would be 0.20.",
        description: "two charts of five bars each, of different heights.",
        panels: vec![panel(0), panel(1)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_of_a_sequence_sum_to_1() {
        for panel in weights().panels {
            let Panel::Bars(bars) = panel else {
                panic!("bars")
            };
            assert!((bars.weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }
}
