//! The figure of the lesson on multiplicative attention, computed by its solution.

use multiplicative_attention::{attend, dot};
use ndarray::array;

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "one-query",
    compute: one_query,
}];

/// One query over three keys, without a scale.
fn one_query() -> Figure {
    let q = array![[1.0, 0.0, 1.0, 0.5]];
    let k = array![
        [1.0, 0.0, 1.0, 0.0],
        [0.0, 1.0, 0.0, 1.0],
        [1.0, 1.0, 0.0, 0.0]
    ];
    let (_, weights) = attend(dot(q.view(), k.view()).view(), k.view());
    Figure {
        caption: "One query, (1, 0, 1, ½), and three keys. The dot products are 2, ½ and 1, and nothing \
                  divides them: the first attention mechanisms had no scale.",
        description: "one row of three weights; the first is the largest, the second the smallest.",
        panels: vec![Panel::HeatMap(HeatMap {
            title: "weights, not scaled".to_owned(),
            rows: Axis::symbols("query", 'q', 1),
            columns: Axis::symbols("key", 'k', 3),
            values: weights,
            mask: None,
            range: Range::One,
        })],
    }
}
