//! The figure of the lesson on masks, computed by its solution.

use ::masks::{causal, combine, padding, sliding_window};
use ndarray::{Array2, Axis as Dimension};

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "kinds-of-masks",
    compute: kinds,
}];

/// Draws a mask: 1 where a query may attend.
pub(super) fn draw_mask(title: &str, rows: Axis, columns: Axis, mask: Array2<bool>) -> Panel {
    Panel::HeatMap(HeatMap {
        title: title.to_owned(),
        rows,
        columns,
        values: mask.mapv(|may| f32::from(u8::from(may))),
        mask: Some(mask),
        range: Range::One,
    })
}

/// The lesson's worked example: three queries that are the last of five positions.
fn kinds() -> Figure {
    let panel = |title: &str, mask: Array2<bool>| {
        draw_mask(
            title,
            Axis::numbers("query", 2, 3),
            Axis::numbers("key", 0, 5),
            mask,
        )
    };
    let both = combine(padding(&[4], 5).view(), causal(3, 5).view());
    Figure {
        caption: "Three queries, at the positions 2, 3 and 4, and five keys; × is `false`. A causal mask ends in the \
                  bottom right corner. A window of 2 is the band along its edge. Padding takes whole columns away, \
                  here that of key 4.",
        description: "three masks of three rows and five columns: a staircase that ends in the bottom right corner, a \
                      band of width two along it, and the staircase without its last column.",
        panels: vec![
            panel("causal", causal(3, 5)),
            panel("window of 2", sliding_window(3, 5, 2)),
            panel(
                "causal and padding",
                both.index_axis(Dimension(0), 0).to_owned(),
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masks_allow_as_many_pairs_as_the_lesson_says() {
        let allowed = |figure: Figure| -> Vec<f32> {
            figure
                .panels
                .iter()
                .map(|panel| panel.heat_map().expect("a mask").values.sum())
                .collect()
        };
        assert_eq!(allowed(kinds()), [12.0, 6.0, 11.0]);
    }
}
