//! The cases of multi-head attention's backward pass.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::masks::kernel::causal;
use crate::multi_head_attention;
use crate::random::Random;
use crate::task::Task;

/// The case in which mistakes are recorded that need query, key and value of one shape, and heads that are together as
/// wide: here wrong products go through.
pub(super) const EQUAL_SHAPES: [&str; 1] = ["square"];

/// The case in which mistakes are recorded that show everywhere.
pub(super) const TELLING: &[&str] = &["plain"];

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    task.case(
        "plain",
        "2 heads of 3 features, 4 queries of width 7, 5 keys of width 8, values of width 9: no two sizes are equal",
        |random| {
            let [query, key, value] =
                [[1, 4, 7], [1, 5, 8], [1, 5, 9]].map(|shape| random.normal(&shape));
            projections(random, 2, 6, [query, key, value])
        },
    )
    .case(
        "square",
        "2 batch elements; queries, keys and values come from three places, all of 3 positions and width 4",
        |random| {
            let sources = [(); 3].map(|()| random.normal(&[2, 3, 4]));
            projections(random, 2, 4, sources)
        },
    )
    .case(
        "masked",
        "a causal mask in batch element 0; in element 1, query 1 may attend to nothing and the others to two keys",
        |random| {
            let mask = Tensor::stack(&[causal(3, 3), first_keys(3, &[2, 0, 2])], 0);
            let sources = [(); 3].map(|()| random.normal(&[2, 3, 4]));
            projections(random, 2, 4, sources).with("mask", mask)
        },
    )
}

/// The projections of exercise 07's cases, and dy.
pub(in crate::attention_backward) fn projections(
    random: &Random,
    heads: i64,
    inner: i64,
    sources: [Tensor; 3],
) -> Inputs {
    let outputs = sources[0].size();
    multi_head_attention::projections(random, heads, inner, sources)
        .with("dy", random.normal(&outputs))
}
