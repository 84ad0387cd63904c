//! Multi-head attention (Vaswani et al. 2017, section 3.2.2), from libtorch's own kernels.

mod cases;
mod mistakes;
mod model;
mod steps;

use attentive_grader::Tolerance;
use tch::Kind;

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

pub(crate) use cases::projections;
pub use model::{formula, kernel, native};
pub(crate) use model::{merge, merge_by_reshaping, split, split_by_reshaping};

/// Correct `f32` implementations differ most in the case with large scores: a score of 300 carries an error of
/// 300 · 2⁻²⁴ for each of its roundings, and the softmax turns it into a relative error of the weight.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 5e-5,
};

/// The exercise `multi-head-attention`.
pub fn exercise() -> Exercise {
    Exercise::new("multi-head-attention", TOLERANCE)
        .task(split_heads())
        .task(merge_heads())
        .task(properties(mistakes::add(cases::add(whole()))))
}

/// The last task of the exercise at the size at which a well-known tutorial is taught: (64, 10, 256) with 8 heads.
///
/// It has the mistakes in splitting, projecting and scaling, and is far too large for a golden pack.
pub fn at_tutorial_size() -> Exercise {
    let case = &["self-attention"];
    let task = mistakes::without_mask(cases::tutorial(whole()), case, case);
    Exercise::new("multi-head-attention", TOLERANCE).task(task)
}

fn whole() -> Task {
    Task::new("multi_head_attention", kernel)
        .output("weights", ["batch element", "head", "query", "key"])
        .output("output", ["batch element", "query", "feature"])
}

fn split_heads() -> Task {
    let input = |shape: [i64; 3], heads: i64| {
        move |random: &Random| {
            Inputs::default()
                .with("x", random.normal(&shape))
                .with("heads", heads)
        }
    };
    Task::new("split_heads", |x| model::split(&x["x"], x.size("heads")))
        .output("heads", ["batch element", "head", "position", "feature"])
        .case(
            "plain",
            "2 batch elements, 5 positions, 3 heads of 4 features: no two sizes are equal",
            input([2, 5, 12], 3),
        )
        .case(
            "square",
            "as many positions as heads: here a missing transposition has the right shape",
            input([2, 3, 12], 3),
        )
        .case(
            "one-head",
            "with one head nothing moves",
            input([2, 3, 4], 1),
        )
        .case(
            "head-size-one",
            "as many heads as features: each head gets one",
            input([2, 4, 3], 3),
        )
        .mistake("split-by-reshaping", |x| {
            model::split_by_reshaping(&x["x"], x.size("heads"))
        })
        .mistake("heads-interleaved", |x| {
            model::split_interleaved(&x["x"], x.size("heads"))
        })
        .mistake("heads-behind-length", |x| {
            model::split(&x["x"], x.size("heads")).transpose(1, 2)
        })
        .mistake("heads-and-head-size-swapped", |x| {
            let heads = x["x"].size()[2] / x.size("heads");
            model::split(&x["x"], heads)
        })
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the positions moves them in every head, and nothing else",
            )
            .in_case("plain")
            .rotate(["x"], 1)
            .expect_rotated(["heads"], 2),
        )
}

fn merge_heads() -> Task {
    let input =
        |shape: [i64; 4]| move |random: &Random| Inputs::default().with("x", random.normal(&shape));
    Task::new("merge_heads", |x| model::merge(&x["x"]))
        .output("merged", ["batch element", "position", "feature"])
        .case(
            "plain",
            "2 batch elements, 3 heads, 5 positions, 4 features: no two sizes are equal",
            input([2, 3, 5, 4]),
        )
        .case(
            "one-head",
            "with one head nothing moves",
            input([2, 1, 3, 4]),
        )
        .case("head-size-one", "heads of one feature", input([2, 3, 4, 1]))
        .case(
            "one-position",
            "with one position the heads lie side by side already",
            input([3, 2, 1, 4]),
        )
        .mistake("merged-by-reshaping", |x| {
            model::merge_by_reshaping(&x["x"])
        })
        .mistake("heads-interleaved", |x| model::merge_interleaved(&x["x"]))
        .mistake("heads-below-each-other", |x| x["x"].flatten(1, 2))
        .mistake("heads-added", |x| {
            x["x"].sum_dim_intlist([1].as_slice(), false, Kind::Float)
        })
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the positions of every head moves the positions, and nothing else",
            )
            .in_case("plain")
            .rotate(["x"], 2)
            .expect_rotated(["merged"], 1),
        )
}

/// Adds what must hold between the results of related calls.
fn properties(task: Task) -> Task {
    let all = ["query", "key", "value"];
    let results = ["weights", "output"];
    task.property(
        Property::new(
            "rows-sum-to-one",
            "in every head, the weights of a query add up to 1",
        )
        .in_case("causal")
        .disturb(all, 1, 0)
        .expect_sum_of_one(["weights"], 3),
    )
    .property(
        Property::new(
            "keys-in-another-order",
            "moving keys, values and mask together moves the weights and leaves the output as it \
             is",
        )
        .in_case("padding")
        .rotate(["key", "value"], 1)
        .rotate(["mask"], 2)
        .expect_rotated(["weights"], 3)
        .expect_same(["output"]),
    )
    .property(
        Property::new(
            "queries-in-another-order",
            "the result of a query depends on no other query: moving the queries moves their \
             weights and their outputs",
        )
        .in_case("cross-attention")
        .rotate(["query"], 1)
        .expect_rotated(["weights"], 2)
        .expect_rotated(["output"], 1),
    )
    .property(
        Property::new(
            "batch-elements-apart",
            "changing batch element 1 changes nothing in batch element 0",
        )
        .in_case("cross-attention")
        .disturb(all, 0, 1)
        .expect_same_before(results, 0, 1),
    )
    .property(
        Property::new(
            "the-future-does-not-matter",
            "under a causal mask, changing position 3 changes nothing before it",
        )
        .in_case("causal")
        .disturb(all, 1, 3)
        .expect_same_before(["weights"], 2, 3)
        .expect_same_before(["output"], 1, 3),
    )
    .property(
        Property::new(
            "padding-does-not-matter",
            "the numbers in padded keys and values change nothing",
        )
        .in_case("padding")
        .disturb(["key", "value"], 1, 3)
        .expect_same(results),
    )
    .property(
        Property::new(
            "key-bias-cancels",
            "a bias of the keys adds the same to all scores of a query, and the softmax removes \
             it again",
        )
        .in_case("cross-attention")
        .add(["b_k"], 2.0)
        .expect_same(results),
    )
}
