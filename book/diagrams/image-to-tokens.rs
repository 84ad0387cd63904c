//! The patches of an image, the class token in front of them, and a position for each.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Role, point};

const PATCH: f32 = 34.0;
const ROWS: usize = 2;
const COLUMNS: usize = 3;
/// Width and height of a token.
const TOKEN: (f32, f32) = (64.0, 22.0);
const HEIGHT: f32 = TOKEN.1 * (1 + ROWS * COLUMNS) as f32;
/// Left edges of the tokens and of the positions.
const TOKENS: f32 = 168.0;
const POSITIONS: f32 = 276.0;
const SUBSCRIPTS: [&str; 7] = ["₀", "₁", "₂", "₃", "₄", "₅", "₆"];

/// Draws the way from an image to the input of the first block.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    let image = image(&mut canvas);
    let tokens = column(&mut canvas, TOKENS, |token| match token {
        0 => (Role::Output, "c".to_owned()),
        _ => (Role::Embedding, format!("patch {}", token - 1)),
    });
    let positions = column(&mut canvas, POSITIONS, |token| {
        (Role::Plain, format!("P{}", SUBSCRIPTS[token]))
    });
    let (from, to) = (image.right().right(6.0), tokens.left().right(-6.0));
    canvas.arrow(Role::Plain, &[from, to]);
    let above = from.toward(to, 0.5).down(-12.0);
    canvas.text(above, Anchor::Middle, Font::Note, "W, b");
    canvas.plus(tokens.right().toward(positions.left(), 0.5));
    for (area, name) in [
        (image, "the image"),
        (tokens, "tokens"),
        (positions, "positions"),
    ] {
        let below = point(area.bottom().x, HEIGHT + 14.0);
        canvas.text(below, Anchor::Middle, Font::Note, name);
    }
    Diagram {
        caption: "From an image to the input of the first block. Patches are numbered as you read. Each is flattened \
                  and multiplied by one matrix. The class token $c$ comes in front, and each token gets its own row of \
                  $P$, the class token the first one.",
        panels: vec![Panel {
            title: "From an image to tokens",
            description: "On the left, an image of two rows of three patches, numbered 0 to 5 row by row. An arrow \
                          leads to a column of seven tokens: c on top, then patch 0 to patch 5. Next to it, after a \
                          plus sign, a column of seven positions, P0 to P6.",
            canvas,
        }],
    }
}

/// Draws the image, halfway down.
fn image(canvas: &mut Canvas) -> Area {
    let top = (HEIGHT - ROWS as f32 * PATCH) / 2.0;
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let corner = point(column as f32 * PATCH, top + row as f32 * PATCH);
            let number = (row * COLUMNS + column).to_string();
            canvas.cell(Area::at(corner, PATCH, PATCH), Role::Embedding, &number);
        }
    }
    let (width, height) = (COLUMNS as f32 * PATCH, ROWS as f32 * PATCH);
    Area::at(point(0.0, top), width, height)
}

/// Draws a column with a cell for each token.
fn column(canvas: &mut Canvas, left: f32, cell: impl Fn(usize) -> (Role, String)) -> Area {
    let (width, height) = TOKEN;
    for token in 0..=ROWS * COLUMNS {
        let (role, text) = cell(token);
        let corner = point(left, token as f32 * height);
        canvas.cell(Area::at(corner, width, height), role, &text);
    }
    Area::at(point(left, 0.0), width, HEIGHT)
}
