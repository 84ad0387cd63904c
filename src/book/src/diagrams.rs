//! Boxes, arrows and tensors, drawn by code: each diagram is a file in `book/diagrams`, and its name is the one in
//! `{{#diagram NAME}}`.
//!
//! A [`Canvas`] draws the shapes, a [`Flow`] places one box above the other, and [`parts`] has the residual stream
//! of a block. Colours are left to `book/assets/diagrams.css`, which follows the page's theme.

mod all;
mod canvas;
mod flow;
mod geometry;
mod label;
pub mod parts;
mod path;

pub use canvas::{Canvas, Role};
pub use flow::Flow;
pub use geometry::{Area, Point, point};
pub use label::{Anchor, Font};

use attentive_course::Location;

use crate::BookError;
use crate::markdown::{escape, to_html};
use crate::math::Math;

/// A diagram with its caption.
pub struct Diagram {
    /// Caption below the drawings, in Markdown.
    pub caption: &'static str,
    /// Drawings, side by side where there is room.
    pub panels: Vec<Panel>,
}

/// One drawing of a diagram.
pub struct Panel {
    /// A few words that say what is drawn.
    pub title: &'static str,
    /// The drawing in words, for readers who cannot see it.
    pub description: &'static str,
    /// The drawing.
    pub canvas: Canvas,
}

/// A diagram that can be drawn, with its name in `{{#diagram NAME}}`.
struct NamedDiagram {
    name: &'static str,
    draw: fn() -> Diagram,
}

/// Returns the names of all diagrams.
pub fn names() -> impl Iterator<Item = &'static str> {
    all::ALL.iter().map(|diagram| diagram.name)
}

/// Returns the HTML of a diagram, on one line; `None` if there is no diagram of this name.
pub(crate) fn html(name: &str, math: &Math, at: &Location) -> Option<Result<String, BookError>> {
    let diagram = all::ALL.iter().find(|diagram| diagram.name == name)?;
    let Diagram { caption, panels } = (diagram.draw)();
    let mut drawings = String::new();
    for (i, panel) in panels.iter().enumerate() {
        let id = format!("diagram-{}-{i}", escape(name));
        drawings += &panel.canvas.svg(&id, panel.title, panel.description);
    }
    Some(to_html(caption, math, at).map(|caption| {
        format!(
            "<figure class=\"diagram\" id=\"diagram-{}\"><div class=\"panels\">{drawings}</div>\
             <figcaption>{caption}</figcaption></figure>",
            escape(name)
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width of a panel that a phone of 360 pixels shows without scrolling: the text of its page is 320 wide, and the
    /// smallest letters may shrink from 13 units to 11 pixels.
    const WIDEST: f32 = 320.0 * 13.0 / 11.0;

    /// Draws all diagrams and returns their panels, each with the name of its diagram.
    fn panels() -> Vec<(&'static str, Panel)> {
        let mut panels = Vec::new();
        for diagram in all::ALL {
            for panel in (diagram.draw)().panels {
                panels.push((diagram.name, panel));
            }
        }
        panels
    }

    #[test]
    fn every_diagram_has_a_text_alternative_and_fits_a_phone() {
        assert!(names().count() >= 10);
        for (name, panel) in panels() {
            assert!(!panel.title.is_empty(), "{name} has no title");
            let words = panel.description.split_whitespace().count();
            assert!(words >= 12, "{name} is described in {words} words");
            let width = panel.canvas.view().width;
            assert!(width <= WIDEST, "{name} is {width} units wide");
            let svg = panel.canvas.svg("id", panel.title, panel.description);
            assert!(
                svg.contains("role=\"img\"") && svg.contains("<title") && svg.contains("<desc")
            );
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
        }
    }

    #[test]
    fn no_two_texts_overlap_and_each_fits_its_box() {
        for (name, panel) in panels() {
            let Canvas {
                labels, misfits, ..
            } = &panel.canvas;
            assert!(misfits.is_empty(), "{name}: too wide: {misfits:?}");
            for (i, label) in labels.iter().enumerate() {
                for other in &labels[..i] {
                    let overlap = overlap(label.area(), other.area());
                    assert!(!overlap, "{name}: {:?} and {:?}", label.text, other.text);
                }
            }
        }
    }

    #[test]
    fn no_line_crosses_a_text() {
        for (name, panel) in panels() {
            for label in &panel.canvas.labels {
                for &[from, to] in &panel.canvas.segments {
                    let crossed = passes(from, to, label.area());
                    assert!(!crossed, "{name}: {:?}, {from:?} to {to:?}", label.text);
                }
            }
        }
    }

    /// Returns `true` if the two have a point in common, other than on their edges.
    fn overlap(a: Area, b: Area) -> bool {
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    }

    /// Returns `true` if the line has a point in the rectangle.
    fn passes(from: Point, to: Point, area: Area) -> bool {
        let steps = from.distance(to).ceil().max(1.0) as usize;
        (0..=steps).any(|step| {
            let at = from.toward(to, step as f32 / steps as f32);
            overlap(area, Area::around(at, 0.1, 0.1))
        })
    }

    #[test]
    fn a_diagram_is_one_line_of_html_or_unknown() {
        let at = Location {
            file: "lesson.md".into(),
            line: 1,
        };
        let math = Math::new();
        let html = |name| html(name, &math, &at);
        assert!(html("none").is_none());
        for name in names() {
            let diagram = html(name).expect("it exists").expect("it is drawn");
            // Another line would end the block of HTML in Markdown.
            assert!(!diagram.contains('\n'), "{name}");
        }
    }
}
