//! Matrices, bars and curves as SVG. Colours are left to `book/assets/figures.css`, which follows the page's theme.

mod bars;
mod heat_map;
mod lines;

pub use bars::Bars;
pub(crate) use heat_map::short;
pub use heat_map::{HeatMap, Range};
pub use lines::{Lines, Series, Ticks};

use crate::markdown::escape;

/// One picture of a figure.
pub enum Panel {
    /// A matrix.
    HeatMap(HeatMap),
    /// A row of numbers.
    Bars(Bars),
    /// Functions of one variable.
    Lines(Lines),
}

/// A picture as SVG, and its numbers as a table.
trait Draw {
    /// Returns the title.
    fn title(&self) -> &str;
    /// Returns width and height, in pixels.
    fn size(&self) -> (usize, usize);
    /// Returns the picture without its title, as SVG on one line.
    fn content(&self) -> String;
    /// Returns the numbers, as the head and body of a `<table>` on one line.
    fn rows(&self) -> String;
}

impl Panel {
    fn draw(&self) -> &dyn Draw {
        match self {
            Self::HeatMap(map) => map,
            Self::Bars(bars) => bars,
            Self::Lines(lines) => lines,
        }
    }

    /// Returns the matrix, if the panel is one.
    pub fn heat_map(&self) -> Option<&HeatMap> {
        if let Self::HeatMap(map) = self {
            Some(map)
        } else {
            None
        }
    }

    /// Returns an `<svg>` for a page, on one line; `description` is for readers who cannot see it.
    pub(crate) fn inline(&self, description: &str) -> String {
        let (width, height) = self.size();
        format!(
            "<svg class=\"plot\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\">{}</svg>",
            escape(&format!("{}: {description}", self.draw().title())),
            self.content(),
        )
    }

    /// Returns width and height, in pixels.
    pub(super) fn size(&self) -> (usize, usize) {
        self.draw().size()
    }

    /// Returns the title and the picture below it, as SVG.
    pub(super) fn content(&self) -> String {
        let middle = self.size().0 / 2;
        let title = escape(self.draw().title());
        format!(
            "<text class=\"title\" x=\"{middle}\" y=\"14\">{title}</text>{}",
            self.draw().content()
        )
    }

    /// Returns the numbers as a `<table>`, on one line.
    pub(crate) fn table(&self) -> String {
        format!(
            "<table><caption>{}</caption>{}</table>",
            escape(self.draw().title()),
            self.draw().rows()
        )
    }
}

/// The names of rows or columns.
#[derive(Debug, Clone)]
pub struct Axis {
    /// Kind of row or column: "query".
    pub name: &'static str,
    /// Label of each.
    pub labels: Vec<String>,
    /// `true` if the labels need the name beside them.
    numbers: bool,
}

impl Axis {
    /// Labels rows or columns q₁, q₂ and so on.
    pub fn symbols(name: &'static str, symbol: char, length: usize) -> Self {
        let low =
            |digit: char| char::from_u32(digit as u32 - '0' as u32 + '₀' as u32).unwrap_or(digit);
        let label = |n: usize| {
            std::iter::once(symbol)
                .chain(n.to_string().chars().map(low))
                .collect()
        };
        let labels = (1..=length).map(label).collect();
        Self {
            name,
            labels,
            numbers: false,
        }
    }

    /// Labels rows or columns by numbers from `first` on.
    pub fn numbers(name: &'static str, first: usize, length: usize) -> Self {
        Self {
            name,
            labels: (first..first + length).map(|n| n.to_string()).collect(),
            numbers: true,
        }
    }

    /// Labels rows or columns by words.
    pub fn words(name: &'static str, words: &[impl ToString]) -> Self {
        Self {
            name,
            labels: words.iter().map(ToString::to_string).collect(),
            numbers: false,
        }
    }

    /// Returns the heading of a row or column in a table.
    fn heading(&self, index: usize) -> String {
        let label = escape(&self.labels[index]);
        if self.numbers {
            format!("{} {label}", self.name)
        } else {
            label
        }
    }
}

/// Formats a number for a table.
pub(crate) fn precise(number: f32) -> String {
    format!("{number:.4}").replace('-', "−")
}
