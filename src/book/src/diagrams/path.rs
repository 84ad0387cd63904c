//! Lines with rounded corners, and the heads of arrows.

use std::f32::consts::PI;

use super::geometry::{Point, point};

const CORNER: f32 = 8.0;
/// Length of an arrow's head, and half of its width.
const HEAD: (f32, f32) = (8.0, 4.0);

/// Returns the data of a `<path>` through these points, whose corners are rounded.
pub(super) fn rounded(points: &[Point]) -> String {
    let mut data = String::new();
    for (i, &at) in points.iter().enumerate() {
        let (before, after) = (i.checked_sub(1).map(|i| points[i]), points.get(i + 1));
        data += &match (before, after) {
            (None, _) => format!("M{}", pair(at)),
            (_, None) => format!("L{}", pair(at)),
            (Some(before), Some(&after)) => {
                let radius = CORNER
                    .min(at.distance(before) / 2.0)
                    .min(at.distance(after) / 2.0);
                let cut = |other: Point| at.toward(other, radius / at.distance(other).max(0.01));
                format!("L{}Q{} {}", pair(cut(before)), pair(at), pair(cut(after)))
            }
        };
    }
    data
}

/// Cuts the end off a line to make room for the head of an arrow; returns the head's three corners.
pub(super) fn cut_for_head(points: &mut [Point]) -> Option<[Point; 3]> {
    let [.., before, tip] = points else {
        return None;
    };
    let length = before.distance(*tip);
    if length == 0.0 {
        return None;
    }
    let base = tip.toward(*before, HEAD.0 / length);
    let (x, y) = ((tip.x - before.x) / length, (tip.y - before.y) / length);
    let corners = [
        *tip,
        point(base.x - y * HEAD.1, base.y + x * HEAD.1),
        point(base.x + y * HEAD.1, base.y - x * HEAD.1),
    ];
    *tip = tip.toward(*before, (HEAD.0 - 1.0) / length);
    Some(corners)
}

/// Returns the points of a circle's arc between two angles, counter-clockwise from the right.
pub(super) fn arc(center: Point, radius: f32, from: f32, to: f32) -> Vec<Point> {
    let steps = (((to - from).abs() / PI * 24.0).ceil() as usize).max(2);
    let angle = |step: usize| from + (to - from) * step as f32 / steps as f32;
    (0..=steps)
        .map(|step| center.polar(radius, angle(step)))
        .collect()
}

/// Formats a point for SVG.
pub(super) fn pair(at: Point) -> String {
    format!("{:.1} {:.1}", at.x, at.y)
}
