//! The cache of keys and values while a decoder writes.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Point, Role, point};

const CELL: f32 = 16.0;
const WIDTH: usize = 3;
/// Distance between two steps.
const STEP: f32 = 132.0;
/// Tokens that have been written when the first step is drawn.
const WRITTEN: usize = 2;
/// Rows in the cache of the last step.
const LONGEST: f32 = 5.0;
const TOKENS: [&str; 5] = ["the", "cat", "sat", "on", "it"];

/// Draws three steps.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    for i in 0..3 {
        step(&mut canvas, point(i as f32 * STEP, 0.0), WRITTEN + i);
    }
    Diagram {
        caption: "Three steps of writing with a cache. In each step only the newest token is computed: one query, and \
                  one more row of keys and of values, drawn in full colour. The pale rows are kept from the steps \
                  before. The query is compared with all keys, so that the scores, and the cache, grow by one.",
        panels: vec![Panel {
            title: "The growing cache",
            description: "Three steps, side by side. In the first, two rows of keys and of values are in the cache, \
                          and a third is added for the newest token, sat; its query gives three scores. In the second \
                          step a fourth row is added for on, in the third a fifth for it. The query is always one row.",
            canvas,
        }],
    }
}

/// Draws the step in which the token `newest` is read.
fn step(canvas: &mut Canvas, corner: Point, newest: usize) {
    let size = WIDTH as f32 * CELL;
    canvas.text(
        corner.right(size + 7.0).down(-80.0),
        Anchor::Middle,
        Font::Title,
        TOKENS[newest],
    );
    let query = canvas.grid(corner.down(-56.0), (1, WIDTH), CELL, Role::Query);
    let keys = cache(canvas, corner, newest, Role::Key);
    let values = cache(canvas, corner.right(size + 14.0), newest, Role::Value);
    canvas.arrow(Role::Query, &[query.bottom(), keys.top()]);
    canvas.coloured_text(
        query.right().right(14.0),
        Anchor::Middle,
        Font::Math,
        Role::Query,
        "q",
    );
    canvas.coloured_text(
        values.top().down(-14.0),
        Anchor::Middle,
        Font::Math,
        Role::Value,
        "V",
    );
    canvas.coloured_text(
        keys.top().right(13.0).down(-14.0),
        Anchor::Middle,
        Font::Math,
        Role::Key,
        "K",
    );
    let below = point(corner.x + size + 7.0, LONGEST * CELL + 16.0);
    let scores = format!("{} scores", newest + 1);
    canvas.text(below, Anchor::Middle, Font::Note, &scores);
}

/// Draws the rows that are kept, pale, and the newest row below them.
fn cache(canvas: &mut Canvas, corner: Point, kept: usize, role: Role) -> Area {
    let pale = ndarray::Array2::from_elem((kept, WIDTH), 0.25);
    let above = canvas.shades(corner, &pale, CELL, role);
    let below = corner.down(above.height);
    let newest = canvas.grid(below, (1, WIDTH), CELL, role);
    canvas.outline(newest);
    above.union(newest)
}
