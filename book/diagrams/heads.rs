//! Reshape and transpose: how the features of each position become those of the heads.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Point, Role, point};

const CELL: f32 = 24.0;
const POSITIONS: [char; 4] = ['a', 'b', 'c', 'd'];
const FEATURES: usize = 4;
/// Features of one head.
const WIDTH: usize = 2;
/// Room for an arrow and its name.
const GAP: f32 = 50.0;
/// Room for the name of a head.
const NAME: f32 = 22.0;

/// Draws the right way, and the usual wrong one.
pub(crate) fn draw() -> Diagram {
    Diagram {
        caption: "Four positions, a to d, with four features each, for two heads. Right: the features are cut into (4, \
                  2, 2), and then the axis of the heads is moved to the front. Each head has two features of *every* \
                  position. Wrong: the same numbers are given the shape (2, 4, 2) in one step. Each head has all \
                  features of two positions, and the colours are mixed.",
        panels: vec![cut_and_move(), cut_anew()],
    }
}

/// Draws a cell with its position and feature, in the colour of the head that it belongs to.
fn cell(canvas: &mut Canvas, corner: Point, position: usize, feature: usize) {
    let role = if feature < WIDTH {
        Role::FirstHead
    } else {
        Role::SecondHead
    };
    let text = format!("{}_{feature}", POSITIONS[position]);
    canvas.cell(Area::at(corner, CELL, CELL), role, &text);
}

/// Draws all features of all positions, with a gap between those of different heads.
fn positions(canvas: &mut Canvas, corner: Point, gap: f32) -> Area {
    for position in 0..POSITIONS.len() {
        for feature in 0..FEATURES {
            let aside = feature as f32 * CELL + (feature / WIDTH) as f32 * gap;
            let at = corner.right(aside).down(position as f32 * CELL);
            cell(canvas, at, position, feature);
        }
    }
    Area::at(corner, FEATURES as f32 * CELL + gap, 4.0 * CELL)
}

/// Draws two heads, one below the other; `of` says which position and feature is in a row and column of a head.
fn heads(
    canvas: &mut Canvas,
    left: Point,
    of: impl Fn(usize, usize, usize) -> (usize, usize),
) -> Area {
    let height = 4.0 * CELL;
    let first = left.down(-height - NAME / 2.0);
    for head in 0..2 {
        let corner = first.down(head as f32 * (height + NAME));
        for row in 0..POSITIONS.len() {
            for column in 0..WIDTH {
                let at = corner.right(column as f32 * CELL).down(row as f32 * CELL);
                let (position, feature) = of(head, row, column);
                cell(canvas, at, position, feature);
            }
        }
        let name = corner.right(CELL).down(-NAME / 2.0 + 1.0);
        let text = format!("head {head}");
        canvas.text(name, Anchor::Middle, Font::Note, &text);
    }
    Area::at(first, WIDTH as f32 * CELL, 2.0 * height + NAME)
}

/// Draws an arrow with its name above it.
fn step(canvas: &mut Canvas, from: Point, name: &str) -> Point {
    let to = from.right(GAP);
    canvas.arrow(Role::Plain, &[from.right(5.0), to.right(-5.0)]);
    let above = from.toward(to, 0.5).down(-12.0);
    canvas.text(above, Anchor::Middle, Font::Note, name);
    to
}

/// Writes the name of a panel to the left of its upper edge.
fn title(canvas: &mut Canvas, heads: Area, title: &str) {
    let at = point(0.0, heads.y - NAME / 2.0 + 1.0);
    canvas.text(at, Anchor::Start, Font::Title, title);
}

fn shape(canvas: &mut Canvas, area: Area, shape: &str) {
    let below = area.bottom().down(14.0);
    canvas.coloured_text(below, Anchor::Middle, Font::Note, Role::Faint, shape);
}

fn cut_and_move() -> Panel {
    let mut canvas = Canvas::default();
    let whole = positions(&mut canvas, point(0.0, -2.0 * CELL), 0.0);
    let next = step(&mut canvas, whole.right(), "cut");
    let cut = positions(&mut canvas, next.down(-2.0 * CELL), 10.0);
    let next = step(&mut canvas, cut.right(), "move");
    let moved = heads(&mut canvas, next, |head, row, column| {
        (row, head * WIDTH + column)
    });
    shape(&mut canvas, whole, "(4, 4)");
    shape(&mut canvas, cut, "(4, 2, 2)");
    shape(&mut canvas, moved, "(2, 4, 2)");
    title(&mut canvas, moved, "right");
    Panel {
        title: "Right: cut, then move",
        description: "Rows a, b, c and d with features 0 to 3. The features are cut into 0, 1 and 2, 3. Then the heads \
                      come first: head 0 has a0 a1, b0 b1, c0 c1, d0 d1, and head 1 has a2 a3, b2 b3, c2 c3, d2 d3.",
        canvas,
    }
}

fn cut_anew() -> Panel {
    let mut canvas = Canvas::default();
    let whole = positions(&mut canvas, point(0.0, -2.0 * CELL), 0.0);
    let next = step(&mut canvas, whole.right(), "cut");
    let mixed = heads(&mut canvas, next, |head, row, column| {
        let memory = (head * POSITIONS.len() + row) * WIDTH + column;
        (memory / FEATURES, memory % FEATURES)
    });
    shape(&mut canvas, whole, "(4, 4)");
    shape(&mut canvas, mixed, "(2, 4, 2)");
    title(&mut canvas, mixed, "wrong");
    Panel {
        title: "Wrong: only cut",
        description: "The same rows, cut into two heads without moving anything: head 0 has a0 a1, a2 a3, b0 b1, b2 \
                      b3, which are all features of the first two positions, and head 1 has all of the last two.",
        canvas,
    }
}
