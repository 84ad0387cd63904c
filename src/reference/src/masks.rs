//! Masks for padding and for the future, from libtorch's triangles.

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

mod sliding_window;

/// `true` is 1 and `false` is 0: there is nothing to round, and a wrong entry is 100 tolerances away.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 0.01,
    relative: 0.0,
};

/// The exercise `masks`.
pub fn exercise() -> Exercise {
    Exercise::new("masks", TOLERANCE)
        .task(padding())
        .task(causal())
        .task(combine())
        .task(sliding_window::sliding_window())
}

/// The masks of attention to what came before, cut out of a matrix of ones.
pub mod kernel {
    use tch::{Device, Kind, Tensor};

    /// Everything up to the query's own position: (queries, keys).
    pub fn causal(queries: i64, keys: i64) -> Tensor {
        everything(queries, keys).tril(keys - queries)
    }

    /// The query's own position and the `window` − 1 before it: (queries, keys).
    pub fn sliding_window(queries: i64, keys: i64, window: i64) -> Tensor {
        causal(queries, keys).triu(keys - queries - window + 1)
    }

    /// A mask (queries, keys) that allows all.
    pub(crate) fn everything(queries: i64, keys: i64) -> Tensor {
        Tensor::ones([queries, keys], (Kind::Bool, Device::Cpu))
    }
}

/// The formulas, by positions.
pub mod formula {
    use tch::Tensor;

    use super::{distances, positions};

    /// The first tokens of each sequence, as many as it is long: (batch, length).
    pub fn padding(lengths: &Tensor, length: i64) -> Tensor {
        positions(length).less_tensor(&lengths.unsqueeze(1))
    }

    /// Everything up to the query's own position: (queries, keys).
    pub fn causal(queries: i64, keys: i64) -> Tensor {
        distances(queries, keys).greater_equal(0)
    }

    /// What both masks allow: (batch, 1, keys) and (1, queries, keys) give (batch, queries, keys).
    pub fn combine(padding: &Tensor, causal: &Tensor) -> Tensor {
        padding.unsqueeze(1).logical_and(&causal.unsqueeze(0))
    }

    /// The query's own position and the `window` − 1 before it: (queries, keys).
    pub fn sliding_window(queries: i64, keys: i64, window: i64) -> Tensor {
        let distances = distances(queries, keys);
        distances
            .greater_equal(0)
            .logical_and(&distances.less(window))
    }
}

fn padding() -> Task {
    let wrong = |wrong: fn(&Tensor, i64) -> Tensor| {
        move |x: &Inputs| wrong(&x["lengths"], x.size("length"))
    };
    Task::new("padding", wrong(formula::padding))
        .output("mask", &["sequence", "position"])
        .case(
            "plain",
            "four sequences, all of them shorter than the batch is wide",
            |random| lengths(random.permutation(5).narrow(0, 0, 4) + 1, 7),
        )
        .case(
            "empty-and-full",
            "one sequence has no token at all, and one has no padding",
            |random| {
                lengths(
                    Tensor::from_slice(&[0_i64, 2, 5]).index_select(0, &random.permutation(3)),
                    5,
                )
            },
        )
        .case("single", "one sequence of one token", |_| {
            lengths(Tensor::from_slice(&[1_i64]), 1)
        })
        .mistake(
            "mask-inverted",
            wrong(|lengths, length| formula::padding(lengths, length).logical_not()),
        )
        .mistake(
            "one-token-too-many",
            wrong(|lengths, length| formula::padding(&(lengths + 1), length)),
        )
        .mistake(
            "one-token-too-few",
            wrong(|lengths, length| formula::padding(&(lengths - 1), length)),
        )
        .mistake(
            "padding-on-the-left",
            wrong(|lengths, length| {
                positions(length).greater_equal_tensor(&(lengths.neg() + length).unsqueeze(1))
            }),
        )
        .mistake(
            "one-length-for-all",
            wrong(|lengths, length| {
                formula::padding(&lengths.narrow(0, 0, 1).expand_as(lengths), length)
            }),
        )
        .mistake(
            "only-as-wide-as-the-longest",
            wrong(|lengths, _| formula::padding(lengths, lengths.max().int64_value(&[]))),
        )
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the lengths moves the rows of the mask",
            )
            .in_case("plain")
            .rotate(["lengths"], 0)
            .expect_rotated(["mask"], 0),
        )
        .property(
            Property::new(
                "more-padding-does-not-matter",
                "in a wider batch the first 7 positions are what they were",
            )
            .in_case("plain")
            .set("length", 9)
            .expect_same_before(["mask"], 1, 7),
        )
}

fn causal() -> Task {
    let wrong =
        |wrong: fn(i64, i64) -> Tensor| move |x: &Inputs| wrong(x.size("queries"), x.size("keys"));
    Task::new("causal", wrong(kernel::causal))
        .output("mask", &["query", "key"])
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
            wrong(|queries, keys| kernel::causal(queries, keys).logical_not()),
        )
        .mistake(
            "past-ignored",
            wrong(|queries, keys| kernel::everything(queries, keys).tril(0)),
        )
        .mistake(
            "past-on-the-wrong-side",
            wrong(|queries, keys| kernel::everything(queries, keys).tril(queries - keys)),
        )
        .mistake(
            "own-position-blocked",
            wrong(|queries, keys| kernel::everything(queries, keys).tril(keys - queries - 1)),
        )
        .mistake(
            "one-step-ahead",
            wrong(|queries, keys| kernel::everything(queries, keys).tril(keys - queries + 1)),
        )
        .mistake(
            "future-instead-of-past",
            wrong(|queries, keys| kernel::everything(queries, keys).triu(keys - queries)),
        )
        .mistake("nothing-blocked", wrong(kernel::everything))
        .property(the_last_queries_alone())
}

fn combine() -> Task {
    let wrong = |wrong: fn(&Tensor, &Tensor) -> Tensor| {
        move |x: &Inputs| wrong(&x["padding"], &x["causal"])
    };
    Task::new("combine", wrong(formula::combine))
        .output("mask", &["sequence", "query", "key"])
        .case(
            "continuing",
            "3 sequences, 4 queries, 6 keys, so that no two axes can change places",
            |random| {
                both(
                    formula::padding(&(random.permutation(5).narrow(0, 0, 3) + 1), 6),
                    kernel::causal(4, 6),
                )
            },
        )
        .case(
            "square",
            "as many queries as keys: here padding goes through on the wrong axis too",
            |random| {
                both(
                    formula::padding(&(random.permutation(4).narrow(0, 0, 3) + 1), 5),
                    kernel::causal(5, 5),
                )
            },
        )
        .case(
            "padding-on-the-left",
            "the first queries may attend to nothing: their rows are all false",
            |random| {
                let right = formula::padding(&(random.permutation(4).narrow(0, 0, 3) + 1), 6);
                both(right.flip([1]), kernel::causal(6, 6))
            },
        )
        .case(
            "any-two-masks",
            "masks without a pattern: what matters is each entry, not the shape of a triangle",
            |random| {
                both(
                    random.normal(&[2, 7]).greater(-0.3),
                    random.normal(&[4, 7]).greater(-0.3),
                )
            },
        )
        .mistake(
            "or-instead-of-and",
            wrong(|padding, causal| padding.unsqueeze(1).logical_or(&causal.unsqueeze(0))),
        )
        .mistake(
            "padding-ignored",
            wrong(|padding, causal| formula::combine(&padding.ones_like(), causal)),
        )
        .mistake(
            "causal-ignored",
            wrong(|padding, causal| formula::combine(padding, &causal.ones_like())),
        )
        .mistake(
            "padding-inverted",
            wrong(|padding, causal| formula::combine(&padding.logical_not(), causal)),
        )
        .mistake(
            "one-padding-for-all",
            wrong(|padding, causal| {
                formula::combine(&padding.narrow(0, 0, 1).expand_as(padding), causal)
            }),
        )
        .mistake(
            "empty-rows-opened",
            wrong(|padding, causal| {
                let mask = formula::combine(padding, causal);
                let (queries, keys) = causal.size2().expect("two axes");
                let own_position = distances(queries, keys).eq(0);
                mask.logical_or(
                    &mask
                        .any_dim(2, true)
                        .logical_not()
                        .logical_and(&own_position),
                )
            }),
        )
        .mistake(
            "padding-on-the-queries",
            wrong(|padding, causal| padding.unsqueeze(2).logical_and(&causal.unsqueeze(0))),
        )
        .only_in(["square", "padding-on-the-left"])
        .mistake(
            "padded-queries-blocked",
            wrong(|padding, causal| {
                formula::combine(padding, causal).logical_and(&padding.unsqueeze(2))
            }),
        )
        .only_in(["square", "padding-on-the-left"])
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences moves their masks",
            )
            .in_case("continuing")
            .rotate(["padding"], 0)
            .expect_rotated(["mask"], 0),
        )
        .property(
            Property::new(
                "queries-in-another-order",
                "moving the queries moves their rows",
            )
            .in_case("continuing")
            .rotate(["causal"], 0)
            .expect_rotated(["mask"], 1),
        )
        .property(
            Property::new(
                "keys-in-another-order",
                "moving the keys of both masks moves those of the result",
            )
            .in_case("continuing")
            .rotate(["padding", "causal"], 1)
            .expect_rotated(["mask"], 2),
        )
}

fn the_last_queries_alone() -> Property {
    Property::new(
        "the-last-queries-alone",
        "the last 2 queries get the same rows when the 3 before them belong to the past",
    )
    .in_case("continuing")
    .set("queries", 2)
    .expect_window(["mask"], 0, 3)
}

fn lengths(lengths: Tensor, length: i64) -> Inputs {
    Inputs::default()
        .with("lengths", lengths)
        .with("length", length)
}

fn sizes(queries: i64, keys: i64) -> Inputs {
    Inputs::default()
        .with("queries", queries)
        .with("keys", keys)
}

fn continuing(random: &Random) -> Inputs {
    sizes(5, 8 + random.below(3))
}

fn both(padding: Tensor, causal: Tensor) -> Inputs {
    Inputs::default()
        .with("padding", padding)
        .with("causal", causal)
}

/// A mask (rows, keys) that allows the first few keys of each row.
pub(crate) fn first_keys(keys: i64, allowed: &[i64]) -> Tensor {
    formula::padding(&Tensor::from_slice(allowed), keys)
}

/// A mask (batch, queries, keys) that allows the first few keys of each batch element.
pub(crate) fn padded_keys(queries: i64, keys: i64, lengths: &[i64]) -> Tensor {
    let shape = [lengths.len() as i64, queries, keys];
    first_keys(keys, lengths).unsqueeze(1).expand(shape, false)
}

/// The positions 0, 1, 2, … as a row (1, length).
fn positions(length: i64) -> Tensor {
    Tensor::arange(length, (Kind::Int64, Device::Cpu)).unsqueeze(0)
}

/// The distances (queries, keys) by which keys lie before queries; negative where they lie after.
fn distances(queries: i64, keys: i64) -> Tensor {
    positions(queries).tr() + (keys - queries) - positions(keys)
}
