//! A small table of numbers with named rows and columns.

use ndarray::Array2;

use crate::markdown::escape;

/// The part of attention that a table shows; its caption has the colour that this part has in diagrams.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Queries,
    Keys,
    Values,
    /// None of these.
    Other,
}

impl Part {
    /// Returns the class in HTML.
    fn class(self) -> &'static str {
        match self {
            Self::Queries => " class=\"query\"",
            Self::Keys => " class=\"key\"",
            Self::Values => " class=\"value\"",
            Self::Other => "",
        }
    }
}

/// A table as it is shown.
pub(super) struct Table {
    caption: String,
    part: Part,
    rows: Vec<String>,
    columns: Vec<String>,
    cells: Vec<Vec<Cell>>,
}

struct Cell {
    text: String,
    /// The number as a part of the table's largest, from −1 to 1: how strongly the cell is coloured.
    strength: f32,
}

impl Table {
    /// Creates a table of numbers with two decimals.
    pub(super) fn of_numbers(
        caption: &str,
        rows: Vec<String>,
        columns: Vec<String>,
        values: &Array2<f32>,
    ) -> Self {
        let finite = values.iter().filter(|value| value.is_finite());
        let largest = finite.fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let cell = |&value: &f32| Cell {
            text: shown(value),
            strength: if value.is_finite() {
                value / largest
            } else {
                0.0
            },
        };
        let cells = values.rows().into_iter();
        Self {
            caption: caption.to_owned(),
            part: Part::Other,
            rows,
            columns,
            cells: cells.map(|row| row.iter().map(cell).collect()).collect(),
        }
    }

    /// Creates a table with a single row of indices, which is not coloured.
    pub(super) fn of_indices(caption: &str, columns: Vec<String>, indices: &[usize]) -> Self {
        let cell = |index: &usize| Cell {
            text: index.to_string(),
            strength: 0.0,
        };
        Self {
            caption: caption.to_owned(),
            part: Part::Other,
            rows: vec!["index".to_owned()],
            columns,
            cells: vec![indices.iter().map(cell).collect()],
        }
    }

    /// Gives the caption the colour of a part of attention.
    pub(super) fn of_part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// Returns the HTML, on one line.
    pub(super) fn html(&self) -> String {
        let mut html = format!(
            "<table{}><caption>{}</caption><thead><tr><td></td>",
            self.part.class(),
            escape(&self.caption)
        );
        for column in &self.columns {
            html += &format!("<th scope=\"col\">{}</th>", escape(column));
        }
        html += "</tr></thead><tbody>";
        for (row, cells) in self.rows.iter().zip(&self.cells) {
            html += &format!("<tr><th scope=\"row\">{}</th>", escape(row));
            for cell in cells {
                html += &cell.html();
            }
            html += "</tr>";
        }
        html + "</tbody></table>"
    }
}

#[cfg(test)]
impl Table {
    /// Panics unless the caption ends with the numbers of rows and columns.
    pub(super) fn assert_shape(&self) {
        for row in &self.cells {
            assert_eq!(row.len(), self.columns.len(), "{}", self.caption);
        }
        let shape = format!("({} × {})", self.cells.len(), self.columns.len());
        assert!(self.caption.ends_with(&shape), "{}: {shape}", self.caption);
    }
}

impl Cell {
    fn html(&self) -> String {
        let minus = if self.strength < 0.0 {
            " class=\"minus\""
        } else {
            ""
        };
        format!(
            "<td{minus} style=\"--w:{:.2}\">{}</td>",
            self.strength.abs(),
            escape(&self.text)
        )
    }
}

/// Formats a number with two decimals, a real minus sign, and no minus before a zero.
fn shown(value: f32) -> String {
    if value.is_infinite() {
        return if value < 0.0 { "−∞" } else { "∞" }.to_owned();
    }
    let shown = format!("{:.2}", value.abs());
    if value < 0.0 && shown != "0.00" {
        format!("−{shown}")
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn numbers_are_short_and_have_a_real_minus() {
        assert_eq!(
            [1.0, -0.125, -0.001, f32::NEG_INFINITY].map(shown),
            ["1.00", "−0.12", "0.00", "−∞"]
        );
    }

    #[test]
    fn the_largest_number_is_coloured_most_and_infinity_not_at_all() {
        let [rows, columns] = [["a"], ["b"]].map(|names| names.map(str::to_owned).to_vec());
        let values = array![[-4.0, 2.0, f32::NEG_INFINITY]];
        let html = Table::of_numbers("c", rows, columns, &values).html();
        let cells = [
            "<td class=\"minus\" style=\"--w:1.00\">−4.00</td>",
            "<td style=\"--w:0.50\">2.00</td>",
            "<td style=\"--w:0.00\">−∞</td>",
        ];
        assert!(html.contains(&cells.concat()), "{html}");
    }
}
