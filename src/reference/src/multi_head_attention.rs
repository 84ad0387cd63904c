//! Multi-head attention (Vaswani et al. 2017, section 3.2.2), from libtorch's own kernels.

mod cases;
mod mistakes;
mod model;

use attentive_grader::{Edit, Property, Relation, Tolerance};
use tch::{Kind, Tensor};

use crate::case::{Inputs, Random};
use crate::exercise::{Exercise, Task};

pub use model::{formula, kernel, native};

/// Correct `f32` implementations differ most in the case with large scores: a score of 300 carries an error of
/// 300 · 2⁻²⁴ for each of its roundings, and the softmax turns it into a relative error of the weight.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-4,
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
    let task = mistakes::without_mask(cases::tutorial(whole()));
    Exercise::new("multi-head-attention", TOLERANCE).task(task)
}

fn whole() -> Task {
    Task::new("multi_head_attention", mistakes::right)
        .output("weights", &["batch element", "head", "query", "key"])
        .output("output", &["batch element", "query", "feature"])
}

fn split_heads() -> Task {
    let input = |shape: [i64; 3], heads: i64| {
        move |random: &Random| {
            Inputs::default()
                .with("x", random.normal(&shape))
                .with("heads", Tensor::from(heads))
        }
    };
    Task::new("split_heads", |x| {
        vec![model::split(&x["x"], x.size("heads"))]
    })
    .output("heads", &["batch element", "head", "position", "feature"])
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
        vec![model::split_by_reshaping(&x["x"], x.size("heads"))]
    })
    .mistake("heads-interleaved", |x| {
        vec![model::split_interleaved(&x["x"], x.size("heads"))]
    })
    .mistake("heads-behind-length", |x| {
        vec![model::split(&x["x"], x.size("heads")).transpose(1, 2)]
    })
    .mistake("heads-and-head-size-swapped", |x| {
        let heads = x["x"].size()[2] / x.size("heads");
        vec![model::split(&x["x"], heads)]
    })
    .property(Property {
        name: "positions-in-another-order".into(),
        sentence: "moving the positions moves them in every head, and nothing else".into(),
        case: "plain".into(),
        edits: vec![Edit::Rotate {
            input: "x".into(),
            axis: 1,
        }],
        relations: vec![Relation::Rotated {
            output: "heads".into(),
            axis: 2,
        }],
    })
}

fn merge_heads() -> Task {
    let input =
        |shape: [i64; 4]| move |random: &Random| Inputs::default().with("x", random.normal(&shape));
    Task::new("merge_heads", |x| vec![model::merge(&x["x"])])
        .output("merged", &["batch element", "position", "feature"])
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
            vec![model::merge_by_reshaping(&x["x"])]
        })
        .mistake("heads-interleaved", |x| {
            vec![model::merge_interleaved(&x["x"])]
        })
        .mistake("heads-below-each-other", |x| vec![x["x"].flatten(1, 2)])
        .mistake("heads-added", |x| {
            vec![x["x"].sum_dim_intlist([1].as_slice(), false, Kind::Float)]
        })
        .property(Property {
            name: "positions-in-another-order".into(),
            sentence: "moving the positions of every head moves the positions, and nothing else"
                .into(),
            case: "plain".into(),
            edits: vec![Edit::Rotate {
                input: "x".into(),
                axis: 2,
            }],
            relations: vec![Relation::Rotated {
                output: "merged".into(),
                axis: 1,
            }],
        })
}

/// What must hold between the results of multi-head attention.
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
    let rotate = |input: &str, axis| Edit::Rotate {
        input: input.into(),
        axis,
    };
    let disturb = |input: &str, axis, from| Edit::Disturb {
        input: input.into(),
        axis,
        from,
    };
    let same = |output: &str| Relation::Same {
        output: output.into(),
    };
    let rotated = |output: &str, axis| Relation::Rotated {
        output: output.into(),
        axis,
    };
    let before = |output: &str, axis, before| Relation::SameBefore {
        output: output.into(),
        axis,
        before,
    };
    let all = ["query", "key", "value"];
    task.property(property(
        "rows-sum-to-one",
        "in every head, the weights of a query add up to 1",
        "causal",
        all.map(|input| disturb(input, 1, 0)).into(),
        vec![Relation::SumsToOne { output: "weights".into(), axis: 3 }],
    ))
    .property(property(
        "keys-in-another-order",
        "moving keys, values and mask together moves the weights and leaves the output as it is",
        "padding",
        vec![rotate("key", 1), rotate("value", 1), rotate("mask", 2)],
        vec![rotated("weights", 3), same("output")],
    ))
    .property(property(
        "queries-in-another-order",
        "each query is answered for itself: moving the queries moves their weights and their outputs",
        "cross-attention",
        vec![rotate("query", 1)],
        vec![rotated("weights", 2), rotated("output", 1)],
    ))
    .property(property(
        "batch-elements-apart",
        "changing batch element 1 changes nothing in batch element 0",
        "cross-attention",
        all.map(|input| disturb(input, 0, 1)).into(),
        vec![before("weights", 0, 1), before("output", 0, 1)],
    ))
    .property(property(
        "the-future-does-not-matter",
        "under a causal mask, changing position 3 changes nothing before it",
        "causal",
        all.map(|input| disturb(input, 1, 3)).into(),
        vec![before("weights", 2, 3), before("output", 1, 3)],
    ))
    .property(property(
        "padding-does-not-matter",
        "what stands in padded keys and values changes nothing",
        "padding",
        ["key", "value"].map(|input| disturb(input, 1, 3)).into(),
        vec![same("weights"), same("output")],
    ))
    .property(property(
        "key-bias-cancels",
        "a bias of the keys adds the same to all scores of a query, and the softmax takes it out again",
        "cross-attention",
        vec![Edit::Add { input: "b_k".into(), value: 2.0 }],
        vec![same("weights"), same("output")],
    ))
}
