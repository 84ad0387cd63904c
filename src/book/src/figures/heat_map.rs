//! A matrix as a picture that follows the page's theme, and as a table.

use ndarray::Array2;

use crate::markdown::escape;

/// Attention weights: a row for each query, a column for each key, entries from 0 to 1.
pub struct HeatMap {
    /// What stands above it.
    pub title: &'static str,
    /// (queries, keys)
    pub weights: Array2<f32>,
    /// (queries, keys): where `false`, the cell is crossed out as masked. None if nothing is masked.
    pub mask: Option<Array2<bool>>,
}

const CELL: (usize, usize) = (56, 40);
const LEFT: usize = 44;
const TOP: usize = 44;
/// Even the darkest cell lets its number be read, in every theme.
const DARKEST: f32 = 0.55;

impl HeatMap {
    fn masked(&self, at: (usize, usize)) -> bool {
        self.mask.as_ref().is_some_and(|mask| !mask[at])
    }

    /// The picture as an `<svg>` element, on one line. Colours are the page's own.
    pub(crate) fn svg(&self, description: &str) -> String {
        let (queries, keys) = self.weights.dim();
        let (width, height) = (LEFT + keys * CELL.0 + 2, TOP + queries * CELL.1 + 2);
        let mut svg = format!(
            "<svg class=\"heat-map\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\"><text class=\"title\" x=\"{middle}\" y=\"14\">{title}</text>",
            label = escape(&format!("{}: {description}", self.title)),
            title = escape(self.title),
            middle = LEFT + keys * CELL.0 / 2,
        );
        for key in 0..keys {
            let x = LEFT + key * CELL.0 + CELL.0 / 2;
            svg += &format!("<text x=\"{x}\" y=\"{}\">k{}</text>", TOP - 10, subscript(key + 1));
        }
        for query in 0..queries {
            let y = TOP + query * CELL.1 + CELL.1 / 2;
            svg += &format!("<text x=\"{}\" y=\"{y}\">q{}</text>", LEFT - 20, subscript(query + 1));
        }
        for ((query, key), weight) in self.weights.indexed_iter() {
            let (x, y) = (LEFT + key * CELL.0, TOP + query * CELL.1);
            let (w, h) = CELL;
            let (masked, shown) = if self.masked((query, key)) {
                (" masked", "masked, so 0".to_owned())
            } else {
                ("", format!("{weight:.3}"))
            };
            let number = if masked.is_empty() { format!("{weight:.2}") } else { "×".to_owned() };
            svg += &format!(
                "<g class=\"cell{masked}\"><title>query {}, key {}: {shown}</title>\
                 <rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill-opacity=\"{:.3}\"/>\
                 <text x=\"{}\" y=\"{}\">{number}</text></g>",
                query + 1,
                key + 1,
                weight * DARKEST,
                x + w / 2,
                y + h / 2,
            );
        }
        svg + "</svg>"
    }

    /// The numbers as a `<table>`, on one line.
    pub(crate) fn table(&self) -> String {
        let (queries, keys) = self.weights.dim();
        let mut table = format!("<table><caption>{}</caption><thead><tr><td></td>", escape(self.title));
        for key in 1..=keys {
            table += &format!("<th scope=\"col\">key {key}</th>");
        }
        table += "</tr></thead><tbody>";
        for query in 0..queries {
            table += &format!("<tr><th scope=\"row\">query {}</th>", query + 1);
            for key in 0..keys {
                let weight = self.weights[(query, key)];
                let masked = if self.masked((query, key)) { " (masked)" } else { "" };
                table += &format!("<td>{weight:.4}{masked}</td>");
            }
            table += "</tr>";
        }
        table + "</tbody></table>"
    }
}

/// The number in small, low digits.
fn subscript(number: usize) -> String {
    format!("<tspan dy=\"3\" font-size=\"70%\">{number}</tspan>")
}
