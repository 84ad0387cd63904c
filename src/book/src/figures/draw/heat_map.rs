//! A matrix: the darker a cell, the further its number is from 0.

use ndarray::Array2;

use super::{Axis, Draw, precise};
use crate::markdown::escape;

/// A matrix with named rows and columns.
pub struct HeatMap {
    /// Title above the picture.
    pub title: String,
    /// Labels of the rows.
    pub rows: Axis,
    /// Labels of the columns.
    pub columns: Axis,
    /// Numbers, (rows, columns).
    pub values: Array2<f32>,
    /// Mask, (rows, columns): a cell with `false` is crossed out. `None` if nothing is masked.
    pub mask: Option<Array2<bool>>,
    /// Number of the darkest cell.
    pub range: Range,
}

/// The number that gets the darkest cell.
#[derive(Debug, Clone, Copy)]
pub enum Range {
    /// 1, for weights.
    One,
    /// This one, and its negative in the other colour.
    Of(f32),
}

/// Opacity of the darkest cell; its number is still readable in every theme.
const DARKEST: f32 = 0.45;
/// Most cells of a map whose cells have numbers and tooltips; in larger maps only the table has the numbers.
const MANY: usize = 200;
/// Narrowest cell, in pixels, whose number has a 0 before its point.
const ROOMY: usize = 38;
const TITLE: usize = 24;
const LETTER: usize = 9;
/// Height of a tilted letter, and how far it goes to the right: at 45°, in pixels.
const TILTED_LETTER: usize = 6;

impl HeatMap {
    fn masked(&self, at: (usize, usize)) -> bool {
        self.mask.as_ref().is_some_and(|mask| !mask[at])
    }

    fn many(&self) -> bool {
        self.values.len() > MANY
    }

    /// Width and height of a cell, in pixels.
    fn cell(&self) -> (usize, usize) {
        match self.values.ncols() {
            _ if self.many() => (14, 12),
            0..=8 => (56, 36),
            _ => (32, 28),
        }
    }

    /// Position of the first cell: right of and below the labels.
    fn start(&self) -> (usize, usize) {
        let name = |axis: &Axis| if axis.numbers { 20 } else { 0 };
        let labels = if self.tilted() {
            14 + TILTED_LETTER * longest(&self.columns)
        } else {
            22
        };
        (
            14 + LETTER * longest(&self.rows) + name(&self.rows),
            TITLE + labels + name(&self.columns),
        )
    }

    /// Returns `true` if the labels of the columns are wider than these.
    fn tilted(&self) -> bool {
        !self.many() && longest(&self.columns) * LETTER > self.cell().0
    }

    /// Pixels by which a tilted label is wider than its column.
    fn overhang(&self) -> usize {
        if !self.tilted() {
            return 0;
        }
        let (w, _) = self.cell();
        let columns = self.values.ncols();
        let labels = self.columns.labels.iter().enumerate();
        let end = |(column, label): (usize, &String)| {
            column * w + w / 2 + TILTED_LETTER * label.chars().count()
        };
        let furthest = labels.map(end).max().unwrap_or(0);
        furthest.saturating_sub(columns * w)
    }

    /// Number of rows or columns from one label to the next.
    fn step(&self) -> usize {
        if self.many() { 4 } else { 1 }
    }

    fn names(&self) -> String {
        let ((left, top), (w, h)) = (self.start(), self.cell());
        let (rows, columns) = self.values.dim();
        let mut svg = String::new();
        for (column, label) in self.columns.labels.iter().enumerate().step_by(self.step()) {
            let (x, y) = (left + column * w + w / 2, top - 11);
            let label = escape(label);
            svg += &if self.tilted() {
                format!(
                    "<text class=\"start\" transform=\"translate({x} {y}) rotate(-45)\">{label}</text>"
                )
            } else {
                format!("<text x=\"{x}\" y=\"{y}\">{label}</text>")
            };
        }
        for (row, label) in self.rows.labels.iter().enumerate().step_by(self.step()) {
            let y = top + row * h + h / 2;
            svg += &format!(
                "<text class=\"end\" x=\"{}\" y=\"{y}\">{}</text>",
                left - 7,
                escape(label)
            );
        }
        if self.columns.numbers {
            let x = left + columns * w / 2;
            svg += &format!(
                "<text class=\"axis\" x=\"{x}\" y=\"{}\">{}</text>",
                top - 31,
                self.columns.name
            );
        }
        if self.rows.numbers {
            let y = top + rows * h / 2;
            let name = self.rows.name;
            svg += &format!(
                "<text class=\"axis\" transform=\"translate(9 {y}) rotate(-90)\">{name}</text>"
            );
        }
        svg
    }
}

impl Draw for HeatMap {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> (usize, usize) {
        let ((left, top), (w, h), (rows, columns)) = (self.start(), self.cell(), self.values.dim());
        (left + columns * w + 2 + self.overhang(), top + rows * h + 2)
    }

    fn content(&self) -> String {
        let ((left, top), (w, h)) = (self.start(), self.cell());
        let darkest = match self.range {
            Range::One => 1.0,
            Range::Of(largest) => largest,
        };
        // Truth values and other whole numbers do without decimals.
        let whole = self.values.iter().all(|value| value.fract() == 0.0);
        let text = |value: f32| {
            if whole {
                format!("{value:.0}").replace('-', "−")
            } else {
                short(value)
            }
        };
        let mut svg = self.names();
        for ((row, column), &value) in self.values.indexed_iter() {
            let (x, y) = (left + column * w, top + row * h);
            let minus = if value < 0.0 { " class=\"minus\"" } else { "" };
            let opacity = (value.abs() / darkest).clamp(0.0, 1.0) * DARKEST; // of NaN: nothing
            let rect = format!(
                "<rect{minus} x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill-opacity=\"{opacity:.2}\"/>"
            );
            if self.many() {
                svg += &rect;
                continue;
            }
            let masked = self.masked((row, column));
            let (number, exact) = if masked {
                ("×".to_owned(), "masked".to_owned())
            } else {
                (text(value), precise(value))
            };
            let number = if w < ROOMY {
                number.replacen("0.", ".", 1)
            } else {
                number
            };
            svg += &format!(
                "<g{}><title>{}, {}: {exact}</title>{rect}<text x=\"{}\" y=\"{}\">{number}</text></g>",
                if masked { " class=\"masked\"" } else { "" },
                self.rows.heading(row),
                self.columns.heading(column),
                x + w / 2,
                y + h / 2,
            );
        }
        svg
    }

    fn rows(&self) -> String {
        let (rows, columns) = self.values.dim();
        let mut table = "<thead><tr><td></td>".to_owned();
        for column in 0..columns {
            table += &format!("<th scope=\"col\">{}</th>", self.columns.heading(column));
        }
        table += "</tr></thead><tbody>";
        for row in 0..rows {
            table += &format!("<tr><th scope=\"row\">{}</th>", self.rows.heading(row));
            for column in 0..columns {
                let masked = if self.masked((row, column)) {
                    " (masked)"
                } else {
                    ""
                };
                table += &format!("<td>{}{masked}</td>", precise(self.values[(row, column)]));
            }
            table += "</tr>";
        }
        table + "</tbody>"
    }
}

/// Returns the number of letters of the longest label.
fn longest(axis: &Axis) -> usize {
    let letters = axis.labels.iter().map(|label| label.chars().count());
    letters.max().unwrap_or(0)
}

/// Formats a number for a cell.
pub(crate) fn short(value: f32) -> String {
    match value.abs() {
        _ if value.is_nan() => "NaN".to_owned(),
        _ if value.is_infinite() => if value > 0.0 { "∞" } else { "−∞" }.to_owned(),
        large if large >= 9.995e3 => format!("{value:.0e}"),
        large if large >= 99.95 => format!("{value:.0}"),
        large if large >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
    .replace('-', "−")
}
