//! The loop in which a decoder writes.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Point, Role, point};

const CELL: f32 = 30.0;
const SOURCE: [&str; 5] = ["r", "u", "s", "t", ">"];
const WRITTEN: [&str; 4] = ["<", "t", "s", "u"];
const NEXT: &str = "r";
/// Left edge of the decoder.
const DECODER: f32 = 176.0;
const STACK: (f32, f32) = (150.0, 46.0);

/// Draws one turn of the loop.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    let encoder = stack(&mut canvas, 0.0, &SOURCE, "encoder");
    let decoder = stack(&mut canvas, DECODER, &WRITTEN, "decoder");
    for (role, y) in [(Role::Key, -7.0), (Role::Value, 7.0)] {
        let (from, to) = (encoder.right().down(y), decoder.left().down(y));
        canvas.arrow(role, &[from, to]);
    }
    turn(&mut canvas, decoder);
    Diagram {
        caption: "One turn of the loop, in which the trained model writes `rust` backwards. The encoder runs once. The \
                  decoder is given what has been written so far, and the logits of its last position say what comes \
                  next. The token with the largest one is appended, and the decoder runs again, until it is the end, \
                  `>`.",
        panels: vec![Panel {
            title: "The loop that writes",
            description: "The encoder has read r, u, s, t and the end; its keys and values lead to the decoder, which is \
                          given the start, t, s and u. From its last position come the logits, from these the largest, \
                          r. An arrow leads from r back to the decoder's input, where it is appended.",
            canvas,
        }],
    }
}

/// Draws a stack and the tokens that it reads.
fn stack(canvas: &mut Canvas, left: f32, tokens: &[&str], name: &str) -> Area {
    let area = Area::at(point(left, -STACK.1), STACK.0, STACK.1);
    canvas.block(area, Role::Attention, name);
    for (i, token) in tokens.iter().enumerate() {
        let at = point(left + i as f32 * CELL, 24.0);
        let cell = canvas.cell(Area::at(at, CELL, CELL), Role::Embedding, token);
        canvas.arrow(
            Role::Plain,
            &[
                cell.top(),
                Point {
                    y: 0.0,
                    ..cell.top()
                },
            ],
        );
    }
    area
}

/// Draws the way from the decoder's last position to the next token, and back to the input.
fn turn(canvas: &mut Canvas, decoder: Area) {
    let last = point(DECODER + 3.5 * CELL, decoder.y);
    let logits = Area::around(last.down(-36.0), 84.0, 28.0);
    canvas.block(logits, Role::Output, "logits");
    canvas.arrow(Role::Plain, &[last, logits.bottom()]);
    let next = Area::around(logits.top().down(-46.0), CELL, CELL);
    canvas.arrow(Role::Plain, &[logits.top(), next.bottom()]);
    let beside = logits.top().toward(next.bottom(), 0.5).right(-10.0);
    canvas.text(beside, Anchor::End, Font::Note, "largest");
    canvas.cell(next, Role::Output, NEXT);

    let free = Area::at(point(DECODER + 4.0 * CELL, 24.0), CELL, CELL);
    canvas.frame(free);
    let outer = decoder.right().x + 24.0;
    let way = [
        next.right(),
        point(outer, next.center().y),
        point(outer, free.center().y),
        free.right(),
    ];
    canvas.arrow(Role::Output, &way);
    let above = point((next.right().x + outer) / 2.0, next.center().y - 14.0);
    canvas.text(above, Anchor::Middle, Font::Note, "append");
}
