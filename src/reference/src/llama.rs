//! Llama (Touvron et al. 2023, section 2.2) with grouped key heads and a cache, from libtorch's kernels for its parts.

mod attention;
mod block;
mod cases;
mod mistakes;
mod model;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

pub use attention::{formula, kernel, rotated};
pub use model::{in_pieces, whole_text};

/// As in exercises 14 and 18: angles in `f32` near the beginning of a text, and a few roundings, divided by the size of a
/// row.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The axes of queries, keys, values and contexts.
const HEADS: [&str; 3] = ["head", "position", "feature"];

/// The axes of the weights of attention.
const WEIGHTS: [&str; 3] = ["head", "query", "key"];

/// The axes of vectors.
const VECTORS: [&str; 2] = ["position", "feature"];

/// The steps of a block that are vectors, in the order in which they are computed.
const STEPS: [&str; 4] = ["attention", "after_attention", "feed_forward", "output"];

/// The exercise `llama`.
pub fn exercise() -> Exercise {
    Exercise::new("llama", TOLERANCE)
        .task(rotate())
        .task(grouped_query_attention())
        .task(self_attention())
        .task(block_task())
        .task(logits())
}

fn rotate() -> Task {
    let task = Task::new("rotate", rotated).output("rotated", HEADS);
    mistakes::of_rotate(cases::of_rotate(task))
        .property(
            Property::new(
                "the-norm-is-kept",
                "a rotated vector has the same length at every position",
            )
            .in_case("past")
            .set("past", 3)
            .expect_same_norm(["rotated"], 2),
        )
        .property(
            Property::new(
                "heads-in-another-order",
                "moving the heads moves their rotated vectors, and changes nothing else",
            )
            .in_case("plain")
            .rotate(["x"], 0)
            .expect_rotated(["rotated"], 0),
        )
}

fn grouped_query_attention() -> Task {
    let task = Task::new("grouped_query_attention", |x| {
        attention::outputs(kernel([&x["queries"], &x["keys"], &x["values"]]))
    })
    .output("weights", WEIGHTS)
    .output("contexts", HEADS);
    mistakes::of_attention(cases::of_attention(task))
        .property(
            Property::new(
                "the-future-does-not-matter",
                "the last new position changes nothing for those before it",
            )
            .in_case("one-key-head")
            .disturb(["keys", "values"], 1, 5)
            .expect_same_before(["weights", "contexts"], 1, 3),
        )
        .property(
            Property::new(
                "query-heads-in-another-order",
                "if all query heads share one key head, moving them moves their weights and contexts, and \
                 changes nothing else",
            )
            .in_case("one-key-head")
            .rotate(["queries"], 0)
            .expect_rotated(["weights", "contexts"], 0),
        )
        .property(
            Property::new(
                "the-first-group-reads-the-first-key-head",
                "other keys and values in the second key head change nothing for the query heads of the \
                 first group",
            )
            .in_case("plain")
            .disturb(["keys", "values"], 0, 1)
            .expect_same_before(["weights", "contexts"], 0, 3),
        )
        .property(
            Property::new(
                "rows-sum-to-one",
                "in every head, the weights of a new position add up to 1",
            )
            .in_case("plain")
            .expect_sum_of_one(["weights"], 2),
        )
}

fn self_attention() -> Task {
    let task = Task::new("self_attention", |x| Outputs::from(attention::right(x)))
        .output("keys", HEADS)
        .output("values", HEADS)
        .output("weights", WEIGHTS)
        .output("output", VECTORS);
    mistakes::of_self_attention(cases::of_self_attention(task))
        .property(
            Property::new(
                "the-future-does-not-matter",
                "changing the last new position changes nothing before it",
            )
            .in_case("past")
            .disturb(["x"], 0, 1)
            .expect_same_before(["keys", "values"], 1, 5)
            .expect_same_before(["weights"], 1, 1)
            .expect_same_before(["output"], 0, 1),
        )
        .property(
            Property::new(
                "the-past-stays",
                "different new positions change nothing in the past of the cache",
            )
            .in_case("past")
            .disturb(["x"], 0, 0)
            .expect_same_before(["keys", "values"], 1, 4),
        )
}

fn block_task() -> Task {
    let task = Task::new("block", |x| Outputs::from(block::right(x)))
        .output("attention", VECTORS)
        .output("after_attention", VECTORS)
        .output("feed_forward", VECTORS)
        .output("output", VECTORS);
    mistakes::of_block(cases::of_block(task))
        .property(
            Property::new(
                "the-future-does-not-matter",
                "changing the last new position changes nothing before it",
            )
            .in_case("past")
            .disturb(["x"], 0, 2)
            .expect_same_before(STEPS, 0, 2),
        )
        .property(
            Property::new(
                "the-last-matrix-is-linear",
                "twice W_down makes what the feed-forward network adds twice as large, and changes no step \
                 before it",
            )
            .in_case("past")
            .multiply(["w_down"], 2.0)
            .expect_multiplied(["feed_forward"], 2.0)
            .expect_same(["attention", "after_attention"]),
        )
}

fn logits() -> Task {
    let task = Task::new("logits", whole_text)
        .ids("positions", ["block"])
        .output("logits", ["position", "token"]);
    mistakes::of_logits(cases::of_logits(task))
        .property(
            Property::new(
                "other-pieces",
                "the same text in other pieces gives the same logits",
            )
            .in_case("tied")
            .rotate(["pieces"], 0)
            .expect_same(["positions", "logits"]),
        )
        .property(
            Property::new(
                "later-tokens-do-not-matter",
                "different tokens from position 4 on change nothing before it",
            )
            .in_case("tied")
            .disturb(["tokens"], 0, 4)
            .expect_same_before(["logits"], 0, 4),
        )
}
