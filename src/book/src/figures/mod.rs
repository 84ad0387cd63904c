//! Pictures of what the course's solutions compute, by name.

mod heat_map;
mod scaled_dot_product;

pub use heat_map::HeatMap;

use crate::markdown::{escape, to_html};
use crate::math::Math;
use crate::{BookError, Place};

/// A picture with what is needed to understand it.
pub struct Figure {
    /// What stands below it, in Markdown.
    pub caption: &'static str,
    /// What it shows, in a sentence, for those who do not see it. The numbers come in tables besides.
    pub description: &'static str,
    /// The pictures, side by side where there is room.
    pub panels: Vec<HeatMap>,
}

type Compute = fn() -> Figure;

/// Every figure by the name that lessons use, `{{#figure NAME}}`, and what computes it.
const FIGURES: [(&str, Compute); 4] = [
    ("worked-example", scaled_dot_product::worked_example),
    ("seed-42", scaled_dot_product::seed_42),
    ("scaled-and-unscaled", scaled_dot_product::scaled_and_unscaled),
    ("masks", scaled_dot_product::masks),
];

/// The names of all figures.
pub fn names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|(name, _)| *name)
}

/// Computes the figure of this name; `None` if there is none.
pub fn figure(name: &str) -> Option<Figure> {
    FIGURES.iter().find(|(known, _)| *known == name).map(|(_, compute)| compute())
}

/// The HTML of a figure, on one line.
pub(crate) fn html(name: &str, figure: &Figure, math: &Math, place: &Place) -> Result<String, BookError> {
    let mut panels = String::new();
    let mut tables = String::new();
    for panel in &figure.panels {
        panels += &panel.svg(figure.description);
        tables += &panel.table();
    }
    Ok(format!(
        "<figure id=\"figure-{}\"><div class=\"panels\">{panels}</div><figcaption>{}</figcaption>\
         <details><summary>The numbers</summary>{tables}</details></figure>",
        escape(name),
        to_html(figure.caption, math, place)?,
    ))
}
