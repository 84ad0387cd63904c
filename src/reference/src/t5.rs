//! T5 (Raffel et al. 2020), from libtorch's kernels for its parts. libtorch has no T5, so the models are formulas over
//! its products, softmax, RMS norm and activations.

mod attention;
mod attention_mistakes;
mod bias;
mod block;
mod block_mistakes;
mod bucket;
mod bucket_mistakes;
mod cases;
mod feed_forward;
mod generate;
mod generate_cases;
mod generate_mistakes;
mod logits;

use attentive_grader::Tolerance;
use tch::Tensor;

use crate::exercise::Exercise;
use crate::layer_norm;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::task::Task;

pub use attention::formula as attention;
pub use bucket::{Settings, buckets};

/// Correct `f32` implementations differ by a few 10⁻⁷ of numbers near 1. The scores are not divided by √d_k, so the
/// softmax passes their rounding on enlarged, and the norm divides it by the root mean square of a row.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 3e-5,
};

/// The ε of every RMS norm.
const EPSILON: f64 = 1e-6;

/// The axes of vectors.
const VECTORS: [&str; 3] = ["batch element", "position", "feature"];

/// The axes of attention weights.
const WEIGHTS: [&str; 4] = ["batch element", "head", "query", "key"];

/// The exercise `t5`.
pub fn exercise() -> Exercise {
    Exercise::new("t5", TOLERANCE)
        .task(bucket_mistakes::add(bucket::task()))
        .task(bias::task())
        .task(attention_task())
        .task(feed_forward::task())
        .task(decoder_block())
        .task(logits::task())
        .task(generate_mistakes::add(
            generate_cases::add(generate::task()),
        ))
}

fn attention_task() -> Task {
    let task = Task::new("attention", attention::formula)
        .output("weights", WEIGHTS)
        .output("output", VECTORS);
    attention_mistakes::add(cases::of_attention(task))
        .property(
            Property::new(
                "a-number-added-to-the-bias",
                "a number added to all of the bias changes no weight",
            )
            .in_case("plain")
            .add(["bias"], 2.0)
            .expect_same(["weights", "output"]),
        )
        .property(
            Property::new(
                "keys-in-another-order",
                "moving the source, with its bias and its mask, moves the weights and nothing else",
            )
            .in_case("plain")
            .rotate(["source"], 1)
            .rotate(["bias"], 2)
            .expect_rotated(["weights"], 3)
            .expect_same(["output"]),
        )
        .property(
            Property::new(
                "rows-sum-to-one",
                "in every head, the weights of a query add up to 1",
            )
            .in_case("plain")
            .expect_sum_of_one(["weights"], 3),
        )
        .property(
            Property::new(
                "batch-elements-apart",
                "changing batch element 1 changes nothing in batch element 0",
            )
            .in_case("plain")
            .disturb(["x", "source"], 0, 1)
            .expect_same_before(["weights", "output"], 0, 1),
        )
}

fn decoder_block() -> Task {
    let task = Task::new("decoder_block", |x| block::STEPS.run(&Weights::from(x)))
        .output("self_weights", WEIGHTS)
        .output("after_self", VECTORS)
        .output("cross_weights", WEIGHTS)
        .output("after_cross", VECTORS)
        .output("output", VECTORS);
    block_mistakes::add(cases::of_block(task))
        .property(
            Property::new(
                "the-future-does-not-matter",
                "changing position 2 changes nothing before it",
            )
            .in_case("relu")
            .disturb(["x"], 1, 2)
            .expect_same_before(["after_self", "after_cross", "output"], 1, 2)
            .expect_same_before(["self_weights", "cross_weights"], 2, 2),
        )
        .property(
            Property::new(
                "padding-is-not-read",
                "changing position 4 of the memory, which the mask forbids, changes nothing",
            )
            .in_case("relu")
            .disturb(["memory"], 1, 4)
            .expect_same([
                "self_weights",
                "after_self",
                "cross_weights",
                "after_cross",
                "output",
            ]),
        )
        .property(
            Property::new(
                "the-bias-is-not-for-cross-attention",
                "a number added to all of the bias changes nothing",
            )
            .in_case("gated")
            .add(["bias"], 2.0)
            .expect_same([
                "self_weights",
                "after_self",
                "cross_weights",
                "after_cross",
                "output",
            ]),
        )
}

/// The RMS norm with the gamma of this name.
fn norm(w: &Weights, gamma: &str, x: &Tensor) -> Tensor {
    layer_norm::kernel::rms_norm(x, &w[gamma], EPSILON)
}

/// A yes or no: 1 or 0.
fn is_true(w: &Weights, name: &str) -> bool {
    w.size(name) != 0
}
