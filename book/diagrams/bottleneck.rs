//! The bottleneck of the first translation networks, and attention, which goes around it.

use crate::diagrams::{Anchor, Area, Canvas, Diagram, Font, Panel, Role, point};

/// Words of the source and of the target.
const SOURCE: [&str; 3] = ["the", "cat", "sleeps"];
const TARGET: [&str; 3] = ["le", "chat", "dort"];

const STATE: (f32, f32) = (44.0, 34.0);
const CELL: f32 = 11.0;
const STEP: f32 = 58.0;
/// Left edge of the decoder.
const DECODER: f32 = 212.0;

/// Draws both networks.
pub(crate) fn draw() -> Diagram {
    Diagram {
        caption: "Translation in 2014, without and with attention. Without it, all that the decoder learns about the \
                  source is one vector. With it, all states of the encoder are kept. Before the decoder writes *chat*, \
                  it reads a mean of them, in which each state has its own weight.",
        panels: vec![one_vector(), attention()],
    }
}

/// Draws a row of states with arrows from each to the next.
fn states(canvas: &mut Canvas, left: f32, role: Role) -> [Area; 3] {
    let first = point(left + STATE.0 / 2.0, 0.0);
    let states = [0.0, 1.0, 2.0].map(|i| {
        let state = Area::around(first.right(i * STEP), STATE.0, STATE.1);
        canvas.block(state, role, "")
    });
    for pair in states.windows(2) {
        canvas.arrow(Role::Plain, &[pair[0].right(), pair[1].left()]);
    }
    states
}

fn encoder(canvas: &mut Canvas) -> [Area; 3] {
    let states = states(canvas, 0.0, Role::Embedding);
    for (state, word) in states.iter().zip(SOURCE) {
        let at = state.bottom().down(34.0);
        canvas.arrow(Role::Plain, &[at.down(-12.0), state.bottom()]);
        canvas.text(at, Anchor::Middle, Font::Label, word);
    }
    name(canvas, &states, "encoder");
    states
}

fn decoder(canvas: &mut Canvas) -> [Area; 3] {
    let states = states(canvas, DECODER, Role::Output);
    for (state, word) in states.iter().zip(TARGET) {
        let at = state.bottom().down(34.0);
        canvas.arrow(Role::Plain, &[state.bottom(), at.down(-11.0)]);
        canvas.text(at, Anchor::Middle, Font::Label, word);
    }
    name(canvas, &states, "decoder");
    states
}

fn name(canvas: &mut Canvas, states: &[Area; 3], name: &str) {
    let at = states[1].bottom().down(60.0);
    canvas.coloured_text(at, Anchor::Middle, Font::Note, Role::Faint, name);
}

fn one_vector() -> Panel {
    let mut canvas = Canvas::default();
    let (encoder, decoder) = (encoder(&mut canvas), decoder(&mut canvas));
    let (from, to) = (encoder[2].right(), decoder[0].left());
    let vector = Area::around(from.toward(to, 0.5), CELL, 4.0 * CELL);
    canvas.arrow(Role::Plain, &[from, vector.left()]);
    canvas.arrow(Role::Plain, &[vector.right(), to]);
    canvas.grid(point(vector.x, vector.y), (4, 1), CELL, Role::Attention);
    let above = vector.top().down(-14.0);
    canvas.text(above, Anchor::Middle, Font::Note, "one vector");
    Panel {
        title: "The bottleneck",
        description: "An encoder reads the cat sleeps, one word after the other, and passes a state on from word to \
                      word. Only its last state, one vector, reaches the decoder, which writes le chat dort from it.",
        canvas,
    }
}

fn attention() -> Panel {
    let mut canvas = Canvas::default();
    let (encoder, decoder) = (encoder(&mut canvas), decoder(&mut canvas));
    let mean = canvas.plus(encoder[1].top().down(-84.0));
    for state in &encoder {
        canvas.line(Role::Attention, &[state.top(), mean.center()]);
    }
    let reader = decoder[1].top();
    let corner = point(reader.x, mean.center().y);
    canvas.arrow(Role::Attention, &[mean.right(), corner, reader]);
    let above = mean.right().toward(corner, 0.5).down(-14.0);
    canvas.text(above, Anchor::Middle, Font::Note, "weighted mean");
    Panel {
        title: "Attention",
        description: "The same encoder and decoder. From every state of the encoder a line leads to a weighted mean, \
                      which the second step of the decoder reads before it writes chat.",
        canvas,
    }
}
