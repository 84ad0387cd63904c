//! A classification head on BERT.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Flow, Font, Panel, Point, Role, point};

const TOKENS: [&str; 5] = ["[CLS]", "a", "great", "film", "[SEP]"];
const STEP: f32 = 64.0;
const WIDE: (f32, f32) = (310.0, 40.0);
const NARROW: (f32, f32) = (124.0, 34.0);
const CELL: f32 = 10.0;

/// Draws the encoder and what is put on top of it.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    let columns = [0.0, 1.0, 2.0, 3.0, 4.0].map(|i| i * STEP);
    let encoder = Area::around(point(2.0 * STEP, 0.0), WIDE.0, WIDE.1);
    canvas.block(encoder, Role::Attention, "12 encoder blocks");
    for (x, token) in columns.into_iter().zip(TOKENS) {
        let token_at = point(x, encoder.bottom().y + 34.0);
        canvas.arrow(
            Role::Plain,
            &[token_at.down(-12.0), point(x, encoder.bottom().y)],
        );
        canvas.text(token_at, Anchor::Middle, Font::Label, token);
        vector(&mut canvas, point(x, encoder.y));
    }
    head(&mut canvas, point(0.0, encoder.y - 74.0));
    Diagram {
        caption: "A classifier made of BERT. The blocks and the pooler come from pre-training. The linear layer is new: \
                  1538 numbers for two classes. It reads the vector of `[CLS]` and no other, because the blocks have \
                  brought into this vector what the task needs from all tokens.",
        panels: vec![Panel {
            title: "A head on BERT",
            description: "The tokens [CLS], a, great, film and [SEP] go into 12 encoder blocks, and a vector comes out \
                          for each. The vector of [CLS] goes on, through the pooler, a new linear layer of 2 by 768 \
                          and a softmax, to the probabilities of negative and positive. The other vectors are not used.",
            canvas,
        }],
    }
}

/// Draws the vector that comes out of the encoder above a token; that of the first token is the one that is used.
fn vector(canvas: &mut Canvas, foot: Point) {
    let top = foot.down(-22.0);
    canvas.arrow(Role::Plain, &[foot, top]);
    let role = if foot.x == 0.0 {
        Role::Output
    } else {
        Role::Faint
    };
    canvas.grid(top.right(-CELL / 2.0).down(-4.0 * CELL), (4, 1), CELL, role);
}

fn head(canvas: &mut Canvas, foot: Point) {
    let mut flow = Flow::new(foot, Role::Plain);
    let pooler = flow.block(canvas, 18.0, NARROW, Role::Output, "pooler");
    let linear = flow.block(canvas, 18.0, NARROW, Role::Output, "linear");
    let softmax = flow.block(canvas, 18.0, NARROW, Role::Output, "softmax");
    for (part, text) in [
        (pooler, "768 → 768, with a tanh"),
        (linear, "768 → 2, new"),
        (softmax, "negative or positive"),
    ] {
        let beside = part.right().right(12.0);
        canvas.text(beside, Anchor::Start, Font::Note, text);
    }
}
