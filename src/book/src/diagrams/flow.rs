//! A chain of boxes from the bottom to the top, of which none needs a coordinate.

use super::canvas::{Canvas, Role};
use super::geometry::{Area, Point};

/// The upper end of a chain, to which boxes are added.
#[derive(Debug, Clone, Copy)]
pub struct Flow {
    /// The end of the chain.
    pub at: Point,
    role: Role,
}

impl Flow {
    /// Begins a chain whose arrows have the colour of `role`.
    pub const fn new(at: Point, role: Role) -> Self {
        Self { at, role }
    }

    /// Adds an arrow and returns its end.
    pub fn arrow(&mut self, canvas: &mut Canvas, length: f32) -> Point {
        let start = self.at;
        self.at = start.down(-length);
        canvas.arrow(self.role, &[start, self.at]);
        self.at
    }

    /// Adds an arrow to a rectangle of this size.
    fn area(&mut self, canvas: &mut Canvas, length: f32, (width, height): (f32, f32)) -> Area {
        let foot = self.arrow(canvas, length);
        self.at = foot.down(-height);
        Area::around(foot.down(-height / 2.0), width, height)
    }

    /// Adds an arrow to a box with a name.
    pub fn block(
        &mut self,
        canvas: &mut Canvas,
        length: f32,
        size: (f32, f32),
        role: Role,
        name: &str,
    ) -> Area {
        let area = self.area(canvas, length, size);
        canvas.block(area, role, name)
    }

    /// Adds an arrow to a low box with a name in small letters.
    pub fn bar(
        &mut self,
        canvas: &mut Canvas,
        length: f32,
        size: (f32, f32),
        role: Role,
        name: &str,
    ) -> Area {
        let area = self.area(canvas, length, size);
        canvas.bar(area, role, name)
    }
}
