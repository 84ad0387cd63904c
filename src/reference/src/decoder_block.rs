//! The decoder block (`nn.TransformerDecoderLayer`, with its norms after), from libtorch's kernels for its parts.

mod cases;
mod mistakes;
mod steps;

use attentive_grader::{Edit, Property, Relation, Tolerance};
use tch::Tensor;

use crate::exercise::{Exercise, Task};
use crate::sublayers::Weights;

use steps::RIGHT;

/// Three layer norms on top of each other, with a few roundings of 10⁻⁷ before each.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// What is (batch element, target, feature) among the steps.
const STATES: [&str; 6] = [
    "self_attention",
    "after_self_attention",
    "cross_attention",
    "after_cross_attention",
    "feed_forward",
    "output",
];

/// The exercise `decoder-block`.
pub fn exercise() -> Exercise {
    let task = Task::new("decoder_block", |x| formula(&Weights::from(x)));
    let task = cases::add(outputs(task));
    Exercise::new("decoder-block", TOLERANCE).task(properties(mistakes::add(task)))
}

/// The steps in the order in which they are computed. The weights also have `x`, `memory`, `heads`, and perhaps
/// `memory_mask`.
pub fn formula(w: &Weights) -> Vec<Tensor> {
    RIGHT.run(w)
}

fn outputs(task: Task) -> Task {
    let state = |task: Task, name: &str| {
        task.output(name, &["batch element", "target position", "feature"])
    };
    let task = STATES[..2]
        .iter()
        .fold(task, |task, name| state(task, name));
    let task = task.output(
        "cross_weights",
        &[
            "batch element",
            "head",
            "target position",
            "source position",
        ],
    );
    STATES[2..]
        .iter()
        .fold(task, |task, name| state(task, name))
}

fn properties(task: Task) -> Task {
    let property =
        |name: &str, sentence: &str, case: &str, edits: Vec<Edit>, relations: Vec<Relation>| {
            Property {
                name: name.into(),
                sentence: sentence.into(),
                case: case.into(),
                edits,
                relations,
            }
        };
    let disturb = |input: &str, axis, from| Edit::Disturb {
        input: input.into(),
        axis,
        from,
    };
    let rotate = |input: &str, axis| Edit::Rotate {
        input: input.into(),
        axis,
    };
    let each = |relation: &dyn Fn(String) -> Relation| STATES.map(|output| relation(output.into()));
    let weights = || String::from("cross_weights");
    let before = |axis, weights_axis, before| {
        let weights = Relation::SameBefore {
            output: weights(),
            axis: weights_axis,
            before,
        };
        let mut all = each(&|output| Relation::SameBefore {
            output,
            axis,
            before,
        })
        .to_vec();
        all.push(weights);
        all
    };
    let same = || {
        let mut all = each(&|output| Relation::Same { output }).to_vec();
        all.push(Relation::Same { output: weights() });
        all
    };
    let moved = || {
        let mut all = each(&|output| Relation::Same { output }).to_vec();
        all.push(Relation::Rotated {
            output: weights(),
            axis: 3,
        });
        all
    };
    task.property(property(
        "the-future-does-not-matter",
        "changing what was written at position 2 changes nothing before it",
        "plain",
        vec![disturb("x", 1, 2)],
        before(1, 2, 2),
    ))
    .property(property(
        "padding-does-not-matter",
        "what stands in the padded positions of the memory changes nothing",
        "padding",
        vec![disturb("memory", 1, 3)],
        same(),
    ))
    .property(property(
        "memory-in-another-order",
        "moving the memory and its mask moves the weights of cross-attention, and changes nothing else",
        "padding",
        vec![rotate("memory", 1), rotate("memory_mask", 2)],
        moved(),
    ))
    .property(property(
        "batch-elements-apart",
        "changing batch element 1 changes nothing in batch element 0",
        "plain",
        vec![disturb("x", 0, 1), disturb("memory", 0, 1)],
        before(0, 0, 1),
    ))
}
