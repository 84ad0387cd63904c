//! The task `scores`.

use tch::{Kind, Tensor};

use super::width;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::softmax::kernel::softmax;
use crate::task::Task;

// ANCHOR: task
pub(super) fn scores() -> Task {
    Task::new("scores", scaled)
        .output("scores", ["query", "key"])
        .case(
            "plain",
            "5 queries, 7 keys, so that no transposition can hide",
            |random| inputs(random, 5, 7, 11),
        )
        .case(
            "wide",
            "64 features: scores grow with the width unless they are scaled",
            |random| inputs(random, 3, 2, 64),
        )
        .case(
            "square",
            "4 keys of 4 features: here even a product with the wrong shape goes through",
            |random| inputs(random, 6, 4, 4),
        )
        .case("single", "one query and one key", |random| {
            inputs(random, 1, 1, 3)
        })
        .mistake("no-scale", product)
        .mistake("scaled-by-d-k", |x| product(x) / width(&x["k"]))
        .mistake("multiplied-by-root", |x| product(x) * width(&x["k"]).sqrt())
        .mistake("scaled-by-length", |x| product(x) / length(&x["k"]).sqrt())
        .mistake("divided-by-number-of-keys", |x| {
            product(x) / length(&x["k"])
        })
        .mistake("keys-not-transposed", |x| {
            x["q"].matmul(&x["k"]) / width(&x["k"]).sqrt()
        })
        .only_in(["square"])
        .mistake("keys-reshaped", with_reshaped_keys)
        .mistake("softmax-too-early", |x| softmax(&scaled(x)))
        .mistake("cosine", |x| {
            let norm = |x: &Tensor| x.linalg_norm(2.0, [-1].as_slice(), true, Kind::Float);
            product(x) / norm(&x["q"]) / norm(&x["k"]).tr()
        })
        .property(
            Property::new(
                "keys-in-another-order",
                "a score is linear in the query: moving the keys moves the columns of the scores",
            )
            .in_case("plain")
            .rotate(["k"], 0)
            .expect_rotated(["scores"], 1),
        )
}
// ANCHOR_END: task

/// Queries and keys of width d_k.
fn inputs(random: &Random, queries: i64, keys: i64, d_k: i64) -> Inputs {
    Inputs::default()
        .with("q", random.normal(&[queries, d_k]))
        .with("k", random.normal(&[keys, d_k]))
}

/// Q Kᵀ.
pub(super) fn product(x: &Inputs) -> Tensor {
    x["q"].matmul(&x["k"].tr())
}

/// Q Kᵀ / √d_k.
pub(super) fn scaled(x: &Inputs) -> Tensor {
    product(x) / width(&x["k"]).sqrt()
}

/// The scores with keys that are given the shape (d_k, keys) in the order in which they lie in memory.
pub(super) fn with_reshaped_keys(x: &Inputs) -> Tensor {
    let k = &x["k"];
    x["q"].matmul(&k.reshape([k.size()[1], k.size()[0]])) / width(k).sqrt()
}

/// The number of rows.
pub(super) fn length(x: &Tensor) -> f64 {
    x.size()[0] as f64
}
