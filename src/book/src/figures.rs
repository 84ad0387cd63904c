//! Pictures of numbers that the course's solutions compute, by name.
//!
//! [`crate::build`] puts them into pages, [`export`] into files.

mod cache;
mod draw;
mod export;
pub mod lessons;
pub mod random;
mod recorded_run;

pub use draw::{Axis, Bars, HeatMap, Lines, Panel, Range, Series, Ticks};
pub use export::export;
pub use recorded_run::RecordedRun;

pub(crate) use cache::CachedFigures;
pub(crate) use draw::short;
pub(crate) use recorded_run::running_mean;

use attentive_course::Location;

use crate::BookError;
use crate::markdown::{escape, to_html};
use crate::math::Math;

/// The colours of numbers, everywhere: in figures, explorers and pictures of mistakes, and in those of the grader.
pub(crate) const LEGEND: &str = "<p class=\"legend\">Colours: <span class=\"minus\">below 0</span> \
    <span class=\"plus\">above 0</span>, stronger further from 0</p>";

/// A picture with its caption.
pub struct Figure {
    /// Caption below the picture, in Markdown.
    pub caption: &'static str,
    /// A sentence for readers who cannot see the picture; the numbers are in tables as well.
    pub description: &'static str,
    /// Pictures, side by side where there is room.
    pub panels: Vec<Panel>,
}

/// A figure that can be computed, with its name in `{{#figure NAME}}`.
pub(crate) struct NamedFigure {
    pub(crate) name: &'static str,
    pub(crate) compute: fn() -> Figure,
}

/// The figures of one lesson.
pub(crate) struct LessonFigures {
    figures: &'static [NamedFigure],
    /// Hash of all sources that the figures are computed from.
    sources: u64,
}

/// Returns the names of all figures.
pub fn names() -> impl Iterator<Item = &'static str> {
    let figures = lessons::ALL.iter().flat_map(|lesson| lesson.figures);
    figures.map(|figure| figure.name)
}

/// Computes the figure of this name; `None` if there is none.
pub fn figure(name: &str) -> Option<Figure> {
    find(name).map(|(figure, _)| (figure.compute)())
}

/// Finds a figure by its name, with the hash of its sources.
fn find(name: &str) -> Option<(&'static NamedFigure, u64)> {
    for lesson in lessons::ALL {
        if let Some(figure) = lesson.figures.iter().find(|figure| figure.name == name) {
            return Some((figure, lesson.sources));
        }
    }
    None
}

/// Returns the HTML of a figure, on one line.
fn html(name: &str, figure: &Figure, math: &Math, at: &Location) -> Result<String, BookError> {
    let mut panels = String::new();
    let mut tables = String::new();
    for panel in &figure.panels {
        panels += &panel.inline(figure.description);
        tables += &panel.table();
    }
    let maps = figure.panels.iter().filter_map(Panel::heat_map);
    let legend = if maps.flat_map(|map| &map.values).any(|&value| value < 0.0) {
        LEGEND
    } else {
        ""
    };
    Ok(format!(
        "<figure id=\"figure-{}\"><div class=\"panels\">{panels}</div>{legend}<figcaption>{}</figcaption>\
         <details><summary>The numbers</summary><div class=\"numbers\" role=\"region\" aria-label=\"The numbers\" \
         tabindex=\"0\">{tables}</div></details></figure>",
        escape(name),
        to_html(figure.caption, math, at)?,
    ))
}
