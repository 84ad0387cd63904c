//! Points and rectangles, in units of the SVG. As in SVG, `y` grows downwards.

/// A point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Distance from the left.
    pub x: f32,
    /// Distance from the top.
    pub y: f32,
}

/// Returns the point with these coordinates.
pub const fn point(x: f32, y: f32) -> Point {
    Point { x, y }
}

impl Point {
    /// Returns the point this far to the right, or to the left if `by` is negative.
    pub const fn right(self, by: f32) -> Self {
        point(self.x + by, self.y)
    }

    /// Returns the point this far below, or above if `by` is negative.
    pub const fn down(self, by: f32) -> Self {
        point(self.x, self.y + by)
    }

    /// Returns the point at this distance and angle, counter-clockwise from the right, in radians.
    pub fn polar(self, distance: f32, angle: f32) -> Self {
        point(
            self.x + distance * angle.cos(),
            self.y - distance * angle.sin(),
        )
    }

    /// Returns the point at this share of the way to another.
    pub fn toward(self, other: Self, share: f32) -> Self {
        point(
            self.x + (other.x - self.x) * share,
            self.y + (other.y - self.y) * share,
        )
    }

    pub(super) fn distance(self, other: Self) -> f32 {
        (other.x - self.x).hypot(other.y - self.y)
    }
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Its left edge.
    pub x: f32,
    /// Its upper edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Area {
    /// Returns the rectangle with this upper left corner.
    pub const fn at(corner: Point, width: f32, height: f32) -> Self {
        Self {
            x: corner.x,
            y: corner.y,
            width,
            height,
        }
    }

    /// Returns the rectangle around this centre.
    pub const fn around(center: Point, width: f32, height: f32) -> Self {
        Self::at(
            center.right(-width / 2.0).down(-height / 2.0),
            width,
            height,
        )
    }

    /// Returns the centre.
    pub const fn center(self) -> Point {
        point(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Returns the middle of the upper edge.
    pub const fn top(self) -> Point {
        self.center().down(-self.height / 2.0)
    }

    /// Returns the middle of the lower edge.
    pub const fn bottom(self) -> Point {
        self.center().down(self.height / 2.0)
    }

    /// Returns the middle of the left edge.
    pub const fn left(self) -> Point {
        self.center().right(-self.width / 2.0)
    }

    /// Returns the middle of the right edge.
    pub const fn right(self) -> Point {
        self.center().right(self.width / 2.0)
    }

    /// Returns the rectangle with `by` more on each side.
    pub const fn grown(self, by: f32) -> Self {
        Self::at(
            point(self.x - by, self.y - by),
            self.width + 2.0 * by,
            self.height + 2.0 * by,
        )
    }

    /// Returns the smallest rectangle around both.
    pub const fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: (self.x + self.width).max(other.x + other.width) - x,
            height: (self.y + self.height).max(other.y + other.height) - y,
        }
    }

    /// Returns `true` if the other is inside, edges included.
    pub(super) fn contains(self, other: Self) -> bool {
        self.union(other) == self
    }
}
