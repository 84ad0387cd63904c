//! The whole transformer: an encoder and a decoder, each with its residual stream.

use crate::diagrams::parts::{BOX, Norm, Side, Stream, WIDTH};
use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Point, Role, point};

/// Distance between the two streams.
const APART: f32 = 318.0;
const WIDE: f32 = 30.0;

/// Draws the model.
pub(crate) fn draw() -> Diagram {
    let mut canvas = Canvas::default();
    let (memory, encoder) = encoder(&mut canvas);
    let (reader, decoder) = decoder(&mut canvas);
    cross(
        &mut canvas,
        memory,
        reader,
        (encoder.right().x + decoder.left().x) / 2.0,
    );
    Diagram {
        caption: "The transformer of 2017. Its attention is [multi-head \
                  attention](multi-head-attention.html#diagram-multi-head). Both stacks repeat their block N times; the thick lines are their residual \
                  streams. The encoder reads the source once. What comes out of its last block gives the keys and \
                  values of cross-attention in every block of the decoder.",
        panels: vec![Panel {
            title: "The whole transformer",
            description: "On the left the encoder, from the bottom to the top: the source's tokens, their embedding, \
                          positions added, and N times a block of self-attention, norm, feed-forward layer and norm. \
                          On the right the decoder: the target so far, embedding, positions, and N times masked \
                          self-attention, cross-attention and feed-forward layer, each with a norm; then logits and a \
                          softmax give the next token. From the encoder's top, keys and values lead to cross-attention.",
            canvas,
        }],
    }
}

/// Draws what is below the blocks: tokens, their embedding, and the positions that are added.
fn input(canvas: &mut Canvas, foot: Point, side: Side, tokens: &str) -> Stream {
    let left = Stream::new(foot, side).left_edge();
    let embedding = Area::at(point(left, foot.y - WIDE), WIDTH, WIDE);
    canvas.block(embedding, Role::Embedding, "embedding");
    let below = embedding.bottom().down(32.0);
    canvas.arrow(Role::Plain, &[below.down(-12.0), embedding.bottom()]);
    canvas.text(below, Anchor::Middle, Font::Label, tokens);

    let mut stream = Stream::new(point(foot.x, embedding.y), side);
    stream.rise(canvas, 14.0);
    let positions = point(stream.beside(), stream.at.y - 9.0);
    let positions = Area::around(positions, BOX.0, 22.0);
    canvas.bar(positions, Role::Embedding, "positions");
    stream.sum(canvas, positions);
    stream.rise(canvas, 18.0);
    stream
}

/// Draws a frame around a block, from the height `foot` to the upper end of its stream.
fn frame(canvas: &mut Canvas, stream: &Stream, foot: f32, side: Side) -> Area {
    let left = stream.left_edge();
    let top = stream.at.y;
    let frame = canvas.frame(Area::at(point(left, top), WIDTH, foot - top).grown(6.0));
    let aside = match side {
        Side::Right => frame.width / 2.0 - 24.0,
        Side::Left => 24.0 - frame.width / 2.0,
    };
    let corner = frame.top().right(aside).down(18.0);
    canvas.text(corner, Anchor::Middle, Font::Title, "× N");
    frame
}

/// Draws the encoder; returns the upper end of its stream, and its frame.
fn encoder(canvas: &mut Canvas) -> (Point, Area) {
    let mut stream = input(canvas, point(0.0, 0.0), Side::Right, "source");
    let foot = stream.at.y;
    stream.part(canvas, Norm::After, Role::Attention, "self-attention");
    stream.rise(canvas, 4.0);
    stream.part(canvas, Norm::After, Role::FeedForward, "feed-forward");
    let frame = frame(canvas, &stream, foot, Side::Right);
    let title = point(frame.x + frame.width, frame.y - 14.0);
    canvas.text(title, Anchor::End, Font::Title, "encoder");
    (stream.at, frame)
}

/// Draws the decoder; returns its cross-attention and its frame.
fn decoder(canvas: &mut Canvas) -> (Area, Area) {
    let mut stream = input(canvas, point(APART, 0.0), Side::Left, "target so far");
    let foot = stream.at.y;
    stream.part(
        canvas,
        Norm::After,
        Role::Attention,
        "masked\nself-attention",
    );
    stream.rise(canvas, 4.0);
    let cross = stream.part(canvas, Norm::After, Role::Attention, "cross-attention");
    stream.rise(canvas, 4.0);
    stream.part(canvas, Norm::After, Role::FeedForward, "feed-forward");
    let frame = frame(canvas, &stream, foot, Side::Left);

    let end = stream.rise(canvas, 36.0);
    let logits = Area::around(point(frame.center().x, end.y - WIDE / 2.0), WIDTH, WIDE);
    canvas.block(logits, Role::Output, "logits");
    let softmax = Area::around(logits.top().down(-14.0 - WIDE / 2.0), WIDTH, WIDE);
    canvas.block(softmax, Role::Output, "softmax");
    canvas.arrow(Role::Plain, &[logits.top(), softmax.bottom()]);
    let above = softmax.top().down(-32.0);
    canvas.arrow(Role::Plain, &[softmax.top(), above.down(11.0)]);
    canvas.text(above, Anchor::Middle, Font::Label, "next token");
    let title = point(frame.x, frame.y - 14.0);
    canvas.text(title, Anchor::Start, Font::Title, "decoder");
    (cross, frame)
}

/// Draws the keys and values, from the end of the encoder along the lane between the stacks to cross-attention.
fn cross(canvas: &mut Canvas, memory: Point, reader: Area, lane: f32) {
    let top = memory.down(-40.0);
    canvas.line(Role::Stream, &[memory, top]);
    for (role, name, aside) in [(Role::Key, "K", -4.0), (Role::Value, "V", 4.0)] {
        let start = top.down(-aside);
        let lane = lane + aside;
        let end = reader.left().down(-2.0 * aside);
        canvas.arrow(
            role,
            &[start, point(lane, start.y), point(lane, end.y), end],
        );
        let beside = start.right(24.0).down(-3.0 * aside);
        canvas.coloured_text(beside, Anchor::Middle, Font::Math, role, name);
    }
    let above = top.right(48.0).down(-17.0);
    canvas.text(above, Anchor::Start, Font::Note, "from the memory");
}
