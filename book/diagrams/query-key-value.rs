//! Queries, keys and values as one flow, with the numbers of the lesson's worked example.

use ::scaled_dot_product::attention;
use ndarray::{Array2, array};

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Point, Role, point};

const CELL: f32 = 20.0;
const GAP: f32 = 39.0;

/// Draws the flow from queries, keys and values to the output.
pub(crate) fn draw() -> Diagram {
    Diagram {
        caption: "Attention is two products of matrices. An entry of a product is in the row of its left factor and in \
                  the column of the one above it. The first row is what the first query gets: it matches the first key \
                  best, so most of its output is the first value. The numbers are those of [the worked \
                  example](#a-worked-example).",
        panels: vec![flow()],
    }
}

/// The weights of the worked example.
fn weights() -> Array2<f32> {
    let q = array![[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0]];
    let k = array![
        [2.0, 0.0, 2.0, 0.0],
        [1.0, 1.0, 1.0, 0.0],
        [0.0, 2.0, 0.0, 1.0]
    ];
    let v = array![[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]];
    attention(q.view(), k.view(), v.view(), None).1
}

fn flow() -> Panel {
    let mut canvas = Canvas::default();
    let weights = weights();
    let q = canvas.grid(point(0.0, 0.0), (2, 4), CELL, Role::Query);
    let right_of = |area: Area| point(area.right().x + GAP, area.y);
    let above = |area: Area, rows: f32| point(area.x, area.y - 16.0 - rows * CELL);

    let scores = canvas.grid(right_of(q), (2, 3), CELL, Role::Plain);
    let k = canvas.grid(above(scores, 4.0), (4, 3), CELL, Role::Key);
    let softmax = point(scores.right().x + GAP + 14.0, 0.0);
    let w = canvas.shades(softmax, &weights, CELL, Role::Attention);
    let output = canvas.grid(right_of(w), (2, 2), CELL, Role::Value);
    let v = canvas.grid(above(output, 3.0), (3, 2), CELL, Role::Value);

    canvas.arrow(Role::Query, &[q.right(), scores.left()]);
    canvas.arrow(Role::Key, &[k.bottom(), scores.top()]);
    canvas.arrow(Role::Attention, &[scores.right(), w.left()]);
    canvas.arrow(Role::Attention, &[w.right(), output.left()]);
    canvas.arrow(Role::Value, &[v.bottom(), output.top()]);

    name(&mut canvas, q.top().down(-16.0), Role::Query, "Q");
    name(&mut canvas, k.top().down(-16.0), Role::Key, "Kᵀ");
    name(&mut canvas, v.top().down(-16.0), Role::Value, "V");
    for (area, text) in [
        (q, "queries\n2 × 4"),
        (scores, "scores\n2 × 3"),
        (w, "weights\n2 × 3"),
        (output, "output\n2 × 2"),
    ] {
        note(&mut canvas, area.bottom().down(14.0), text);
    }
    let middle = scores.right().toward(w.left(), 0.5);
    note(&mut canvas, middle.down(-34.0), "÷ √d_k\nsoftmax");
    for first in [q, scores, w, output] {
        canvas.outline(Area {
            height: CELL,
            ..first
        });
    }
    Panel {
        title: "Query, key and value",
        description: "The queries, 2 by 4, times the keys, laid on their side, 4 by 3, give scores, 2 by 3. Divided by \
                      the root of d k and put through a softmax in each row, they are weights. The weights times the \
                      values, 3 by 2, give the output, 2 by 2: one row for each query.",
        canvas,
    }
}

fn name(canvas: &mut Canvas, at: Point, role: Role, name: &str) {
    canvas.coloured_text(at, Anchor::Middle, Font::Math, role, name);
}

/// Writes small lines below each other, the first at a point.
fn note(canvas: &mut Canvas, at: Point, lines: &str) {
    for (i, line) in lines.lines().enumerate() {
        let at = at.down(i as f32 * 16.0);
        canvas.text(at, Anchor::Middle, Font::Note, line);
    }
}
