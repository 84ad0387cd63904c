//! The tasks `dot` and `general`.

use tch::{Kind, Tensor};

use super::{formula, inputs, kernel, right_dot, width};
use crate::attention_weights::softmax;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::scoring;
use crate::task::Task;

pub(super) fn dot() -> Task {
    let task = Task::new("dot", |x| kernel::dot(&x["queries"], &x["keys"]))
        .output("scores", ["query", "key"])
        .case("plain", "5 queries and 7 keys of width 6", |random| {
            inputs(random, 5, 7, 6, 6)
        })
        .case("one-query", "a query of width 4 and three keys", |random| {
            inputs(random, 1, 3, 4, 4)
        })
        .case(
            "square",
            "all sizes are 4: here products of the wrong shape go through",
            |random| inputs(random, 4, 4, 4, 4),
        )
        .case(
            "wide",
            "64 features: the scores grow with the width, and they are not scaled",
            |random| inputs(random, 3, 2, 64, 64),
        )
        .mistake("cosine", |x| {
            let norm = |x: &Tensor| x.linalg_norm(2.0, [-1].as_slice(), true, Kind::Float);
            right_dot(x) / norm(&x["queries"]) / norm(&x["keys"]).tr()
        })
        .mistake("mean-for-sum", |x| right_dot(x) / width(&x["keys"]))
        .mistake("keys-not-transposed", |x| x["queries"].matmul(&x["keys"]))
        .only_in(["square"])
        .mistake("queries-and-keys-swapped", |x| {
            formula::dot(&x["keys"], &x["queries"])
        })
        .only_in(["square"]);
    scoring::properties(product_mistakes(task, right_dot), "scores", "plain")
}

pub(super) fn general() -> Task {
    let task = Task::new("general", |x| {
        kernel::general(&x["queries"], &x["keys"], &x["w_a"])
    })
    .output("scores", ["query", "key"])
    .case(
        "plain",
        "5 queries of width 3 and 7 keys of width 4",
        |random| with_matrix(random, 5, 7, 3, 4),
    )
    .case(
        "square",
        "all sizes are 4: here products of the wrong shape go through",
        |random| with_matrix(random, 4, 4, 4, 4),
    )
    .case(
        "single",
        "one query and one key, of different widths",
        |random| with_matrix(random, 1, 1, 3, 2),
    )
    .mistake("tanh-added", |x| right_general(x).tanh())
    .mistake("matrix-forgotten", right_dot)
    .only_in(["square"])
    .mistake("matrix-transposed", |x| {
        formula::general(&x["queries"], &x["keys"], &x["w_a"].tr())
    })
    .only_in(["square"])
    .mistake("keys-not-transposed", |x| {
        x["queries"].matmul(&x["w_a"]).matmul(&x["keys"])
    })
    .only_in(["square"])
    .mistake("queries-and-keys-swapped", |x| {
        formula::general(&x["keys"], &x["queries"], &x["w_a"])
    })
    .only_in(["square"]);
    scoring::properties(product_mistakes(task, right_general), "scores", "plain")
}

/// Adds the mistakes of the two ways that multiply.
fn product_mistakes(task: Task, right: fn(&Inputs) -> Tensor) -> Task {
    task.mistake("scaled", move |x| right(x) / width(&x["keys"]).sqrt())
        .mistake("softmax-too-early", move |x| softmax(&right(x)))
}

fn right_general(x: &Inputs) -> Tensor {
    formula::general(&x["queries"], &x["keys"], &x["w_a"])
}

fn with_matrix(random: &Random, queries: i64, keys: i64, d_query: i64, d_key: i64) -> Inputs {
    inputs(random, queries, keys, d_query, d_key).with("w_a", random.normal(&[d_query, d_key]))
}
