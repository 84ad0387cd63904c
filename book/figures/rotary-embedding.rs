//! The figure of the lesson on rotary position embedding, computed by its solution.

use ::rotary_embedding::{Layout, rotate};
use ndarray::{Array1, Array2, array};
use positional_encoding::sinusoidal;

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "distances",
    compute: distances,
}];

const POSITIONS: usize = 7;

/// The dot product of one query and one key at every pair of positions, which are rotated in or added.
fn distances() -> Figure {
    let (q, k) = (array![1.0, 2.0, 0.0, 1.0], array![0.0, 1.0, 1.0, 1.0]);
    let everywhere =
        |row: &Array1<f32>| Array2::from_shape_fn((POSITIONS, 4), |(_, feature)| row[feature]);
    let (queries, keys) = (everywhere(&q), everywhere(&k));
    let turned = |x: &Array2<f32>| rotate(x.view(), 0, Layout::Interleaved);
    let added = |x: &Array2<f32>| x + &sinusoidal(POSITIONS, 4, 0);
    let panel = |title: &str, values: Array2<f32>| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::numbers("query at", 0, POSITIONS),
            columns: Axis::numbers("key at", 0, POSITIONS),
            values,
            mask: None,
            range: Range::Of(10.0),
        })
    };
    Figure {
        caption: "The dot product of one query and one key at each pair of positions. Rotated, it is the same along each \
                  diagonal: only the distance counts. With positions added, as in the first transformer, it depends \
                  on both positions.",
        description: "two matrices of seven by seven; the first is constant along its diagonals, the second is not.",
        panels: vec![
            panel("rotated", turned(&queries).dot(&turned(&keys).t())),
            panel("positions added", added(&queries).dot(&added(&keys).t())),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rotated_scores_are_constant_along_diagonals() {
        let figure = distances();
        let uneven = |panel: usize| {
            let scores = &figure.panels[panel].heat_map().expect("a heat map").values;
            let next = |(i, j)| (scores[(i, j)] - scores[(i + 1, j + 1)]).abs();
            let pairs = (0..POSITIONS - 1).flat_map(|i| (0..POSITIONS - 1).map(move |j| (i, j)));
            pairs.map(next).fold(0.0, f32::max)
        };
        assert!(uneven(0) < 1e-5 && uneven(1) > 0.5);
    }
}
