//! The encoder–decoder (Vaswani et al. 2017), from libtorch's kernels for its parts, with random weights and with those
//! of the model that ships with the course.

mod cases;
mod greedy;
mod mistakes;
pub mod model;
mod steps;
mod trained;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::task::Task;
use crate::vocabulary::vocabulary;

pub use trained::trained;

/// Correct `f32` implementations differ by the roundings of two blocks on top of each other; logits are sums of the trained model's 64
/// products.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The axes of a state.
const STATE: [&str; 3] = ["batch element", "position", "feature"];

/// The axes of the states that the blocks put out.
const BLOCKS: [&str; 4] = ["block", "batch element", "position", "feature"];

/// The axes of the weights of cross-attention in every block.
const CROSS_WEIGHTS: [&str; 5] = [
    "block",
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
    let task = Task::new("embed", |x| model::embed(&x["tokens"], &x["embedding"]))
        .output("vectors", STATE);
    mistakes::of_embed(cases::of_embed(task))
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences of a batch moves their vectors, and changes nothing else",
            )
            .in_case("plain")
            .rotate(["tokens"], 0)
            .expect_rotated(["vectors"], 0),
        )
        .property(
            Property::new(
                "positions-apart",
                "different tokens from position 2 on change nothing before it",
            )
            .in_case("plain")
            .disturb(["tokens"], 1, 2)
            .expect_same_before(["vectors"], 1, 2),
        )
}

fn encode() -> Task {
    let task = Task::new("encode", |x| {
        steps::encoded(&model::encode(&weights(x), &x["source"]))
    })
    .output("embedded", STATE)
    .output("blocks", BLOCKS);
    mistakes::of_encode(cases::of_encode(task)).property(
        Property::new(
            "sources-in-another-order",
            "moving the sources of a batch moves their results, and changes nothing else",
        )
        .in_case("padding")
        .rotate(["source"], 0)
        .expect_rotated(["embedded"], 0)
        .expect_rotated(["blocks"], 1),
    )
}

fn decode() -> Task {
    let task = Task::new("decode", |x| {
        model::decode(&weights(x), &x["target"], &x["memory"], &x["source"])
    })
    .output("embedded", STATE)
    .output("cross_weights", CROSS_WEIGHTS)
    .output("blocks", BLOCKS)
    .output("logits", ["batch element", "position", "token"]);
    mistakes::of_decode(cases::of_decode(task))
        .property(
            Property::new(
                "the-future-does-not-matter",
                "different tokens from position 1 of the target on change nothing before it",
            )
            .in_case("plain")
            .disturb(["target"], 1, 1)
            .expect_same_before(["embedded", "logits"], 1, 1)
            .expect_same_before(["blocks"], 2, 1),
        )
        .property(
            Property::new(
                "padding-does-not-matter",
                "the numbers in the padded positions of the memory change nothing",
            )
            .in_case("padding")
            .disturb(["memory"], 1, 4)
            .expect_same(["embedded", "blocks", "logits"]),
        )
}

fn greedy_decode() -> Task {
    let task = Task::new("greedy_decode", greedy::right).text("tokens", vocabulary());
    greedy::mistakes(cases::of_greedy_decode(task)).property(
        Property::new(
            "a-limit-only-cuts",
            "with a limit of 3 tokens, the first 3 are those that come without it",
        )
        .in_case("eight-letters")
        .set("longest", 3)
        .expect_same_before(["tokens"], 0, 3),
    )
}

/// The case's own weights, or the trained ones if it has none.
fn weights(x: &Inputs) -> Weights {
    match x.get("embedding") {
        Some(_) => Weights::from(x),
        None => trained(),
    }
}
