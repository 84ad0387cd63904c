//! The decoder block (`nn.TransformerDecoderLayer`, with its norms after), from libtorch's kernels for its parts.

mod cases;
mod mistakes;
mod steps;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::task::Task;

pub use steps::Block;
use steps::RIGHT;

/// Three layer norms on top of each other, with a few roundings of 10⁻⁷ before each.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// The steps in the order in which they are computed, but for the weights of cross-attention.
const STATES: [&str; 6] = [
    "self_attention",
    "after_self_attention",
    "cross_attention",
    "after_cross_attention",
    "feed_forward",
    "output",
];

/// The axes of a state.
const STATE: [&str; 3] = ["batch element", "target position", "feature"];

/// The axes of the weights of cross-attention.
const CROSS_WEIGHTS: [&str; 4] = [
    "batch element",
    "head",
    "target position",
    "source position",
];

/// The exercise `decoder-block`.
pub fn exercise() -> Exercise {
    let task = Task::new("decoder_block", |x| formula(&Weights::from(x)))
        .output("self_attention", STATE)
        .output("after_self_attention", STATE)
        .output("cross_weights", CROSS_WEIGHTS)
        .output("cross_attention", STATE)
        .output("after_cross_attention", STATE)
        .output("feed_forward", STATE)
        .output("output", STATE);
    let task = properties(mistakes::add(cases::add(task)));
    Exercise::new("decoder-block", TOLERANCE).task(task)
}

/// Computes the block step by step. The weights also have `x`, `memory`, `heads`, and perhaps `memory_mask`.
pub fn formula(w: &Weights) -> Block {
    RIGHT.run(w)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "the-future-does-not-matter",
            "changing position 2 of the target changes nothing before it",
        )
        .in_case("plain")
        .disturb(["x"], 1, 2)
        .expect_same_before(STATES, 1, 2)
        .expect_same_before(["cross_weights"], 2, 2),
    )
    .property(
        Property::new(
            "padding-does-not-matter",
            "the numbers in the padded positions of the memory change nothing",
        )
        .in_case("padding")
        .disturb(["memory"], 1, 3)
        .expect_same(STATES)
        .expect_same(["cross_weights"]),
    )
    .property(
        Property::new(
            "memory-in-another-order",
            "moving the memory and its mask moves the weights of cross-attention, and changes \
             nothing else",
        )
        .in_case("padding")
        .rotate(["memory"], 1)
        .rotate(["memory_mask"], 2)
        .expect_same(STATES)
        .expect_rotated(["cross_weights"], 3),
    )
    .property(
        Property::new(
            "batch-elements-apart",
            "changing batch element 1 changes nothing in batch element 0",
        )
        .in_case("plain")
        .disturb(["x", "memory"], 0, 1)
        .expect_same_before(STATES, 0, 1)
        .expect_same_before(["cross_weights"], 0, 1),
    )
}
