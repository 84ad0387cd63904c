//! A mask of what came before.

use tch::Tensor;

use super::{continuing, kernel, sizes, the_last_queries_alone};
use crate::inputs::Inputs;
use crate::task::Task;

pub(super) fn causal() -> Task {
    let of_sizes = |compute: fn(i64, i64) -> Tensor| {
        move |x: &Inputs| compute(x.size("queries"), x.size("keys"))
    };
    Task::new("causal", of_sizes(kernel::causal))
        .output("mask", ["query", "key"])
        .case(
            "whole-sequence",
            "as many queries as keys: nothing is past yet",
            |random| {
                let length = 5 + random.below(3);
                sizes(length, length)
            },
        )
        .case(
            "continuing",
            "5 queries continue a longer past, which all of them see",
            continuing,
        )
        .case(
            "one-query",
            "a single new token, as in generation: it sees everything",
            |random| sizes(1, 4 + random.below(3)),
        )
        .case("single", "one query and one key", |_| sizes(1, 1))
        .mistake(
            "mask-inverted",
            of_sizes(|queries, keys| kernel::causal(queries, keys).logical_not()),
        )
        .mistake(
            "past-ignored",
            of_sizes(|queries, keys| kernel::everything(queries, keys).tril(0)),
        )
        .mistake(
            "past-on-the-wrong-side",
            of_sizes(|queries, keys| kernel::everything(queries, keys).tril(queries - keys)),
        )
        .mistake(
            "own-position-blocked",
            of_sizes(|queries, keys| kernel::everything(queries, keys).tril(keys - queries - 1)),
        )
        .mistake(
            "one-step-ahead",
            of_sizes(|queries, keys| kernel::everything(queries, keys).tril(keys - queries + 1)),
        )
        .mistake(
            "future-instead-of-past",
            of_sizes(|queries, keys| kernel::everything(queries, keys).triu(keys - queries)),
        )
        .mistake("nothing-blocked", of_sizes(kernel::everything))
        .property(the_last_queries_alone())
}
