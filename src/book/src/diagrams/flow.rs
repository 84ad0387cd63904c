//! A chain of parts, one after the other, of which none needs a coordinate.

use super::canvas::{Canvas, Role};
use super::geometry::{Area, Point};

/// Direction in which a chain grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the bottom to the top.
    Up,
    /// From left to right.
    Right,
    /// From the top to the bottom.
    Down,
}

impl Direction {
    const fn step(self, from: Point, by: f32) -> Point {
        match self {
            Self::Up => from.down(-by),
            Self::Right => from.right(by),
            Self::Down => from.down(by),
        }
    }

    /// Returns the extent of a shape in this direction.
    const fn extent(self, (width, height): (f32, f32)) -> f32 {
        match self {
            Self::Right => width,
            Self::Up | Self::Down => height,
        }
    }
}

/// The end of a chain, to which parts are added.
#[derive(Debug, Clone, Copy)]
pub struct Flow {
    /// The end of the chain.
    pub at: Point,
    direction: Direction,
    role: Role,
}

impl Flow {
    /// Begins a chain; its lines have the colour of `role`.
    pub const fn new(at: Point, direction: Direction, role: Role) -> Self {
        Self {
            at,
            direction,
            role,
        }
    }

    /// Adds a line without a head and returns its end, from which other lines may leave.
    pub fn line(&mut self, canvas: &mut Canvas, length: f32) -> Point {
        let start = self.at;
        self.at = self.direction.step(start, length);
        canvas.line(self.role, &[start, self.at]);
        self.at
    }

    /// Adds an arrow and returns its end.
    pub fn arrow(&mut self, canvas: &mut Canvas, length: f32) -> Point {
        let start = self.at;
        self.at = self.direction.step(start, length);
        canvas.arrow(self.role, &[start, self.at]);
        self.at
    }

    /// Adds an arrow to a shape of this size, which `draw` draws.
    fn shape(
        &mut self,
        canvas: &mut Canvas,
        length: f32,
        size: (f32, f32),
        draw: impl FnOnce(&mut Canvas, Area) -> Area,
    ) -> Area {
        self.arrow(canvas, length);
        let extent = self.direction.extent(size);
        let center = self.direction.step(self.at, extent / 2.0);
        self.at = self.direction.step(self.at, extent);
        draw(canvas, Area::around(center, size.0, size.1))
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
        self.shape(canvas, length, size, |canvas, area| {
            canvas.block(area, role, name)
        })
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
        self.shape(canvas, length, size, |canvas, area| {
            canvas.bar(area, role, name)
        })
    }

    /// Adds an arrow to a circled plus.
    pub fn plus(&mut self, canvas: &mut Canvas, length: f32) -> Area {
        let size = (super::canvas::PLUS, super::canvas::PLUS);
        self.shape(canvas, length, size, |canvas, area| {
            canvas.plus(area.center())
        })
    }
}
