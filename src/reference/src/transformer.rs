//! The encoder–decoder (Vaswani et al. 2017), from libtorch's kernels for its parts, with random weights and with those
//! of the model that ships with the course.

mod cases;
mod mistakes;
pub mod model;
mod steps;
mod trained;

use attentive_grader::{Edit, Property, Relation, Tolerance};

use crate::exercise::{Exercise, Task};
use crate::sublayers::Weights;
use crate::training::alphabet;

pub use trained::trained;

/// What is left of the roundings after two blocks on top of each other; logits are sums of the trained model's 64
/// products.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The axes of a state.
const STATE: [&str; 3] = ["batch element", "position", "feature"];

/// The axes of the weights of cross-attention.
const CROSS: [&str; 4] = [
    "batch element",
    "head",
    "target position",
    "source position",
];

/// The exercise `transformer`.
pub fn exercise() -> Exercise {
    Exercise::new("transformer", TOLERANCE)
        .task(embed())
        .task(encode())
        .task(decode())
        .task(greedy_decode())
}

fn embed() -> Task {
    let task = Task::new("embed", |x| {
        vec![model::embed(&x["tokens"], &x["embedding"])]
    })
    .output("vectors", &STATE);
    mistakes::of_embed(cases::of_embed(task))
        .property(property(
            "sequences-in-another-order",
            "moving the sequences of a batch moves their vectors, and changes nothing else",
            "plain",
            vec![rotate("tokens", 0)],
            vec![Relation::Rotated {
                output: "vectors".into(),
                axis: 0,
            }],
        ))
        .property(property(
            "positions-apart",
            "other tokens from position 2 on change nothing before it",
            "plain",
            vec![disturb("tokens", 1, 2)],
            vec![before("vectors", 1, 2)],
        ))
}

fn encode() -> Task {
    let task = Task::new("encode", |x| model::encode(&weights(x), &x["source"]));
    let task = ["embedded", "block_1", "block_2"]
        .iter()
        .fold(task, |task, name| task.output(name, &STATE));
    mistakes::of_encode(cases::of_encode(task)).property(property(
        "sources-in-another-order",
        "moving the sources of a batch moves what becomes of them, and changes nothing else",
        "padding",
        vec![rotate("source", 0)],
        ["embedded", "block_1", "block_2"]
            .map(|output| Relation::Rotated {
                output: output.into(),
                axis: 0,
            })
            .into(),
    ))
}

fn decode() -> Task {
    let task = Task::new("decode", |x| {
        steps::outputs(model::decode(
            &weights(x),
            &x["target"],
            &x["memory"],
            &x["source"],
        ))
    })
    .output("embedded", &STATE)
    .output("cross_weights_1", &CROSS)
    .output("block_1", &STATE)
    .output("cross_weights_2", &CROSS)
    .output("block_2", &STATE)
    .output("logits", &["batch element", "position", "token"]);
    let outputs = ["embedded", "block_1", "block_2", "logits"];
    mistakes::of_decode(cases::of_decode(task))
        .property(property(
            "the-future-does-not-matter",
            "other tokens from position 1 of the target on change nothing before it",
            "plain",
            vec![disturb("target", 1, 1)],
            outputs.map(|output| before(output, 1, 1)).into(),
        ))
        .property(property(
            "padding-does-not-matter",
            "what stands in the padded positions of the memory changes nothing",
            "padding",
            vec![disturb("memory", 1, 4)],
            outputs
                .map(|output| Relation::Same {
                    output: output.into(),
                })
                .into(),
        ))
}

fn greedy_decode() -> Task {
    let task = Task::new("greedy_decode", steps::greedy).text("tokens", alphabet());
    mistakes::of_greedy_decode(cases::of_greedy_decode(task)).property(property(
        "a-limit-only-cuts",
        "with a limit of 3 tokens, the first 3 are those that come without it",
        "eight-letters",
        vec![Edit::Set {
            input: "longest".into(),
            value: 3,
        }],
        vec![before("tokens", 0, 3)],
    ))
}

/// The case's own weights, or the trained ones if it has none.
fn weights(x: &crate::case::Inputs) -> Weights {
    match x.get("embedding") {
        Some(_) => Weights::from(x),
        None => trained(),
    }
}

fn rotate(input: &str, axis: usize) -> Edit {
    Edit::Rotate {
        input: input.into(),
        axis,
    }
}

fn disturb(input: &str, axis: usize, from: usize) -> Edit {
    Edit::Disturb {
        input: input.into(),
        axis,
        from,
    }
}

fn before(output: &str, axis: usize, before: usize) -> Relation {
    Relation::SameBefore {
        output: output.into(),
        axis,
        before,
    }
}

fn property(
    name: &str,
    sentence: &str,
    case: &str,
    edits: Vec<Edit>,
    relations: Vec<Relation>,
) -> Property {
    Property {
        name: name.into(),
        sentence: sentence.into(),
        case: case.into(),
        edits,
        relations,
    }
}
