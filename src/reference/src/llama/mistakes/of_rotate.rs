//! The wrong ways of rotating.

use tch::{Kind, Tensor};

use super::super::attention::{rotate, rotated};
use super::super::cases::{OTHER_BASES, SQUARE, TURNING};
use super::rotate_in_pairs;
use crate::inputs::Inputs;
use crate::rotary_embedding::{
    Layout, angles_with_base, angles_with_step, rotated_by, step_of_base,
};
use crate::task::Task;

/// Adds the mistakes of `rotate`.
pub(in crate::llama) fn of_rotate(task: Task) -> Task {
    heads(pairs(frequencies(positions(task))))
}

/// Rotates by other angles, which are made from the vectors, the position and the base.
fn with_angles(angles: fn(&Tensor, i64, f64) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| {
        let angles = angles(&x["x"], x.size("past"), x.number("base"));
        rotated_by(&x["x"], &angles, Layout::Halves)
    }
}

/// The angles when the exponent grows by a step other than 2 from pair to pair.
fn with_step(x: &Tensor, past: i64, base: f64, step: f64) -> Tensor {
    angles_with_step(x, past, step * step_of_base(base))
}

fn positions(task: Task) -> Task {
    task.mistake(
        "offset-ignored",
        with_angles(|x, _, base| angles_with_base(x, 0, base)),
    )
    .mistake(
        "positions-from-1",
        with_angles(|x, past, base| angles_with_base(x, past + 1, base)),
    )
    .mistake(
        "same-position-everywhere",
        with_angles(|x, past, base| {
            let angles = angles_with_base(x, past, base);
            angles.narrow(0, 0, 1).expand_as(&angles)
        }),
    )
    .only_in(TURNING)
    .mistake("not-rotated", |x| x["x"].copy())
    .only_in(TURNING)
    .mistake(
        "rotated-backwards",
        with_angles(|x, past, base| angles_with_base(x, past, base).neg()),
    )
    .mistake("angles-in-f32", |x| {
        let angles = with_angles(|x, past, base| {
            let length = x.size()[1];
            let positions = Tensor::arange_start(past, past + length, (Kind::Float, x.device()));
            // The frequencies are the angles at position 1.
            let frequencies = angles_with_base(&x.narrow(1, 0, 1), 1, base);
            positions.unsqueeze(1) * frequencies.to_kind(Kind::Float)
        });
        angles(x)
    })
}

fn frequencies(task: Task) -> Task {
    task.mistake(
        "another-base",
        with_angles(|x, past, _| angles_with_base(x, past, 1e4)),
    )
    .only_in(OTHER_BASES)
    .form(
        "another-base",
        "base-500000",
        with_angles(|x, past, _| angles_with_base(x, past, 5e5)),
    )
    .only_in(TURNING)
    .mistake(
        "exponent-halved",
        with_angles(|x, past, base| with_step(x, past, base, 1.0)),
    )
    .only_in(TURNING)
    .mistake(
        "exponent-doubled",
        with_angles(|x, past, base| with_step(x, past, base, 4.0)),
    )
    .only_in(TURNING)
    .mistake(
        "frequency-multiplied",
        with_angles(|x, past, base| with_step(x, past, base, -2.0)),
    )
    .only_in(TURNING)
    .mistake(
        "one-frequency",
        with_angles(|x, past, base| with_step(x, past, base, 0.0)),
    )
    .only_in(TURNING)
    .mistake(
        "speeds-reversed",
        with_angles(|x, past, base| angles_with_base(x, past, base).flip([1])),
    )
    .only_in(TURNING)
    .mistake(
        "width-of-all-heads",
        with_angles(|x, past, base| {
            let step = 2.0 / x.size()[0] as f64;
            with_step(x, past, base, step)
        }),
    )
    .only_in(TURNING)
}

/// Rotates each pair (a, b) in a different way, by the sines and the cosines.
fn with_pairs(
    turn: fn(&Tensor, &Tensor, &Tensor, &Tensor) -> (Tensor, Tensor),
) -> impl Fn(&Inputs) -> Tensor {
    move |x| {
        let angles = angles_with_base(&x["x"], x.size("past"), x.number("base"));
        let (a, b) = Layout::Halves.split(&x["x"]);
        let (first, second) = turn(&a, &b, &angles.sin(), &angles.cos());
        Layout::Halves.join(&first, &second).to_kind(Kind::Float)
    }
}

fn pairs(task: Task) -> Task {
    task.mistake("other-layout", |x| {
        rotate_in_pairs(&x["x"], x.size("past"), x.number("base"))
    })
    .mistake("angles-of-the-other-layout", |x| {
        let angles = angles_with_base(&x["x"], x.size("past"), x.number("base"));
        let neighbours = Layout::Interleaved.join(&angles, &angles);
        let (first, second) = Layout::Halves.split(&neighbours);
        let (a, b) = Layout::Halves.split(&x["x"]);
        let rotated = Layout::Halves.join(
            &(&a * first.cos() - &b * first.sin()),
            &(&a * second.sin() + &b * second.cos()),
        );
        rotated.to_kind(Kind::Float)
    })
    .only_in(TURNING)
    .mistake(
        "sine-and-cosine-swapped",
        with_pairs(|a, b, sin, cos| (a * sin - b * cos, a * cos + b * sin)),
    )
    .only_in(TURNING)
    .mistake(
        "minus-forgotten",
        with_pairs(|a, b, sin, cos| (a * cos + b * sin, a * sin + b * cos)),
    )
    .only_in(TURNING)
    .mistake(
        "overwritten-too-early",
        with_pairs(|a, b, sin, cos| {
            let a = a * cos - b * sin;
            (a.shallow_clone(), a * sin + b * cos)
        }),
    )
    .only_in(TURNING)
}

fn heads(task: Task) -> Task {
    task.mistake("head-as-position", |x| {
        let rows_of_heads = x["x"].transpose(0, 1);
        rotate(&rows_of_heads, x.size("past"), x.number("base")).transpose(0, 1)
    })
    .mistake("positions-run-on", |x| {
        let all = x["x"].reshape([1, -1, x["x"].size()[2]]);
        rotate(&all, x.size("past"), x.number("base")).reshape(x["x"].size())
    })
    .only_in(TURNING)
    .mistake("only-the-first-head-rotated", |x| {
        let others = x["x"].narrow(0, 1, x["x"].size()[0] - 1);
        Tensor::cat(&[&rotated(x).narrow(0, 0, 1), &others], 0)
    })
    .only_in(TURNING)
    .mistake(
        "angles-transposed",
        with_angles(|x, past, base| angles_with_base(x, past, base).tr()),
    )
    .only_in(SQUARE)
}
