//! The shapes of a diagram. The view box grows with what is drawn.

use ndarray::Array2;

use super::geometry::{Area, Point};
use super::label::{Anchor, Font, Label, SMALLEST};
use super::path::{arc, cut_for_head, pair, rounded};
use crate::markdown::escape;

/// Room around everything, in units.
const MARGIN: f32 = 2.0;
/// Size of the smallest text on a narrow screen, in pixels; a diagram that would need smaller letters is scrolled.
const SMALLEST_ON_SCREEN: f32 = 11.0;
const LINE_HEIGHT: f32 = 1.15;
/// Diameter of a circled plus.
const PLUS: f32 = 18.0;

/// Part that a shape plays, which decides its colour. The same part has the same colour in every diagram, and its name
/// beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Anything without a colour of its own.
    Plain,
    /// Background: it is there, and is not what the diagram is about.
    Faint,
    /// Queries.
    Query,
    /// Keys.
    Key,
    /// Values.
    Value,
    /// Attention and its weights.
    Attention,
    /// The feed-forward layer.
    FeedForward,
    /// Layer norm.
    Norm,
    /// Embeddings and positions.
    Embedding,
    /// Logits, probabilities, and the layers that make them.
    Output,
    /// The residual stream.
    Stream,
    /// Parts of the first head.
    FirstHead,
    /// Parts of the second head.
    SecondHead,
}

impl Role {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Faint => " faint",
            Self::Query => " query",
            Self::Key => " key",
            Self::Value => " value",
            Self::Attention => " attention",
            Self::FeedForward => " feed-forward",
            Self::Norm => " norm",
            Self::Embedding => " embedding",
            Self::Output => " output",
            Self::Stream => " stream",
            Self::FirstHead => " first-head",
            Self::SecondHead => " second-head",
        }
    }
}

/// A drawing.
#[derive(Default)]
pub struct Canvas {
    /// Frames, then lines, then shapes: what comes later covers what comes before.
    frames: String,
    lines: String,
    shapes: String,
    pub(super) labels: Vec<Label>,
    /// Texts that are too large for their boxes.
    pub(super) misfits: Vec<String>,
    /// Straight pieces of lines and arrows.
    pub(super) segments: Vec<[Point; 2]>,
    bounds: Option<Area>,
}

impl Canvas {
    fn extend(&mut self, area: Area) {
        self.bounds = Some(self.bounds.map_or(area, |bounds| bounds.union(area)));
    }

    /// Writes one line of text.
    pub fn text(&mut self, at: Point, anchor: Anchor, font: Font, text: &str) {
        self.coloured_text(at, anchor, font, Role::Plain, text);
    }

    /// Writes one line of text in the colour of a role.
    pub fn coloured_text(&mut self, at: Point, anchor: Anchor, font: Font, role: Role, text: &str) {
        let label = Label {
            at,
            anchor,
            font,
            text: text.to_owned(),
            class: role.class(),
        };
        self.extend(label.area());
        self.labels.push(label);
    }

    /// Writes lines of text one below the other, with their middle at the centre of `area`, into which they must fit.
    fn fill(&mut self, area: Area, font: Font, text: &str) {
        let height = font.size() * LINE_HEIGHT;
        let first = (text.lines().count() as f32 - 1.0) / -2.0;
        for (i, line) in text.lines().enumerate() {
            let at = area.center().down((first + i as f32) * height);
            self.text(at, Anchor::Middle, font, line);
            if let Some(label) = self.labels.last()
                && !area.contains(label.area())
            {
                self.misfits.push(line.to_owned());
            }
        }
    }

    fn rect(&mut self, class: &str, area: Area, radius: f32, opacity: Option<f32>) {
        self.extend(area);
        let opacity = opacity.map_or(String::new(), |share| {
            format!(" fill-opacity=\"{share:.2}\"")
        });
        self.shapes += &format!(
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\"{opacity}/>",
            area.x, area.y, area.width, area.height
        );
    }

    /// Draws a box with its name in it.
    pub fn block(&mut self, area: Area, role: Role, name: &str) -> Area {
        self.rect(&format!("block{}", role.class()), area, 7.0, None);
        self.fill(area, Font::Label, name);
        area
    }

    /// Draws a low box with its name in small letters.
    pub fn bar(&mut self, area: Area, role: Role, name: &str) -> Area {
        self.rect(&format!("block{}", role.class()), area, 5.0, None);
        self.fill(area, Font::Note, name);
        area
    }

    /// Draws one cell of a tensor, with a text in it that may be empty.
    pub fn cell(&mut self, area: Area, role: Role, text: &str) -> Area {
        self.rect(&format!("cell{}", role.class()), area, 2.0, None);
        self.fill(area, Font::Note, text);
        area
    }

    /// Draws a tensor as a grid of square cells, and returns its outline.
    pub fn grid(
        &mut self,
        corner: Point,
        (rows, columns): (usize, usize),
        cell: f32,
        role: Role,
    ) -> Area {
        self.shades(corner, &Array2::from_elem((rows, columns), 1.0), cell, role)
    }

    /// Draws a matrix as a grid of square cells, the darker the nearer to 1.
    pub fn shades(&mut self, corner: Point, values: &Array2<f32>, cell: f32, role: Role) -> Area {
        let class = format!("cell{}", role.class());
        for ((row, column), &value) in values.indexed_iter() {
            let at = corner.right(column as f32 * cell).down(row as f32 * cell);
            let opacity = (value < 1.0).then_some(value);
            self.rect(&class, Area::at(at, cell, cell), 2.0, opacity);
        }
        let (rows, columns) = values.dim();
        Area::at(corner, columns as f32 * cell, rows as f32 * cell)
    }

    /// Draws a circle with a plus in it: a sum.
    pub fn plus(&mut self, center: Point) -> Area {
        let area = Area::around(center, PLUS, PLUS);
        let arm = PLUS / 2.0 - 4.0;
        self.extend(area);
        self.shapes += &format!(
            "<circle class=\"plus\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{}\"/><path class=\"sign\" d=\"M{}h{width}M{}v{width}\"/>",
            center.x,
            center.y,
            PLUS / 2.0,
            pair(center.right(-arm)),
            pair(center.down(-arm)),
            width = 2.0 * arm,
        );
        area
    }

    fn stroke(&mut self, class: &str, points: &[Point]) {
        for &at in points {
            self.extend(Area::around(at, 2.0, 2.0));
        }
        for ends in points.windows(2) {
            self.segments.push([ends[0], ends[1]]);
        }
        self.lines += &format!("<path class=\"{class}\" d=\"{}\"/>", rounded(points));
    }

    /// Draws a line through these points.
    pub fn line(&mut self, role: Role, points: &[Point]) {
        self.stroke(&format!("line{}", role.class()), points);
    }

    /// Draws a dashed line through these points.
    pub fn dashes(&mut self, role: Role, points: &[Point]) {
        self.stroke(&format!("line dashed{}", role.class()), points);
    }

    /// Draws an arrow through these points, to the last.
    pub fn arrow(&mut self, role: Role, points: &[Point]) {
        let mut points = points.to_vec();
        let head = cut_for_head(&mut points);
        self.stroke(&format!("line{}", role.class()), &points);
        if let Some([tip, left, right]) = head {
            self.lines += &format!(
                "<path class=\"head{}\" d=\"M{}L{}L{}Z\"/>",
                role.class(),
                pair(tip),
                pair(left),
                pair(right)
            );
        }
    }

    /// Draws a dashed frame around an area.
    pub fn frame(&mut self, area: Area) -> Area {
        self.extend(area);
        self.frames += &format!(
            "<rect class=\"frame\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"10\"/>",
            area.x, area.y, area.width, area.height
        );
        area
    }

    /// Draws a strong outline, such as that of a row which is followed through a diagram.
    pub fn outline(&mut self, area: Area) {
        self.rect("outline", area, 3.0, None);
    }

    /// Draws a circle.
    pub fn circle(&mut self, role: Role, center: Point, radius: f32) {
        self.extend(Area::around(center, 2.0 * radius, 2.0 * radius));
        self.shapes += &format!(
            "<circle class=\"ring{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"/>",
            role.class(),
            center.x,
            center.y
        );
    }

    /// Draws the part of a circle between two angles, counter-clockwise from the right, as an arrow to the second.
    pub fn arc(&mut self, role: Role, center: Point, radius: f32, (from, to): (f32, f32)) {
        self.arrow(role, &arc(center, radius, from, to));
    }

    /// Returns the view box: everything that was drawn, and a margin.
    pub(super) fn view(&self) -> Area {
        let nothing = Area::at(Point { x: 0.0, y: 0.0 }, 0.0, 0.0);
        self.bounds.unwrap_or(nothing).grown(MARGIN)
    }

    /// Returns the drawing as an `<svg>` on one line, with a title and a text for readers who cannot see it. `id` is
    /// unique on the page.
    pub(super) fn svg(&self, id: &str, title: &str, description: &str) -> String {
        let view = self.view();
        let (width, height) = (view.width.ceil(), view.height.ceil());
        let narrowest = (width * SMALLEST_ON_SCREEN / SMALLEST).ceil();
        let texts: String = self.labels.iter().map(Label::svg).collect();
        format!(
            "<svg role=\"img\" aria-labelledby=\"{id}-title {id}-text\" viewBox=\"{:.1} {:.1} {width} {height}\" \
             width=\"{width}\" height=\"{height}\" style=\"min-width:{narrowest}px\"><title id=\"{id}-title\">{}</title>\
             <desc id=\"{id}-text\">{}</desc>{}{}{}{texts}</svg>",
            view.x,
            view.y,
            escape(title),
            escape(description),
            self.frames,
            self.lines,
            self.shapes,
        )
    }
}
