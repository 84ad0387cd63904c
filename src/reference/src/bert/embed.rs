//! Word pieces, positions and types as vectors.

mod mistakes;

use tch::Tensor;

use super::{ANOTHER_EPSILON, EPSILON, linear, own_norm, with_linear, with_norm};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

pub(super) use mistakes::{without_norm, without_types};

pub(super) fn task() -> Task {
    let task = Task::new("embed", |x: &Inputs| vectors(&x.into()))
        .output("vectors", ["text", "position", "feature"])
        .property(
            Property::new(
                "positions-are-independent",
                "changing the token at position 3 changes nothing before it",
            )
            .in_case("plain")
            .disturb(["ids"], 1, 3)
            .expect_same_before(["vectors"], 1, 3),
        )
        .property(
            Property::new(
                "texts-in-another-order",
                "moving the texts moves their vectors: positions count from 0 in each of them",
            )
            .in_case("plain")
            .rotate(["ids", "types"], 0)
            .expect_rotated(["vectors"], 0),
        )
        .property(
            Property::new(
                "an-offset-goes-in-the-norm",
                "a number added to every entry of a table is taken out again by the layer norm",
            )
            .in_case("plain")
            .add(["token_type"], 2.0)
            .expect_same(["vectors"]),
        );
    mistakes::add(cases(task))
}

/// The vectors of tokens: the norm of the sum of their rows, and the projection if there is one.
pub(super) fn vectors(w: &Weights) -> Tensor {
    projected(w, &own_norm(w, 0, &sum(w)))
}

/// E\[token\] + P\[position\] + T\[type\].
fn sum(w: &Weights) -> Tensor {
    let words_and_positions = rows(&w["word"], &w["ids"]) + positions(w, 0);
    match types(w) {
        Some(types) => words_and_positions + types,
        None => words_and_positions,
    }
}

/// The rows of a table that ids choose.
fn rows(table: &Tensor, ids: &Tensor) -> Tensor {
    Tensor::embedding(table, ids, -1, false, false)
}

/// The rows of the positions from `first` on, the same for every text.
fn positions(w: &Weights, first: i64) -> Tensor {
    w["position"].narrow(0, first, w["ids"].size()[1])
}

/// The rows of the types, if the model has a table of them.
fn types(w: &Weights) -> Option<Tensor> {
    w.get("token_type").map(|table| rows(table, &w["types"]))
}

/// The vectors in the model's width.
fn projected(w: &Weights, normed: &Tensor) -> Tensor {
    match w.get("w_projection") {
        Some(_) => linear(w, "projection", normed),
        None => normed.shallow_clone(),
    }
}

/// The rows and the width of the tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables {
    pub(super) words: i64,
    pub(super) positions: i64,
    /// 0 for a model without types.
    pub(super) types: i64,
    pub(super) width: i64,
}

/// Adds random tables, their norm and its ε.
pub(super) fn with_tables(inputs: Inputs, random: &Random, size: Tables, epsilon: f32) -> Inputs {
    let table = |rows: i64| random.normal(&[rows, size.width]);
    let inputs = with_norm(inputs, random, size.width)
        .with("epsilon", epsilon)
        .with("word", table(size.words))
        .with("position", table(size.positions));
    match size.types {
        0 => inputs,
        types => inputs.with("token_type", table(types)),
    }
}

/// Adds the ids and the types of a batch, row by row.
pub(super) fn with_tokens<const N: usize>(ids: [&[i64]; N], types: [&[i64]; N]) -> Inputs {
    let table = |rows: [&[i64]; N]| Tensor::stack(&rows.map(Tensor::from_slice), 0);
    Inputs::default()
        .with("ids", table(ids))
        .with("types", table(types))
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 pairs of texts of 5 tokens in all, out of 11 word pieces; 6 features",
        |random| {
            let tokens = with_tokens(
                [&[2, 7, 3, 9, 3], &[2, 4, 10, 3, 0]],
                [&[0, 0, 0, 1, 1], &[0, 0, 1, 1, 0]],
            );
            let size = Tables {
                words: 11,
                positions: 13,
                types: 2,
                width: 6,
            };
            with_tables(tokens, random, size, EPSILON)
        },
    )
    .case(
        "square",
        "as many texts as tokens, and as many rows in each table as features: here swapped tables \
         and axes go through",
        |random| {
            let tokens = with_tokens(
                [&[1, 3, 2, 0], &[2, 1, 0, 3], &[3, 2, 1, 2], &[0, 0, 3, 1]],
                [&[0, 1, 1, 2], &[0, 0, 1, 1], &[1, 0, 2, 3], &[0, 0, 0, 1]],
            );
            let size = Tables {
                words: 4,
                positions: 4,
                types: 4,
                width: 4,
            };
            with_tables(tokens, random, size, EPSILON)
        },
    )
    .case(
        "no-types",
        "DistilBERT's embeddings have no table of types",
        |random| {
            let tokens = with_tokens([&[1, 6, 2]], [&[0, 0, 0]]);
            let size = Tables {
                words: 8,
                positions: 7,
                types: 0,
                width: 5,
            };
            with_tables(tokens, random, size, EPSILON)
        },
    )
    .case(
        "projected",
        "ALBERT's embeddings of 4 features, projected to 6; an ε of 0.1",
        |random| {
            let tokens = with_tokens([&[1, 5, 4, 2], &[1, 3, 2, 0]], [&[0, 0, 0, 0]; 2]);
            let size = Tables {
                words: 7,
                positions: 6,
                types: 2,
                width: 4,
            };
            let inputs = with_tables(tokens, random, size, ANOTHER_EPSILON);
            with_linear(inputs, random, ["w_projection", "b_projection"], [6, 4])
        },
    )
    .case(
        "projected-square",
        "a projection to as many features as the tables have: here its order and its matrix can be \
         mistaken",
        |random| {
            let tokens = with_tokens([&[2, 4, 3]], [&[0, 0, 1]]);
            let size = Tables {
                words: 6,
                positions: 5,
                types: 2,
                width: 4,
            };
            let inputs = with_tables(tokens, random, size, EPSILON);
            with_linear(inputs, random, ["w_projection", "b_projection"], [4, 4])
        },
    )
    .case(
        "quiet",
        "numbers of about 0.001: compared with their variance, an ε of 10⁻⁵ is large",
        quiet,
    )
    .case("one-token", "a text of one token", |random| {
        let size = Tables {
            words: 5,
            positions: 4,
            types: 2,
            width: 3,
        };
        with_tables(with_tokens([&[3]], [&[1]]), random, size, EPSILON)
    })
}

/// Tables of small numbers.
fn quiet(random: &Random) -> Inputs {
    let size = Tables {
        words: 6,
        positions: 7,
        types: 2,
        width: 5,
    };
    let tokens = with_tokens([&[2, 5, 3], &[4, 1, 3]], [&[0, 1, 1], &[0, 0, 1]]);
    let inputs = with_tables(tokens, random, size, EPSILON);
    ["word", "position", "token_type"]
        .into_iter()
        .fold(inputs, |inputs, name| {
            let table = &inputs[name] * 1e-3;
            inputs.with(name, table)
        })
}
