//! A block of the decoder, opened: its two kinds of attention, and the mask of each.

use ::masks::{causal, padding};
use ndarray::{Array2, Axis};

use crate::diagrams::parts::{Norm, Side, Stream};
use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Role, point};

const CELL: f32 = 11.0;
/// Tokens of the target; positions of the source, and those of them that are not padding.
const TARGET: usize = 4;
const SOURCE: usize = 5;
const READ: usize = 4;
/// Distance from the box of an attention to its mask.
const ASIDE: f32 = 62.0;

/// Draws the block.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    canvas.text(point(0.0, 0.0), Anchor::Middle, Font::Math, "x");
    let mut stream = Stream::new(point(0.0, -14.0), Side::Right);
    let masked = stream.part(
        &mut canvas,
        Norm::After,
        Role::Attention,
        "masked\nself-attention",
    );
    stream.rise(&mut canvas, 8.0);
    let cross = stream.part(&mut canvas, Norm::After, Role::Attention, "cross-attention");
    stream.rise(&mut canvas, 8.0);
    stream.part(&mut canvas, Norm::After, Role::FeedForward, "feed-forward");
    let end = stream.rise(&mut canvas, 18.0);
    canvas.text(end.down(-14.0), Anchor::Middle, Font::Math, "y");

    mask(
        &mut canvas,
        masked,
        &causal(TARGET, TARGET),
        "causal\n4 × 4",
    );
    let row = padding(&[READ], SOURCE);
    let rows = ndarray::concatenate(Axis(0), &[row.view(); TARGET]);
    let padded = rows.unwrap_or_else(|error| panic!("rows of one length: {error}"));
    mask(&mut canvas, cross, &padded, "padding\n4 × 5");
    memory(&mut canvas, cross);
    Diagram {
        caption: "A block of the decoder, opened, with the mask of each attention: a filled cell may be read. A row is \
                  a position of the target. In self-attention, each position reads itself and the positions before it. \
                  In cross-attention, each reads all of the source except its padding, here the last position. The \
                  queries come from the stream, keys and values from the memory.",
        panels: vec![Panel {
            title: "The decoder block",
            description: "A residual stream from x to y with three parts, each followed by a sum and a norm. Next to \
                          masked self-attention is a mask of 4 by 4, filled below and on its diagonal. Next to \
                          cross-attention, which also gets keys and values from the memory, is a mask of 4 by 5 whose \
                          last column is empty. The third part is the feed-forward layer.",
            canvas,
        }],
    }
}

/// Draws the mask of an attention to the right of its box, with lines of text beside it.
fn mask(canvas: &mut Canvas, part: Area, mask: &Array2<bool>, text: &str) {
    let (rows, columns) = mask.dim();
    let corner = part.right().right(ASIDE).down(-(rows as f32) * CELL / 2.0);
    for ((row, column), &read) in mask.indexed_iter() {
        let role = if read { Role::Attention } else { Role::Faint };
        let at = corner.right(column as f32 * CELL).down(row as f32 * CELL);
        canvas.cell(Area::at(at, CELL, CELL), role, "");
    }
    let beside = corner
        .right(columns as f32 * CELL + 12.0)
        .down(rows as f32 * CELL / 2.0);
    for (line, y) in text.lines().zip([-9.0, 9.0]) {
        canvas.text(beside.down(y), Anchor::Start, Font::Note, line);
    }
}

/// Draws keys and values that come from the memory, into the right side of cross-attention.
fn memory(canvas: &mut Canvas, cross: Area) {
    let edge = cross.right();
    for (role, name, y) in [(Role::Key, "K", -9.0), (Role::Value, "V", 9.0)] {
        let end = edge.down(y);
        canvas.arrow(role, &[end.right(24.0), end]);
        let at = end.right(36.0);
        canvas.coloured_text(at, Anchor::Middle, Font::Math, role, name);
    }
}
