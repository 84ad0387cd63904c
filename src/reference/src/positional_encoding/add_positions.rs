//! The task `add_positions`.

use tch::{Device, Kind, Tensor};

use super::formula;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

pub(super) fn add_positions() -> Task {
    Task::new("add_positions", |x| &x["x"] + encoding_of(x, formula))
        .output("output", ["sequence", "position", "column"])
        .case("plain", "3 sequences of 5 vectors of width 8", |random| {
            batch(random, [3, 5, 8], 0)
        })
        .case(
            "square",
            "as many sequences as positions: here taking one for the other goes through",
            |random| batch(random, [4, 4, 6], 0),
        )
        .case(
            "odd-width",
            "2 sequences of 3 vectors of width 7",
            |random| batch(random, [2, 3, 7], 0),
        )
        .case(
            "continued",
            "later pieces of sequences: the first position is not 0",
            |random| {
                let offset = 40 + random.below(50);
                batch(random, [2, 6, 10], offset)
            },
        )
        .case(
            "one-token",
            "one vector for each sequence, at a position far from 0",
            |random| {
                let offset = 40 + random.below(50);
                batch(random, [3, 1, 12], offset)
            },
        )
        .mistake("scaled-by-root-d-model", |x| {
            &x["x"] * (x["x"].size()[2] as f64).sqrt() + encoding_of(x, formula)
        })
        .mistake("multiplied", |x| &x["x"] * encoding_of(x, formula))
        .mistake("encoding-forgotten", |x| x["x"].shallow_clone())
        .mistake("subtracted", |x| &x["x"] - encoding_of(x, formula))
        .mistake("input-forgotten", |x| {
            encoding_of(x, formula).expand_as(&x["x"])
        })
        .mistake("concatenated", |x| {
            Tensor::cat(&[&x["x"], &encoding_of(x, formula).expand_as(&x["x"])], 2)
        })
        .mistake("batch-as-position", |x| {
            let sequences = x["x"].size()[0];
            &x["x"]
                + encoding_of(x, |_, d_model, offset| formula(sequences, d_model, offset))
                    .unsqueeze(1)
        })
        .mistake("positions-run-on", |x| {
            let sequences = x["x"].size()[0];
            let encoding = encoding_of(x, |length, d_model, offset| {
                formula(sequences * length, d_model, offset)
            });
            &x["x"] + encoding.view_as(&x["x"])
        })
        .mistake("same-position-everywhere", |x| {
            &x["x"] + encoding_of(x, |_, d_model, offset| formula(1, d_model, offset))
        })
        .mistake("first-sequence-only", |x| {
            let first = Tensor::arange(x["x"].size()[0], (Kind::Int64, Device::Cpu))
                .eq(0)
                .view([-1, 1, 1]);
            &x["x"] + encoding_of(x, formula) * first
        })
        .mistake("offset-ignored", |x| {
            &x["x"] + encoding_of(x, |length, d_model, _| formula(length, d_model, 0))
        })
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences of a batch moves the results, and changes nothing else",
            )
            .in_case("plain")
            .rotate(["x"], 0)
            .expect_rotated(["output"], 0),
        )
        .property(
            Property::new(
                "positions-are-independent",
                "changing the vectors from position 3 on changes nothing before it",
            )
            .in_case("plain")
            .disturb(["x"], 1, 3)
            .expect_same_before(["output"], 1, 3),
        )
}

fn batch(random: &Random, shape: [i64; 3], offset: i64) -> Inputs {
    Inputs::default()
        .with("x", random.normal(&shape))
        .with("offset", offset)
}

/// An encoding for the batch `x`, made from its length, its width and its offset.
fn encoding_of(x: &Inputs, encoding: impl Fn(i64, i64, i64) -> Tensor) -> Tensor {
    encoding(x["x"].size()[1], x["x"].size()[2], x.size("offset"))
}
