//! One of the matrices of a picture.

use std::ops::Range;

use ndarray::Array2;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Refused;
use super::scale::Scale;
use super::theme::ON_CELL;

/// The frame of a wrong entry.
const WRONG: RGBColor = RGBColor(178, 24, 43);

/// An axis of cells, each 1 wide, with labels at their middles.
struct Cells {
    count: usize,
    /// `true` if cell 0 is at the upper end, as in a matrix; axes count upwards.
    down: bool,
}

impl Ranged for Cells {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * value / self.count as f64).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let step = self.count.div_ceil(hint.max_num_points().max(1));
        (0..self.count)
            .step_by(step)
            .map(|index| self.middle(index))
            .collect()
    }

    fn range(&self) -> Range<f64> {
        0.0..self.count as f64
    }
}

impl Cells {
    /// The middle of the cell with this index.
    fn middle(&self, index: usize) -> f64 {
        (if self.down {
            self.count - 1 - index
        } else {
            index
        }) as f64
            + 0.5
    }
}

impl ValueFormatter<f64> for Cells {
    fn format_ext(&self, middle: &f64) -> String {
        let index = middle.floor();
        format!(
            "{:.0}",
            if self.down {
                self.count as f64 - 1.0 - index
            } else {
                index
            }
        )
    }
}

/// Draws the cells of a page with their numbers, where these are few; those that are `wrong` get a frame.
pub(super) fn draw(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    caption: &str,
    cells: &Array2<f32>,
    scale: Scale,
    label: &dyn Fn(f32) -> String,
    wrong: Option<&Array2<bool>>,
    (row_axis, column_axis): (&str, &str),
) -> Result<(), Refused> {
    let (rows, columns) = cells.dim();
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(
            Cells {
                count: columns,
                down: false,
            },
            Cells {
                count: rows,
                down: true,
            },
        )?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(column_axis)
        .y_desc(row_axis)
        .axis_desc_style(("sans-serif", 15))
        .label_style(("sans-serif", 13))
        .x_labels(columns.min(16))
        .y_labels(rows.min(16))
        .draw()?;
    let numbers = rows <= 12 && columns <= 8;
    for ((row, column), &x) in cells.indexed_iter() {
        let (left, up) = (column as f64, (rows - 1 - row) as f64);
        let cell = |style: ShapeStyle| Rectangle::new([(left, up), (left + 1.0, up + 1.0)], style);
        let color = scale.color(x);
        chart.draw_series([cell(color.filled())])?;
        if wrong.is_some_and(|wrong| wrong.get((row, column)) == Some(&true)) {
            chart.draw_series([cell(WRONG.stroke_width(2))])?;
        }
        if numbers {
            let dark =
                299 * u32::from(color.0) + 587 * u32::from(color.1) + 114 * u32::from(color.2)
                    < 128_000;
            let style = ("sans-serif", if columns <= 5 { 15 } else { 12 })
                .into_font()
                .color(if dark { &WHITE } else { &ON_CELL });
            let place = (left + 0.5, up + 0.5);
            let style = style.pos(Pos::new(HPos::Center, VPos::Center));
            chart.draw_series([Text::new(label(x), place, style)])?;
        }
    }
    Ok(())
}

/// A number that fits into a cell.
pub(super) fn short(x: f32) -> String {
    match x.abs() {
        _ if !x.is_finite() => x.to_string(),
        size if size < 10_000.0 && size.fract() == 0.0 => format!("{x:.0}"),
        size if size < 0.005 => format!("{x:.0e}"),
        size if size < 100.0 => format!("{x:.2}"),
        size if size < 10_000.0 => format!("{x:.0}"),
        _ => format!("{x:.1e}"),
    }
}
