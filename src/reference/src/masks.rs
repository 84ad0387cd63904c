//! Masks for padding and for the future, from libtorch's triangles.

mod causal;
mod combine;
mod padding;
mod sliding_window;

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;

/// `true` is 1 and `false` is 0: there is nothing to round, and a wrong entry is 100 tolerances away.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 0.01,
    relative: 0.0,
};

/// The exercise `masks`.
pub fn exercise() -> Exercise {
    Exercise::new("masks", TOLERANCE)
        .task(padding::padding())
        .task(causal::causal())
        .task(combine::combine())
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

    /// The pairs that both masks allow: (batch, 1, keys) and (1, queries, keys) give (batch, queries, keys).
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

fn the_last_queries_alone() -> Property {
    Property::new(
        "the-last-queries-alone",
        "the last 2 queries get the same rows when the 3 before them belong to the past",
    )
    .in_case("continuing")
    .set("queries", 2)
    .expect_window(["mask"], 0, 3)
}

fn sizes(queries: i64, keys: i64) -> Inputs {
    Inputs::default()
        .with("queries", queries)
        .with("keys", keys)
}

fn continuing(random: &Random) -> Inputs {
    sizes(5, 8 + random.below(3))
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
