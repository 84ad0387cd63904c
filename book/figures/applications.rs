//! The figure of the lesson on applications: an image as a sequence.

use ndarray::{Array1, Array2, Array3, Axis as Dimension};

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "patches",
    compute: image,
}];

// ANCHOR: patches
/// Cuts an image (height, width, channels) into patches.
///
/// Each is a row of size · size · channels numbers.
pub fn patches(image: &Array3<f32>, size: usize) -> Array2<f32> {
    let (height, width, channels) = image.dim();
    let (down, across) = (height / size, width / size);
    let cut = image
        .to_shape((down, size, across, size, channels))
        .expect("the size divides height and width");
    let together = cut.permuted_axes([0, 2, 1, 3, 4]); // (down, across, row, column, channel)
    together
        .to_shape((down * across, size * size * channels))
        .expect("as many numbers")
        .into_owned()
}
// ANCHOR_END: patches

/// The numbers 0 to 15 as an image, and its patches.
fn image() -> Figure {
    let pixels = Array1::range(0.0, 16.0, 1.0);
    let image = pixels
        .into_shape_with_order((4, 4, 1))
        .unwrap_or_else(|error| panic!("{error}"));
    let panel = |title: &str, rows: &'static str, columns: &'static str, values: Array2<f32>| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::numbers(rows, 0, 4),
            columns: Axis::numbers(columns, 0, 4),
            values,
            mask: None,
            range: Range::Of(15.0),
        })
    };
    Figure {
        caption: "An image of 4 × 4 pixels, and its four patches of 2 × 2, each as a row. On the left, brightness falls \
                  from line to line; on the right, each row holds two pieces of two lines.",
        description: "two matrices of four by four; the rows of the first are 0 to 3, 4 to 7 and so on, the first row \
                      of the second is 0, 1, 4, 5.",
        panels: vec![
            panel(
                "the image",
                "line",
                "column",
                image.index_axis(Dimension(2), 0).to_owned(),
            ),
            panel("its patches", "patch", "number", patches(&image, 2)),
        ],
    }
}
