//! A residual stream with the parts that read from it and add to it, as in every diagram of a block.

use super::canvas::{Canvas, Role};
use super::geometry::{Area, Point};

/// Size of the box of a part.
pub const BOX: (f32, f32) = (116.0, 38.0);
/// Size of a layer norm.
const NORM: (f32, f32) = (42.0, 20.0);

/// Distance from the stream to the boxes beside it: room for half a norm.
const BESIDE: f32 = NORM.0 / 2.0 + 7.0;
/// Width of a stream with its norms and the parts beside it.
pub const WIDTH: f32 = NORM.0 / 2.0 + BESIDE + BOX.0;
const FORK: f32 = 10.0;
const RISE: f32 = 16.0;

/// Place of a layer norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// On the branch, before the part: pre-norm.
    Before,
    /// On the stream, after the sum: post-norm.
    After,
}

/// Side of the stream on which its parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To the left of the stream.
    Left,
    /// To the right of the stream.
    Right,
}

/// A residual stream, which grows from the bottom to the top.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// The upper end.
    pub at: Point,
    side: Side,
}

impl Stream {
    /// Begins a stream at its lower end.
    pub const fn new(at: Point, side: Side) -> Self {
        Self { at, side }
    }

    /// Returns the horizontal middle of the parts beside the stream.
    pub const fn beside(&self) -> f32 {
        let distance = BESIDE + BOX.0 / 2.0;
        match self.side {
            Side::Left => self.at.x - distance,
            Side::Right => self.at.x + distance,
        }
    }

    /// Returns the left edge of the stream with its norms and the parts beside it.
    pub const fn left_edge(&self) -> f32 {
        match self.side {
            Side::Left => self.beside() - BOX.0 / 2.0,
            Side::Right => self.at.x - NORM.0 / 2.0,
        }
    }

    /// Lets the stream go on upwards and returns its new end.
    pub fn rise(&mut self, canvas: &mut Canvas, length: f32) -> Point {
        let from = self.at;
        self.at = from.down(-length);
        canvas.line(Role::Stream, &[from, self.at]);
        self.at
    }

    /// Adds a part with its residual connection and its norm; returns the part's box.
    pub fn part(&mut self, canvas: &mut Canvas, norm: Norm, role: Role, name: &str) -> Area {
        let fork = self.rise(canvas, FORK);
        let mut foot = Point {
            x: self.beside(),
            y: fork.y,
        };
        let mut way = vec![fork, foot];
        foot = foot.down(-RISE);
        if norm == Norm::Before {
            let pill = Area::around(foot.down(-NORM.1 / 2.0), NORM.0, NORM.1);
            way.push(pill.bottom());
            canvas.arrow(Role::Plain, &way);
            canvas.bar(pill, Role::Norm, "norm");
            way = vec![pill.top()];
            foot = pill.top().down(-RISE);
        }
        way.push(foot);
        canvas.arrow(Role::Plain, &way);
        let part = canvas.block(
            Area::around(foot.down(-BOX.1 / 2.0), BOX.0, BOX.1),
            role,
            name,
        );
        self.add(canvas, part);
        if norm == Norm::After {
            self.norm(canvas);
        }
        part
    }

    /// Adds the output of a part to the stream.
    fn add(&mut self, canvas: &mut Canvas, part: Area) {
        let corner = part.top().down(-RISE);
        let plus = self.plus(canvas, corner.y);
        canvas.arrow(Role::Plain, &[part.top(), corner, self.near(plus)]);
    }

    /// Adds what is beside the stream, at the same height, to the stream.
    pub fn sum(&mut self, canvas: &mut Canvas, other: Area) {
        let plus = self.plus(canvas, other.center().y);
        let from = match self.side {
            Side::Left => other.right(),
            Side::Right => other.left(),
        };
        canvas.arrow(Role::Plain, &[from, self.near(plus)]);
    }

    /// Returns the point of a plus on the stream that the parts are next to.
    fn near(&self, plus: Area) -> Point {
        match self.side {
            Side::Left => plus.left(),
            Side::Right => plus.right(),
        }
    }

    /// Lets the stream go on to a plus at the height `y`, and ends it there.
    fn plus(&mut self, canvas: &mut Canvas, y: f32) -> Area {
        let center = Point { y, ..self.at };
        canvas.line(Role::Stream, &[self.at, center]);
        let plus = canvas.plus(center);
        self.at = plus.top();
        plus
    }

    /// Puts a layer norm on the stream.
    pub fn norm(&mut self, canvas: &mut Canvas) -> Area {
        let foot = self.rise(canvas, FORK - 2.0);
        let norm = Area::around(foot.down(-NORM.1 / 2.0), NORM.0, NORM.1);
        canvas.bar(norm, Role::Norm, "norm");
        self.at = norm.top();
        norm
    }
}
