//! The figure of the lesson on positional encoding, computed by its solution.

use positional_encoding::sinusoidal;

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "sinusoidal",
    compute: sines,
}];

/// The encoding of the first positions.
fn sines() -> Figure {
    const SHAPE: (usize, usize) = (32, 24);
    Figure {
        caption: "The encodings of the first 32 positions with $d_\\text{model} = 24$, a row for each; blue is above 0 \
                  and orange below. To the left the waves are short, to the right they are so long that 32 positions \
                  are not enough to see them turn.",
        description: "vertical stripes: columns on the left change their sign every few rows, those on the right are \
                      of one colour all the way down, alternately 0 and 1.",
        panels: vec![Panel::HeatMap(HeatMap {
            title: "sinusoidal encoding".to_owned(),
            rows: Axis::numbers("position", 0, SHAPE.0),
            columns: Axis::numbers("feature", 0, SHAPE.1),
            values: sinusoidal(SHAPE.0, SHAPE.1, 0),
            mask: None,
            range: Range::Of(1.0),
        })],
    }
}
