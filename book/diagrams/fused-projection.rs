//! The columns of a fused matrix for queries, keys and values: all heads of each, or all three of each head.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Role, point};

const WIDTH: f32 = 24.0;
const HEIGHT: f32 = 26.0;
/// Features of a head, and heads.
const HEAD_DIM: usize = 2;
const HEADS: usize = 2;
/// Distance between the rows of cells.
const STEP: f32 = 84.0;

const PARTS: [(&str, Role); 3] = [("q", Role::Query), ("k", Role::Key), ("v", Role::Value)];

/// Draws both orders.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    let mut thirds = Vec::new();
    for part in 0..3 {
        for head in 0..HEADS {
            thirds.extend([(part, head); HEAD_DIM]);
        }
    }
    let mut by_head = Vec::new();
    for head in 0..HEADS {
        for part in 0..3 {
            by_head.extend([(part, head); HEAD_DIM]);
        }
    }
    row(&mut canvas, 0.0, "GPT-2: queries, keys, values", &thirds);
    row(&mut canvas, STEP, "head by head: GPT-NeoX, BLOOM", &by_head);
    Diagram {
        caption: "The columns of $W_\\text{qkv}$ for two heads of two features each. In GPT-2, the queries of all heads \
                  come first, then all keys, then all values; the small number is the head. Other models store the \
                  same columns head by head.",
        panels: vec![Panel {
            title: "The fused matrix",
            description: "Two rows of twelve columns. In the first: q of head 0 twice, q of head 1 twice, then k in \
                          the same way, then v. In the second: q, k and v of head 0, twice each, then q, k and v of \
                          head 1.",
            canvas,
        }],
    }
}

/// Draws a row of columns, each with its part and its head.
fn row(canvas: &mut Canvas, top: f32, title: &str, columns: &[(usize, usize)]) {
    const SUBSCRIPTS: [&str; HEADS] = ["₀", "₁"];
    canvas.text(point(0.0, top - 12.0), Anchor::Start, Font::Note, title);
    for (i, &(part, head)) in columns.iter().enumerate() {
        let (name, role) = PARTS[part];
        let area = Area::at(point(i as f32 * WIDTH, top), WIDTH, HEIGHT);
        canvas.cell(area, role, &format!("{name}{}", SUBSCRIPTS[head]));
        let below = area.bottom().down(14.0);
        canvas.text(below, Anchor::Middle, Font::Note, &i.to_string());
    }
}
