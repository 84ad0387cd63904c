//! The cases of beam search.

use tch::Tensor;

use super::search::STEPS;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// The least difference of two scores that decides which beams are kept, and in which order.
const LEAST_GAP: f64 = 1e-3;

/// The cases in which the mistakes of each step show.
pub(super) const TELLING: &[&str] = &["plain", "sums", "long"];

/// Those of them in which lengths count.
pub(super) const TWO_TELLING: &[&str] = &["plain", "long"];

/// The sizes of a case.
#[derive(Clone, Copy)]
struct Sizes {
    rows: i64,
    vocabulary: i64,
    width: i64,
    longest: i64,
    end: i64,
    length_penalty: f32,
    /// The number that is added to the logits of the end token.
    end_bonus: f64,
}

const PLAIN: Sizes = Sizes {
    rows: 11,
    vocabulary: 6,
    width: 3,
    longest: 5,
    end: 2,
    length_penalty: 1.0,
    end_bonus: 0.5,
};

/// Adds the cases.
pub(super) fn of_beam_search(task: Task) -> Task {
    task.case(
        "plain",
        "3 beams of up to 5 of 6 tokens; scores are means, and some beams end early",
        |random| table(random, PLAIN, &[4, 1]),
    )
    .case(
        "sums",
        "a length penalty of 0 compares sums; the prompt ends with the end token, which ends nothing",
        |random| {
            let sizes = Sizes {
                length_penalty: 0.0,
                ..PLAIN
            };
            table(random, sizes, &[0, 5, 2])
        },
    )
    .case(
        "long",
        "a length penalty of 2 favours long texts; 6 steps",
        |random| {
            let sizes = Sizes {
                longest: 6,
                vocabulary: 5,
                length_penalty: 2.0,
                end_bonus: 1.0,
                ..PLAIN
            };
            table(random, sizes, &[3])
        },
    )
    .case(
        "greedy",
        "one beam and no prompt: the most probable token in each step",
        |random| {
            let sizes = Sizes {
                width: 1,
                vocabulary: 7,
                end: 6,
                end_bonus: -1.0,
                ..PLAIN
            };
            table(random, sizes, &[])
        },
    )
    .case(
        "wide",
        "5 beams and only 4 tokens: the first step has fewer continuations than beams",
        |random| {
            let sizes = Sizes {
                vocabulary: 4,
                width: 5,
                longest: 3,
                end: 0,
                ..PLAIN
            };
            table(random, sizes, &[1, 3])
        },
    )
    .case(
        "soon-over",
        "the end is so likely that all beams end early",
        |random| {
            let sizes = Sizes {
                end_bonus: 4.0,
                width: 2,
                longest: 6,
                length_penalty: 0.5,
                ..PLAIN
            };
            table(random, sizes, &[0])
        },
    )
}

/// Inputs with a random table in which no two scores are so close that rounding could decide between them.
fn table(random: &Random, sizes: Sizes, prompt: &[i64]) -> Inputs {
    loop {
        let inputs = any_table(random, sizes, prompt);
        if STEPS.search(&inputs).least_gap > LEAST_GAP {
            return inputs;
        }
    }
}

fn any_table(random: &Random, sizes: Sizes, prompt: &[i64]) -> Inputs {
    let bonus = Tensor::zeros([sizes.vocabulary], (tch::Kind::Float, tch::Device::Cpu)).index_fill(
        0,
        &Tensor::from_slice(&[sizes.end]),
        sizes.end_bonus,
    );
    let table = random.normal(&[sizes.rows, sizes.vocabulary]) * 1.2 + bonus;
    Inputs::default()
        .with("table", table)
        .with("prompt", Tensor::from_slice(prompt))
        .with("width", sizes.width)
        .with("longest", sizes.longest)
        .with("end", sizes.end)
        .with("length_penalty", sizes.length_penalty)
}
