//! Query heads and the key heads that they share.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Role, point};

const HEADS: usize = 8;
const CELL: f32 = 24.0;
/// Height between the query heads and the key heads.
const RISE: f32 = 46.0;

/// Draws three ways of sharing, from a key head for each query head to one for all.
pub(crate) fn draw() -> Diagram {
    let panel = |title, kv_heads, description| Panel {
        title,
        description,
        canvas: shared(kv_heads),
    };
    Diagram {
        caption: "Eight query heads, at the top, and the heads of keys and values that they read. On the left each \
                  has its own; in the middle neighbours share one, in groups of four; on the right all share one. The \
                  cache has a row of keys and a row of values for each head at the bottom.",
        panels: vec![
            panel(
                "multi-head",
                8,
                "Eight query heads, 0 to 7, each with a line to the key head below it.",
            ),
            panel(
                "grouped-query",
                2,
                "Query heads 0 to 3 have lines to key head 0, and 4 to 7 to key head 1.",
            ),
            panel(
                "multi-query",
                1,
                "All eight query heads, 0 to 7, have a line to the only key head, which is 0.",
            ),
        ],
    }
}

/// Draws the query heads above so many key heads.
fn shared(kv_heads: usize) -> Canvas {
    let mut canvas = Canvas::default();
    let group = HEADS / kv_heads;
    let width = group as f32 * CELL;
    let mut keys = Vec::new();
    for head in 0..kv_heads {
        let middle = (head as f32 + 0.5) * width;
        let corner = point(middle - CELL / 2.0, CELL + RISE);
        let area = Area::at(corner, CELL, CELL);
        keys.push(canvas.cell(area, Role::Key, &head.to_string()));
    }
    for head in 0..HEADS {
        let corner = point(head as f32 * CELL, 0.0);
        let query = canvas.cell(Area::at(corner, CELL, CELL), Role::Query, &head.to_string());
        canvas.line(Role::Key, &[query.bottom(), keys[head / group].top()]);
    }
    let middle = HEADS as f32 * CELL / 2.0;
    let names = [
        (-12.0, "query heads"),
        (2.0 * CELL + RISE + 12.0, "key and value heads"),
    ];
    for (height, name) in names {
        canvas.text(point(middle, height), Anchor::Middle, Font::Note, name);
    }
    canvas
}
