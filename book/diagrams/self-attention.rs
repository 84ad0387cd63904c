//! Self-attention for one token: its query meets all keys, and the values are mixed.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Role, point};

const TOKENS: [&str; 3] = ["the", "cat", "sleeps"];
/// The token that reads.
const READER: usize = 1;

const STEP: f32 = 122.0;
const CELL: f32 = 11.0;
const WEIGHT: f32 = 20.0;
const PROJECTED: (f32, f32) = (30.0, 26.0);
/// Distance between the query, the key and the value of a token.
const ASIDE: f32 = 38.0;
/// Heights of the rows: vectors, projections, weights, and the sum.
const VECTORS: f32 = -26.0;
const PROJECTIONS: f32 = -82.0;
const WEIGHED: f32 = -176.0;
const SUM: f32 = -250.0;

/// Draws one row of self-attention.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    let sum = canvas.plus(point(READER as f32 * STEP + ASIDE, SUM));
    let query_top = point(
        READER as f32 * STEP - ASIDE,
        PROJECTIONS - PROJECTED.1 / 2.0,
    );
    for (i, token) in TOKENS.into_iter().enumerate() {
        let middle = i as f32 * STEP;
        let [key, value] = token_with_roles(&mut canvas, middle, token, i == READER);
        let weight = Area::around(point(middle, WEIGHED), WEIGHT, WEIGHT);
        canvas.cell(weight, Role::Attention, "");
        // The query's arrow ends on the side from which it comes.
        let aside = if query_top.x < middle { -4.0 } else { 4.0 };
        canvas.arrow(Role::Key, &[key.top(), weight.bottom().right(-aside)]);
        canvas.arrow(Role::Query, &[query_top, weight.bottom().right(aside)]);
        canvas.line(Role::Value, &[value.top(), sum.center()]);
    }
    let beside = point(-WEIGHT, WEIGHED);
    canvas.text(beside, Anchor::End, Font::Note, "weights");
    let output = sum.top().down(-36.0);
    canvas.arrow(Role::Plain, &[sum.top(), output.down(12.0)]);
    canvas.text(output, Anchor::Middle, Font::Label, "cat, in context");
    Diagram {
        caption: "Self-attention for one token, *cat*. Each token is projected three times. The query of *cat* meets \
                  the key of every token, its own as well, and a softmax turns the scores into weights. The new vector \
                  of *cat* is the mean of the values with these weights. Every other token does the same with its \
                  own query, at the same time.",
        panels: vec![Panel {
            title: "Self-attention",
            description: "The tokens the, cat and sleeps, each with its vector, and above it a query, a key and a \
                          value. From the query of cat, and from each key, arrows lead to a weight above each token. \
                          Lines from the three values lead to a sum, from which the new vector of cat comes.",
            canvas,
        }],
    }
}

/// Draws a token, its vector, and the query, key and value that are projected from it; returns key and value. A query
/// that does not read is pale.
fn token_with_roles(canvas: &mut Canvas, middle: f32, token: &str, reads: bool) -> [Area; 2] {
    canvas.text(point(middle, 0.0), Anchor::Middle, Font::Label, token);
    let corner = point(middle - 2.0 * CELL, VECTORS - CELL / 2.0);
    let vector = canvas.grid(corner, (1, 4), CELL, Role::Embedding);
    let mut project = |role, aside: f32, name| {
        let center = point(middle + aside, PROJECTIONS);
        let area = Area::around(center, PROJECTED.0, PROJECTED.1);
        canvas.arrow(role, &[vector.top(), area.bottom()]);
        canvas.block(area, role, name)
    };
    let query = if reads { Role::Query } else { Role::Faint };
    project(query, -ASIDE, "q");
    [
        project(Role::Key, 0.0, "k"),
        project(Role::Value, ASIDE, "v"),
    ]
}
