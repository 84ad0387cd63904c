//! The residual stream of a block, with post-norm and pre-norm side by side.

use crate::diagrams::parts::{Norm, Side, Stream};
use crate::diagrams::{Anchor, Canvas, Diagram, Font, Panel, Point, Role, point};

/// Draws both orders.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    block(&mut canvas, point(0.0, 0.0), Norm::After, "post-norm");
    block(&mut canvas, point(196.0, 0.0), Norm::Before, "pre-norm");
    Diagram {
        caption: "One block of [the whole model](transformer.html#diagram-transformer), in both orders. The thick line is the residual stream. Attention and the feed-forward layer \
                  read from it, and what they compute is added to it. In post-norm, each norm is part of the stream: \
                  everything passes through it, and so does the gradient on its way back. In pre-norm, only the \
                  branches have norms, and the stream has nothing but additions.",
        panels: vec![Panel {
            title: "Post-norm and pre-norm",
            description: "Two blocks side by side, each with a thick line from x at the bottom to y at the top. A \
                          branch leaves the line, passes through attention and is added to it; a second branch passes \
                          through the feed-forward layer. In post-norm, a norm is on the line after each sum. In \
                          pre-norm, a norm is on each branch before its part, and the line is not interrupted.",
            canvas,
        }],
    }
}

fn block(canvas: &mut Canvas, foot: Point, norm: Norm, name: &str) {
    canvas.text(foot, Anchor::Middle, Font::Math, "x");
    let mut stream = Stream::new(foot.down(-14.0), Side::Right);
    stream.rise(canvas, 4.0);
    stream.part(canvas, norm, Role::Attention, "attention");
    stream.rise(canvas, 6.0);
    stream.part(canvas, norm, Role::FeedForward, "feed-forward");
    let end = point(foot.x, -330.0);
    canvas.line(Role::Stream, &[stream.at, end]);
    canvas.text(end.down(-14.0), Anchor::Middle, Font::Math, "y");
    let title = point(stream.beside(), end.y - 14.0);
    canvas.text(title, Anchor::Middle, Font::Title, name);
}
