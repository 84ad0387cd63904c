//! Masks for padding and for the future, from libtorch's triangles.

use attentive_grader::{Edit, Property, Relation, Tolerance};
use tch::{Device, Kind, Tensor};

use crate::case::{Inputs, Random};
use crate::exercise::{Exercise, Task};

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
    pub(super) fn everything(queries: i64, keys: i64) -> Tensor {
        Tensor::ones([queries, keys], (Kind::Bool, Device::Cpu))
    }
}

/// The same by positions.
pub mod formula {
    use tch::Tensor;

    use super::{backward, positions};

    /// The first tokens of each sequence, as many as it is long: (batch, length).
    pub fn padding(lengths: &Tensor, length: i64) -> Tensor {
        positions(length).less_tensor(&lengths.unsqueeze(1))
    }

    /// Everything up to the query's own position: (queries, keys).
    pub fn causal(queries: i64, keys: i64) -> Tensor {
        backward(queries, keys).greater_equal(0)
    }

    /// What both masks allow: (batch, 1, keys) and (1, queries, keys) give (batch, queries, keys).
    pub fn combine(padding: &Tensor, causal: &Tensor) -> Tensor {
        padding.unsqueeze(1).logical_and(&causal.unsqueeze(0))
    }

    /// The query's own position and the `window` − 1 before it: (queries, keys).
    pub fn sliding_window(queries: i64, keys: i64, window: i64) -> Tensor {
        let distance = backward(queries, keys);
        distance
            .greater_equal(0)
            .logical_and(&distance.less(window))
    }
}

fn padding() -> Task {
    let wrong = |wrong: fn(&Tensor, i64) -> Tensor| {
        move |x: &Inputs| vec![wrong(&x["lengths"], x.size("length"))]
    };
    Task::new("padding", wrong(formula::padding))
        .output("mask", &["sequence", "position"])
        .case(
            "plain",
            "four sequences, all of them shorter than the batch is wide",
            |random| lengths(random.order(5).narrow(0, 0, 4) + 1, 7),
        )
        .case(
            "empty-and-full",
            "one sequence has no token at all, and one has no padding",
            |random| {
                lengths(
                    Tensor::from_slice(&[0_i64, 2, 5]).index_select(0, &random.order(3)),
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
        .property(Property {
            name: "sequences-in-another-order".into(),
            sentence: "moving the lengths moves the rows of the mask".into(),
            case: "plain".into(),
            edits: vec![Edit::Rotate {
                input: "lengths".into(),
                axis: 0,
            }],
            relations: vec![Relation::Rotated {
                output: "mask".into(),
                axis: 0,
            }],
        })
        .property(Property {
            name: "more-padding-does-not-matter".into(),
            sentence: "in a wider batch the first 7 positions are what they were".into(),
            case: "plain".into(),
            edits: vec![Edit::Set {
                input: "length".into(),
                value: 9,
            }],
            relations: vec![Relation::SameBefore {
                output: "mask".into(),
                axis: 1,
                before: 7,
            }],
        })
}

fn causal() -> Task {
    let wrong = |wrong: fn(i64, i64) -> Tensor| {
        move |x: &Inputs| vec![wrong(x.size("queries"), x.size("keys"))]
    };
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
        move |x: &Inputs| vec![wrong(&x["padding"], &x["causal"])]
    };
    Task::new("combine", wrong(formula::combine))
        .output("mask", &["sequence", "query", "key"])
        .case(
            "continuing",
            "3 sequences, 4 queries, 6 keys, so that no two axes can change places",
            |random| {
                both(
                    formula::padding(&(random.order(5).narrow(0, 0, 3) + 1), 6),
                    kernel::causal(4, 6),
                )
            },
        )
        .case(
            "square",
            "as many queries as keys: here padding goes through on the wrong axis too",
            |random| {
                both(
                    formula::padding(&(random.order(4).narrow(0, 0, 3) + 1), 5),
                    kernel::causal(5, 5),
                )
            },
        )
        .case(
            "padding-on-the-left",
            "the first queries may attend to nothing: their rows are all false",
            |random| {
                let right = formula::padding(&(random.order(4).narrow(0, 0, 3) + 1), 6);
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
                let oneself = backward(queries, keys).eq(0);
                mask.logical_or(&mask.any_dim(2, true).logical_not().logical_and(&oneself))
            }),
        )
        .mistake_in(
            &["square", "padding-on-the-left"],
            "padding-on-the-queries",
            wrong(|padding, causal| padding.unsqueeze(2).logical_and(&causal.unsqueeze(0))),
        )
        .mistake_in(
            &["square", "padding-on-the-left"],
            "padded-queries-blocked",
            wrong(|padding, causal| {
                formula::combine(padding, causal).logical_and(&padding.unsqueeze(2))
            }),
        )
        .property(moved(
            "sequences-in-another-order",
            "moving the sequences moves their masks",
            &["padding"],
            0,
            0,
        ))
        .property(moved(
            "queries-in-another-order",
            "moving the queries moves their rows",
            &["causal"],
            0,
            1,
        ))
        .property(moved(
            "keys-in-another-order",
            "moving the keys of both masks moves those of the result",
            &["padding", "causal"],
            1,
            2,
        ))
}

fn the_last_queries_alone() -> Property {
    Property {
        name: "the-last-queries-alone".into(),
        sentence: "the last 2 queries get the same rows when the 3 before them belong to the past"
            .into(),
        case: "continuing".into(),
        edits: vec![Edit::Set {
            input: "queries".into(),
            value: 2,
        }],
        relations: vec![Relation::Window {
            output: "mask".into(),
            axis: 0,
            from: 3,
        }],
    }
}

/// Moving an axis of the inputs moves an axis of the combined mask.
fn moved(name: &str, sentence: &str, inputs: &[&str], axis: usize, moves: usize) -> Property {
    Property {
        name: name.into(),
        sentence: sentence.into(),
        case: "continuing".into(),
        edits: inputs
            .iter()
            .map(|&input| Edit::Rotate {
                input: input.into(),
                axis,
            })
            .collect(),
        relations: vec![Relation::Rotated {
            output: "mask".into(),
            axis: moves,
        }],
    }
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

/// The positions 0, 1, 2, … as a row (1, length).
fn positions(length: i64) -> Tensor {
    Tensor::arange(length, (Kind::Int64, Device::Cpu)).unsqueeze(0)
}

/// How far (queries, keys) a key lies before the query; negative where it lies after.
fn backward(queries: i64, keys: i64) -> Tensor {
    positions(queries).tr() + (keys - queries) - positions(keys)
}
