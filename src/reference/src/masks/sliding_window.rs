//! A causal mask with a limited reach.

use tch::Tensor;

use super::{continuing, distances, kernel, positions, sizes, the_last_queries_alone};
use crate::inputs::Inputs;
use crate::task::Task;

pub(super) fn sliding_window() -> Task {
    let of_sizes = |compute: fn(i64, i64, i64) -> Tensor| {
        move |x: &Inputs| compute(x.size("queries"), x.size("keys"), x.size("window"))
    };
    Task::new("sliding_window", of_sizes(kernel::sliding_window))
        .output("mask", ["query", "key"])
        .case(
            "whole-sequence",
            "as many queries as keys; the first queries have less than a window before them",
            |random| {
                let length = 7 + random.below(3);
                sizes(length, length).with("window", 3_i64)
            },
        )
        .case(
            "continuing",
            "5 queries continue a longer past, of which they see the end",
            |random| continuing(random).with("window", 3_i64),
        )
        .case("window-of-one", "each query sees itself alone", |_| {
            sizes(4, 6).with("window", 1_i64)
        })
        .case(
            "window-wider-than-everything",
            "the window reaches beyond the first key: this is the causal mask",
            |random| sizes(4, 6 + random.below(3)).with("window", 40_i64),
        )
        .case(
            "one-query",
            "a single new token with a window of 4",
            |random| sizes(1, 7 + random.below(3)).with("window", 4_i64),
        )
        .mistake(
            "mask-inverted",
            of_sizes(|queries, keys, window| {
                kernel::sliding_window(queries, keys, window).logical_not()
            }),
        )
        .mistake(
            "window-too-wide",
            of_sizes(|queries, keys, window| kernel::sliding_window(queries, keys, window + 1)),
        )
        .mistake(
            "window-too-narrow",
            of_sizes(|queries, keys, window| kernel::sliding_window(queries, keys, window - 1)),
        )
        .mistake(
            "window-stops-at-zero",
            of_sizes(|queries, keys, window| {
                let query = positions(queries).tr() + (keys - queries);
                let after = positions(keys).greater_tensor(&(query - window).clamp_min(0));
                kernel::causal(queries, keys).logical_and(&after)
            }),
        )
        .mistake(
            "window-ignored",
            of_sizes(|queries, keys, _| kernel::causal(queries, keys)),
        )
        .mistake(
            "window-on-both-sides",
            of_sizes(|queries, keys, window| distances(queries, keys).abs().less(window)),
        )
        .mistake(
            "window-centred",
            of_sizes(|queries, keys, window| distances(queries, keys).abs().less_equal(window / 2)),
        )
        .mistake(
            "past-ignored",
            of_sizes(|queries, keys, window| {
                kernel::everything(queries, keys).tril(0).triu(1 - window)
            }),
        )
        .mistake(
            "blocks",
            of_sizes(|queries, keys, window| {
                let block = |positions: Tensor| positions.divide_scalar_mode(window, "floor");
                let query = positions(queries).tr() + (keys - queries);
                block(query)
                    .eq_tensor(&block(positions(keys)))
                    .logical_and(&kernel::causal(queries, keys))
            }),
        )
        .mistake(
            "first-keys-only",
            of_sizes(|queries, keys, window| {
                kernel::causal(queries, keys).logical_and(&positions(keys).less(window))
            }),
        )
        .property(the_last_queries_alone())
}
