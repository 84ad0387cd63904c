//! Multi-head attention, opened: projections, heads, and the projection that joins them.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Flow, Font, Panel, Role, point};

const COLUMN: (f32, f32) = (74.0, 34.0);
const STEP: f32 = 100.0;
const WIDE: (f32, f32) = (274.0, 34.0);
/// Offset of each head from the one in front of it.
const BEHIND: f32 = 9.0;
const HEADS: usize = 3;
const HEAD: (f32, f32) = (256.0, 44.0);

/// Draws the layer.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    let middle = STEP;
    let head_foot = -128.0;
    for head in (1..HEADS).rev() {
        let aside = head as f32 * BEHIND;
        let center = point(middle + aside, head_foot - HEAD.1 / 2.0 - aside);
        canvas.block(Area::around(center, HEAD.0, HEAD.1), Role::Attention, "");
    }
    let front = Area::around(point(middle, head_foot - HEAD.1 / 2.0), HEAD.0, HEAD.1);
    canvas.block(front, Role::Attention, "scaled dot-product attention");
    let beside = front.right().right(12.0).down(-2.0 * BEHIND - 1.0);
    canvas.text(beside.right(14.0), Anchor::Start, Font::Note, "× heads");

    for (i, (role, weight, input)) in [
        (Role::Query, "W_Q", "queries"),
        (Role::Key, "W_K", "keys"),
        (Role::Value, "W_V", "values"),
    ]
    .into_iter()
    .enumerate()
    {
        let foot = point(i as f32 * STEP, 0.0);
        canvas.coloured_text(foot, Anchor::Middle, Font::Label, role, input);
        let mut flow = Flow::new(foot.down(-14.0), role);
        flow.block(&mut canvas, 18.0, COLUMN, role, weight);
        canvas.arrow(role, &[flow.at, point(foot.x, head_foot)]);
    }

    let top = front.top().down(-((HEADS - 1) as f32) * BEHIND);
    let mut flow = Flow::new(top, Role::Plain);
    flow.bar(
        &mut canvas,
        18.0,
        (WIDE.0, 24.0),
        Role::Plain,
        "heads side by side",
    );
    flow.block(&mut canvas, 18.0, WIDE, Role::Output, "W_O");
    let end = flow.arrow(&mut canvas, 20.0);
    canvas.text(end.down(-12.0), Anchor::Middle, Font::Label, "output");
    Diagram {
        caption: "The inside of each attention of [the whole model](transformer.html#diagram-transformer). Each head has its own share of the rows of $W_Q$, $W_K$ and $W_V$, and \
                  computes [scaled dot-product attention](scaled-dot-product.html#diagram-query-key-value) on its own. \
                  $W_O$ mixes what the heads have found. In self-attention, queries, \
                  keys and values are all made from the same sequence.",
        panels: vec![Panel {
            title: "Multi-head attention",
            description: "Queries, keys and values each pass through a matrix of weights, W Q, W K and W V. The results \
                          go into a stack of heads, each of which is scaled dot-product attention. The outputs of the \
                          heads are laid side by side and pass through W O.",
            canvas,
        }],
    }
}
