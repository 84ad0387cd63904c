//! The figure of the lesson on the decoder block, computed by the trained model.

use ndarray::Axis as Dimension;

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "two-blocks",
    compute: two_blocks,
}];

/// The cross-attention of each of the decoder's blocks while the trained model writes a word backwards.
fn two_blocks() -> Figure {
    let reading = ::transformer::reading("rust").unwrap_or_else(|error| panic!("{error}"));
    let panel = |(block, weights): (usize, &ndarray::Array3<f32>)| {
        let mean = weights.mean_axis(Dimension(0));
        Panel::HeatMap(HeatMap {
            title: format!("block {}", block + 1),
            rows: Axis::words("written", &reading.written),
            columns: Axis::words("read", &reading.read),
            values: mean.unwrap_or_else(|| panic!("the trained model has heads")),
            mask: None,
            range: Range::One,
        })
    };
    Figure {
        caption: "Cross-attention in both blocks of the trained decoder while it writes `rust` backwards, the mean of \
                  four heads. A row is a token that is being written, a column one of the source. In the first \
                  block the weights are spread; in the second, most rows have one large weight.",
        description: "two heat maps of five tokens written and five read; in the first the weights are spread, in the \
                      second the dark cells run from the upper right to the lower left.",
        panels: reading.weights.iter().enumerate().map(panel).collect(),
    }
}
