//! The three families: what each position sees, and what it is trained to predict.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Point, Role, point};

const STEP: f32 = 56.0;
/// Height of the lines from the positions that are read to those that read.
const RISE: f32 = 74.0;
const STATE: f32 = 12.0;
/// Distance between the two stacks of an encoder–decoder model.
const APART: f32 = 3.0 * STEP + 16.0;

/// Draws the three families.
pub(crate) fn draw() -> Diagram {
    Diagram {
        caption: "The three families. A line leads from a position that is read to one that reads it. In an encoder, \
                  each position reads all of them, and is asked for what is hidden. In a decoder, each reads itself \
                  and what is before it, and is asked for the next token. With both, the decoder reads the encoder's \
                  output as well.",
        panels: vec![encoder_only(), decoder_only(), both()],
    }
}

/// Positions that a position reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    All,
    Past,
}

/// Draws a stack over three positions with the tokens that go in and those that come out; returns its frame.
fn stack(canvas: &mut Canvas, left: f32, sight: Sight, tokens: [&str; 3], out: [&str; 3]) -> Area {
    let column = |i: usize| left + i as f32 * STEP;
    let frame = Area::at(point(left, -RISE), 2.0 * STEP, RISE).grown(22.0);
    let frame = canvas.frame(Area::at(
        point(frame.x, frame.y + 6.0),
        frame.width,
        frame.height - 12.0,
    ));
    for reader in 0..3 {
        for read in 0..3 {
            if sight == Sight::All || read <= reader {
                let ends = [point(column(read), 0.0), point(column(reader), -RISE)];
                canvas.line(Role::Attention, &ends);
            }
        }
    }
    for i in 0..3 {
        for y in [0.0, -RISE] {
            let state = Area::around(point(column(i), y), STATE, STATE);
            canvas.cell(state, Role::Attention, "");
        }
        input(canvas, point(column(i), frame.bottom().y), tokens[i]);
        output(canvas, point(column(i), frame.y), out[i]);
    }
    frame
}

fn input(canvas: &mut Canvas, foot: Point, token: &str) {
    let below = foot.down(28.0);
    canvas.arrow(Role::Plain, &[below.down(-11.0), foot]);
    canvas.text(below, Anchor::Middle, Font::Label, token);
}

fn output(canvas: &mut Canvas, top: Point, token: &str) {
    if token.is_empty() {
        return;
    }
    let above = top.down(-28.0);
    canvas.arrow(Role::Output, &[top, above.down(11.0)]);
    canvas.coloured_text(above, Anchor::Middle, Font::Label, Role::Output, token);
}

/// Writes the name of a family above its frame, and its best-known model.
fn title(canvas: &mut Canvas, middle: f32, family: &str, model: &str) {
    let top = point(middle, -RISE - 84.0);
    canvas.text(top, Anchor::Middle, Font::Title, family);
    canvas.coloured_text(
        top.down(19.0),
        Anchor::Middle,
        Font::Note,
        Role::Faint,
        model,
    );
}

fn encoder_only() -> Panel {
    let mut canvas = Canvas::default();
    stack(
        &mut canvas,
        0.0,
        Sight::All,
        ["the", "[MASK]", "sleeps"],
        ["", "cat", ""],
    );
    title(&mut canvas, STEP, "encoder-only", "BERT");
    Panel {
        title: "Encoder-only",
        description: "The tokens the, [MASK] and sleeps go in. Each of the three positions reads all three, and cat \
                      comes out above [MASK].",
        canvas,
    }
}

fn decoder_only() -> Panel {
    let mut canvas = Canvas::default();
    let out = ["cat", "sleeps", "."];
    stack(&mut canvas, 0.0, Sight::Past, ["the", "cat", "sleeps"], out);
    title(&mut canvas, STEP, "decoder-only", "GPT");
    Panel {
        title: "Decoder-only",
        description: "The tokens the, cat and sleeps go in. Each position reads itself and those before it, and the \
                      next token comes out above it: cat, sleeps and a full stop.",
        canvas,
    }
}

fn both() -> Panel {
    let mut canvas = Canvas::default();
    let source = ["the", "cat", "sleeps"];
    let encoder = stack(&mut canvas, 0.0, Sight::All, source, ["", "", ""]);
    let target = ["<", "le", "chat"];
    let out = ["le", "chat", "dort"];
    let decoder = stack(&mut canvas, APART, Sight::Past, target, out);
    for (role, y) in [(Role::Key, -6.0), (Role::Value, 6.0)] {
        let (from, to) = (encoder.right().down(y), decoder.left().down(y));
        canvas.arrow(role, &[from, to]);
    }
    let names = encoder.right().toward(decoder.left(), 0.5);
    canvas.coloured_text(
        names.down(-22.0),
        Anchor::Middle,
        Font::Math,
        Role::Key,
        "K",
    );
    canvas.coloured_text(
        names.down(22.0),
        Anchor::Middle,
        Font::Math,
        Role::Value,
        "V",
    );
    title(
        &mut canvas,
        (STEP + APART + STEP) / 2.0,
        "encoder–decoder",
        "T5",
    );
    Panel {
        title: "Encoder–decoder",
        description: "The source, the cat sleeps, goes into an encoder in which each position reads all. Keys and \
                      values of its output lead to a decoder, which is given the start, le and chat, reads only \
                      backwards among them, and puts out le, chat and dort.",
        canvas,
    }
}
