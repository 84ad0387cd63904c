//! Rotary embedding: pairs of features as hands of clocks, turned by the lesson's solution.

use ::rotary_embedding::{Layout, rotate};
use ndarray::Array2;

use crate::diagrams::{Anchor, Canvas, Diagram, Font, Panel, Point, Role, point};

const RADIUS: f32 = 32.0;
const STEP: f32 = 80.0;
const ROW: f32 = 84.0;
/// Width of the vectors: pair 0 turns by 1 radian for each position, pair 1 by 0.1.
const FEATURES: usize = 8;

/// Draws two pairs at four positions, and a query and a key at two distances from the start.
pub(crate) fn draw() -> Diagram {
    Diagram {
        caption: "First, two pairs of one vector with 8 features, at the positions 0 to 3. Pair 0 turns by 1 radian \
                  for each position, pair 1 by a tenth of that. Then, pair 0 of a query and of a key two positions \
                  before it. Further on, both hands have turned by the same angle. The angle between them, 2 radians, \
                  has not changed, and the dot product depends on nothing else.",
        panels: vec![pairs(), distances()],
    }
}

/// Returns the angle of a pair that pointed to the right before it was turned to its position.
fn angle(position: usize, pair: usize) -> f32 {
    let x = Array2::from_shape_fn((1, FEATURES), |(_, feature)| ((feature + 1) % 2) as f32);
    let turned = rotate(x.view(), position, Layout::Interleaved);
    turned[(0, 2 * pair + 1)].atan2(turned[(0, 2 * pair)])
}

/// Draws the circle of a clock and its hand.
fn hand(canvas: &mut Canvas, center: Point, role: Role, position: usize, pair: usize) {
    let end = center.polar(RADIUS, angle(position, pair));
    canvas.arrow(role, &[center, end]);
}

fn pairs() -> Panel {
    let mut canvas = Canvas::default();
    for pair in 0..2 {
        let left = point(0.0, pair as f32 * ROW);
        let name = left.right(-RADIUS - 14.0);
        canvas.text(name, Anchor::End, Font::Note, &format!("pair {pair}"));
        for position in 0..4 {
            let center = left.right(position as f32 * STEP);
            canvas.circle(Role::Faint, center, RADIUS);
            canvas.dashes(Role::Faint, &[center, center.right(RADIUS)]);
            hand(&mut canvas, center, Role::Query, position, pair);
        }
    }
    for position in 0..4 {
        let above = point(position as f32 * STEP, -RADIUS - 14.0);
        let text = format!("position {position}");
        canvas.text(above, Anchor::Middle, Font::Note, &text);
    }
    Panel {
        title: "Pairs turn at different speeds",
        description: "Two rows of four clocks, for the positions 0 to 3. In the first row the hand turns by 1 radian \
                      from each position to the next, and at position 3 it points nearly to the left. In the second \
                      row it turns by 0.1 and has hardly moved.",
        canvas,
    }
}

fn distances() -> Panel {
    let mut canvas = Canvas::default();
    for (i, (query, key)) in [(2, 0), (3, 1), (7, 5)].into_iter().enumerate() {
        let center = point(i as f32 * 116.0, 0.0);
        canvas.circle(Role::Faint, center, RADIUS);
        hand(&mut canvas, center, Role::Query, query, 0);
        hand(&mut canvas, center, Role::Key, key, 0);
        let from = angle(key, 0);
        canvas.arc(Role::Plain, center, RADIUS * 0.45, (from, from + 2.0));
        let below = center.down(RADIUS + 16.0);
        let (text, second) = (format!("query at {query}"), format!("key at {key}"));
        canvas.coloured_text(below, Anchor::Middle, Font::Note, Role::Query, &text);
        let below = below.down(17.0);
        canvas.coloured_text(below, Anchor::Middle, Font::Note, Role::Key, &second);
    }
    Panel {
        title: "Only the distance counts",
        description: "Three clocks, each with the hand of a query and that of a key: at the positions 2 and 0, 3 and \
                      1, 7 and 5. The hands point elsewhere each time, but the angle from the key to the query is \
                      always 2 radians.",
        canvas,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_angle_between_query_and_key_is_the_one_that_is_drawn() {
        for (query, key) in [(2, 0), (3, 1), (7, 5)] {
            let between = angle(query, 0) - angle(key, 0) - 2.0;
            assert!(between.sin().abs() < 1e-5 && between.cos() > 0.0);
        }
        assert!((angle(3, 0) - 3.0).abs() < 1e-5 && (angle(3, 1) - 0.3).abs() < 1e-5);
    }
}
