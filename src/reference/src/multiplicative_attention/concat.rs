//! The task `concat`.

use tch::Tensor;

use super::{formula, inputs, kernel, width};
use crate::inputs::Inputs;
use crate::random::Random;
use crate::scoring::{self, Projected, network_mistakes, pairs, saturating};
use crate::task::Task;

pub(super) fn concat() -> Task {
    let task = Task::new("concat", |x| {
        kernel::concat(&x["queries"], &x["keys"], &x["w_a"], &x["v_a"])
    })
    .output("scores", ["query", "key"])
    .case(
        "plain",
        "5 queries of width 3, 6 keys of width 4, a hidden layer of 8",
        |random| with_network(random, 5, 6, 3, 4, 8),
    )
    .case(
        "square",
        "queries and keys of width 2, a hidden layer of 4: here products of the wrong shape go \
         through",
        |random| with_network(random, 4, 4, 2, 2, 4),
    )
    .case(
        "saturated",
        "the hidden layer is far from 0: tanh is 1 or −1 there, but its formula overflows",
        |random| {
            let inputs = with_network(random, 3, 2, 2, 3, 5);
            let (queries, left) = saturating(random, 3, 5, 2);
            let w_a = Tensor::cat(&[left, inputs["w_a"].narrow(1, 2, 3)], 1);
            inputs.with("queries", queries).with("w_a", w_a)
        },
    )
    .case(
        "wide-query",
        "queries of width 5, keys of width 2: the first 5 columns of W_a belong to the query, not \
         the first half",
        |random| with_network(random, 3, 4, 5, 2, 6),
    )
    .case("single", "one query and one key", |random| {
        with_network(random, 1, 1, 2, 3, 5)
    });
    let task = network_mistakes(task, |x| {
        formula::project(&x["queries"], &x["keys"], &x["w_a"])
    })
    .mistake("halves-swapped", |x| {
        let (queries, keys) = pairs(&x["queries"], &x["keys"]);
        kernel::network(&Tensor::cat(&[keys, queries], -1), &x["w_a"], &x["v_a"])
    })
    .mistake("split-in-half", |x| {
        // Products that end with the shorter of two rows, as those of zipped iterators do.
        let half = x["w_a"].size()[1] / 2;
        let (left, right) = (
            x["w_a"].narrow(1, 0, half),
            x["w_a"].narrow(1, half, width(&x["keys"]) as i64),
        );
        let projected = Projected {
            queries: x["queries"].narrow(1, 0, half).matmul(&left.tr()),
            keys: x["keys"].matmul(&right.tr()),
        };
        projected.sums().tanh().matmul(&x["v_a"])
    })
    .only_in(["wide-query"])
    .mistake("interleaved", |x| {
        let (queries, keys) = pairs(&x["queries"], &x["keys"]);
        kernel::network(
            &Tensor::stack(&[queries, keys], -1).flatten(-2, -1),
            &x["w_a"],
            &x["v_a"],
        )
    })
    .only_in(["square"])
    .mistake("matrix-transposed", |x| {
        formula::concat(&x["queries"], &x["keys"], &x["w_a"].tr(), &x["v_a"])
    })
    .only_in(["square"]);
    scoring::properties(task, "scores", "plain")
}

/// A matrix that leaves the hidden layer with a variance of 2: tanh bends it and does not saturate.
fn with_network(
    random: &Random,
    queries: i64,
    keys: i64,
    d_query: i64,
    d_key: i64,
    hidden: i64,
) -> Inputs {
    let pair = d_query + d_key;
    inputs(random, queries, keys, d_query, d_key)
        .with(
            "w_a",
            random.normal(&[hidden, pair]) * (2.0 / pair as f64).sqrt(),
        )
        .with("v_a", random.normal(&[hidden]))
}
