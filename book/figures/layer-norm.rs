//! The figure of the lesson on layer norm, computed by its solution.

use ::layer_norm::{layer_norm, rms_norm};
use ndarray::{Array1, Array2, array};

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "norms",
    compute: norms,
}];

/// One row in three sizes, before and after both norms.
fn norms() -> Figure {
    let row = array![1.0, 3.0, 5.0, 11.0];
    let x = ndarray::stack![ndarray::Axis(0), row, &row * 10.0, &row + 100.0];
    let (gamma, beta) = (Array1::ones(4), Array1::zeros(4));
    let panel = |title: &str, values: Array2<f32>, largest: f32| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::words("row", &["x", "10 x", "x + 100"]),
            columns: Axis::numbers("feature", 0, 4),
            values,
            mask: None,
            range: Range::Of(largest),
        })
    };
    let layer = layer_norm(x.view(), gamma.view(), beta.view(), 1e-5);
    let rms = rms_norm(x.view(), gamma.view(), 1e-5);
    Figure {
        caption: "One row, ten times the row, and the row moved up by 100. To layer norm all three are the same. RMS \
                  norm does not see the factor either, but it does see the move, because it subtracts nothing: what \
                  is left of the differences is small.",
        description: "three rows of four numbers; after layer norm the rows are equal, after RMS norm the third is \
                      nearly constant.",
        panels: vec![
            panel("x", x, 111.0),
            panel("layer norm", layer, 2.0),
            panel("RMS norm", rms, 2.0),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layer_norm_sees_neither_factor_nor_move_and_rms_norm_sees_the_move() {
        let figure = norms();
        let row = |panel: usize, row: usize| {
            figure.panels[panel]
                .heat_map()
                .expect("a heat map")
                .values
                .row(row)
                .to_owned()
        };
        let same = |a: Array1<f32>, b: Array1<f32>| {
            (a - b).iter().all(|difference| difference.abs() < 1e-3)
        };
        assert!(same(row(1, 0), row(1, 1)) && same(row(1, 0), row(1, 2)));
        assert!(same(row(2, 0), row(2, 1)) && row(2, 2).std(0.0) < 0.1);
    }
}
