//! The figure of the lesson on self-attention, computed by the solution on multi-head attention.

use ndarray::{Array3, Axis as Dimension};

use super::multi_head_attention::attend;
use crate::figures::random::normals;
use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "self-attention",
    compute: self_attention,
}];

/// Five tokens with eight features before and after self-attention.
fn self_attention() -> Figure {
    let x = normals((1, 5, 8), 31);
    let (output, _) = attend(&x, 1, 32);
    let panel = |title: &str, values: &Array3<f32>| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::numbers("token", 0, 5),
            columns: Axis::numbers("feature", 0, 8),
            values: values.index_axis(Dimension(0), 0).to_owned(),
            mask: None,
            range: Range::Of(2.5),
        })
    };
    Figure {
        caption: "Self-attention with random weights: five tokens go in, and five come out with as many features. Every \
                  row of the output is a mixture of all rows of the input, so that rows become more alike.",
        description: "two heat maps of five tokens and eight features; the numbers of the output are smaller.",
        panels: vec![panel("input", &x), panel("output", &output)],
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn the_output_is_smaller_and_its_rows_more_alike() {
        let figure = self_attention();
        let [before, after] =
            [0, 1].map(|i| &figure.panels[i].heat_map().expect("a heat map").values);
        let between_rows = |m: &Array2<f32>| m.var_axis(Dimension(0), 0.0).sum();
        assert!(between_rows(after) < 0.5 * between_rows(before));
    }
}
