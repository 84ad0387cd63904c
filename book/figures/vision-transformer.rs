//! The figures of the lesson on the Vision Transformer, computed by its solution.

use ::vision_transformer::interpolate;
use ndarray::{Array2, s};

use crate::figures::{Axis, Figure, HeatMap, Lines, NamedFigure, Panel, Range, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "cubic-kernel",
        compute: cubic_kernel,
    },
    NamedFigure {
        name: "resized-position",
        compute: resized_position,
    },
];

/// The side of a grid whose middle has no border within reach of the kernel.
const SIDE: usize = 9;
/// New entries for each old one.
const FINE: usize = 15;

/// The weights of an old entry in new ones at different distances, by `interpolate`.
///
/// One column of the grid is 1. It is resized to one row, so only the columns matter.
fn kernel() -> Vec<(f32, f32)> {
    let middle = SIDE / 2;
    let mut positions = Array2::zeros((1 + SIDE * SIDE, 1));
    positions.slice_mut(s![1 + middle..;SIDE, ..]).fill(1.0);
    let resized = interpolate(positions.view(), 1, SIDE * FINE);
    let weights = resized.iter().skip(1).enumerate();
    weights
        .map(|(t, &weight)| {
            let source = (t as f32 + 0.5) / FINE as f32 - 0.5;
            (source - middle as f32, weight)
        })
        .filter(|(distance, _)| distance.abs() < 2.5)
        .collect()
}

fn cubic_kernel() -> Figure {
    let kernel = kernel();
    Figure {
        caption: "The weight $k$ of an old entry, by its distance from the place of a new one. The cubic reaches two \
                  entries far to each side and is below 0 between the first and the second, which keeps edges sharp. A \
                  bilinear weight reaches one entry far.",
        description: "a curve that is 1 at the distance 0, falls to 0 at the distance 1, is slightly negative up to 2 \
                      and 0 from there; and a triangle from 1 at 0 to 0 at 1.",
        panels: vec![Panel::Lines(Lines {
            title: "weight".to_owned(),
            x: Ticks {
                name: "distance",
                ticks: vec![-2.5, -2.0, -1.0, 0.0, 1.0, 2.0, 2.5],
                logarithmic: false,
            },
            y: Ticks {
                name: "weight",
                ticks: vec![-0.25, 0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: kernel.iter().map(|&(distance, _)| distance).collect(),
            series: vec![
                Series {
                    name: "bicubic".to_owned(),
                    values: kernel.iter().map(|&(_, weight)| weight).collect(),
                },
                Series {
                    name: "bilinear".to_owned(),
                    values: kernel
                        .iter()
                        .map(|&(distance, _)| (1.0 - distance.abs()).max(0.0))
                        .collect(),
                },
            ],
        })],
    }
}

/// A feature of the positions that is 1 in one patch, before and after it is resized.
fn resized_position() -> Figure {
    const OLD: usize = 4;
    const NEW: (usize, usize) = (6, 8);
    let mut positions = Array2::zeros((1 + OLD * OLD, 1));
    positions[(1 + OLD + 2, 0)] = 1.0;
    let resized = interpolate(positions.view(), NEW.0, NEW.1);
    let panel = |title: &str, positions: &Array2<f32>, (rows, columns): (usize, usize)| {
        let values = positions.slice(s![1.., 0]);
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::numbers("row", 0, rows),
            columns: Axis::numbers("column", 0, columns),
            values: Array2::from_shape_fn((rows, columns), |(row, column)| {
                values[row * columns + column]
            }),
            mask: None,
            range: Range::Of(1.0),
        })
    };
    Figure {
        caption: "One feature of the positions, which is 1 in row 1 and column 2 of a grid of 4 × 4 and 0 elsewhere. \
                  Resized to 6 × 8, it has a peak at the same place of the image, and negative numbers \
                  around it.",
        description: "a matrix of four by four with a single 1, and one of six by eight with a broad peak to the right \
                      of the middle in its upper half, surrounded by small negative numbers.",
        panels: vec![
            panel("4 × 4", &positions, (OLD, OLD)),
            panel("6 × 8", &resized, NEW),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cubic_is_negative_between_one_and_two() {
        for (distance, weight) in kernel() {
            match distance.abs() {
                ..0.99 => assert!(weight > 0.0, "{distance}"),
                1.01..1.99 => assert!(weight < 0.0, "{distance}"),
                // At the distances 1 and 2 it is 0 but for the rounding.
                _ => assert!(weight.abs() < 1e-5, "{distance}"),
            }
        }
    }
}
