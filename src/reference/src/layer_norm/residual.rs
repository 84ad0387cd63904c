//! The two ways of combining layer norm with a residual: after the sum, or before the sublayer.

use tch::Tensor;

use super::{
    ANOTHER_EPSILON, EPSILON, FEATURES, centred, epsilon, features_in_another_order, kernel, norm,
    small_rows, variance, with_beta, with_gamma,
};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

pub(super) fn add_and_norm() -> Task {
    let sum = |x: &Inputs| &x["x"] + &x["sublayer"];
    Task::new("add_and_norm", move |x| norm(x, &sum(x)))
        .output("output", ["position", "feature"])
        .case("plain", "5 positions of 7 features", two(5, 7, EPSILON))
        .case(
            "another-epsilon",
            "an epsilon of 0.1: it is an argument, not a constant",
            two(3, 5, ANOTHER_EPSILON),
        )
        .case(
            "small-rows",
            "sums of size 0, 0.001, 0.01 and 1: next to the small ones epsilon matters, and without \
             it 0 gives NaN",
            |random| {
                let inputs = two(4, 6, EPSILON)(random);
                let (x, sublayer) = (small_rows(&inputs["x"]), small_rows(&inputs["sublayer"]));
                inputs.with("x", x).with("sublayer", sublayer)
            },
        )
        .case(
            "square",
            "as many positions as features",
            two(4, 4, EPSILON),
        )
        .case("single", "one position", two(1, 3, EPSILON))
        .mistake("residual-forgotten", |x| norm(x, &x["sublayer"]))
        .mistake("sublayer-forgotten", |x| norm(x, &x["x"]))
        .mistake("norm-before-adding", |x| &x["x"] + norm(x, &x["sublayer"]))
        .mistake("residual-normalised", |x| norm(x, &x["x"]) + &x["sublayer"])
        .mistake("both-normalised", |x| {
            norm(x, &x["x"]) + norm(x, &x["sublayer"])
        })
        .mistake("residual-twice", move |x| &x["x"] + norm(x, &sum(x)))
        .mistake("residual-doubled", move |x| norm(x, &(&x["x"] + sum(x))))
        .mistake("not-normalised", move |x| sum(x))
        .mistake("epsilon-fixed", move |x| {
            norm_with(x, &sum(x), f64::from(EPSILON))
        })
        .mistake("no-epsilon", move |x| without_epsilon(x, &sum(x)))
        .mistake("gamma-and-beta-swapped", move |x| swapped(x, &sum(x)))
        .mistake("rms-instead", move |x| rms(x, &sum(x)))
        .property(
            Property::new(
                "what-cancels-does-not-matter",
                "adding 3 to x and −3 to the sublayer's output changes nothing",
            )
            .in_case("plain")
            .add(["x"], 3.0)
            .add(["sublayer"], -3.0)
            .expect_same(["output"]),
        )
        .property(features_in_another_order(
            &["x", "sublayer"],
            &["gamma", "beta"],
        ))
}

pub(super) fn pre_norm() -> Task {
    let inner = |x: &Inputs| sublayer(x, &norm(x, &x["x"]));
    Task::new("pre_norm", move |x| &x["x"] + inner(x))
        .output("output", ["position", "feature"])
        .case(
            "plain",
            "5 positions of 7 features; the sublayer mixes the positions",
            mixing(5, 7, EPSILON),
        )
        .case(
            "another-epsilon",
            "an epsilon of 0.1: it is an argument, not a constant",
            mixing(3, 5, ANOTHER_EPSILON),
        )
        .case(
            "small-rows",
            "rows of size 0, 0.001, 0.01 and 1: next to the small ones epsilon matters, and without \
             it 0 gives NaN",
            |random| {
                let inputs = mixing(4, 6, EPSILON)(random);
                let x = small_rows(&inputs["x"]);
                inputs.with("x", x)
            },
        )
        .case(
            "square",
            "as many positions as features",
            mixing(4, 4, EPSILON),
        )
        .case(
            "single",
            "one position: the sublayer multiplies it by a number",
            mixing(1, 3, EPSILON),
        )
        .mistake("post-norm", |x| norm(x, &(&x["x"] + sublayer(x, &x["x"]))))
        .mistake("norm-after-sublayer", |x| {
            &x["x"] + norm(x, &sublayer(x, &x["x"]))
        })
        .mistake("residual-forgotten", move |x| inner(x))
        .mistake("residual-normalised", move |x| norm(x, &x["x"]) + inner(x))
        .mistake("not-normalised", |x| &x["x"] + sublayer(x, &x["x"]))
        .mistake("sublayer-forgotten", |x| &x["x"] + norm(x, &x["x"]))
        .mistake("normalised-again", move |x| norm(x, &(&x["x"] + inner(x))))
        .mistake("residual-doubled", move |x| &x["x"] + &x["x"] + inner(x))
        .mistake("epsilon-fixed", |x| {
            &x["x"] + sublayer(x, &norm_with(x, &x["x"], f64::from(EPSILON)))
        })
        .mistake("no-epsilon", |x| {
            &x["x"] + sublayer(x, &without_epsilon(x, &x["x"]))
        })
        .mistake("gamma-and-beta-swapped", |x| {
            &x["x"] + sublayer(x, &swapped(x, &x["x"]))
        })
        .mistake("rms-instead", |x| &x["x"] + sublayer(x, &rms(x, &x["x"])))
        .property(features_in_another_order(&["x"], &["gamma", "beta"]))
}

/// x and the output of a sublayer.
fn two(positions: i64, features: i64, epsilon: f32) -> impl Fn(&Random) -> Inputs {
    move |random| {
        let inputs = with_gamma(random.normal(&[positions, features]), epsilon, random);
        with_beta(inputs, random).with(
            "sublayer",
            random.normal(&[positions, features]) * 0.7 + 0.3,
        )
    }
}

/// x and the matrix (positions, positions) with which the sublayer mixes the positions.
fn mixing(positions: i64, features: i64, epsilon: f32) -> impl Fn(&Random) -> Inputs {
    move |random| {
        let inputs = with_gamma(
            random.normal(&[positions, features]) * 2.0 + 1.0,
            epsilon,
            random,
        );
        with_beta(inputs, random).with("mixing", random.normal(&[positions, positions]))
    }
}

/// The sublayer of `pre_norm`: each new position is a mixture of all, as in attention.
fn sublayer(x: &Inputs, positions: &Tensor) -> Tensor {
    x["mixing"].matmul(positions)
}

/// Layer norm with a different ε from the case's.
fn norm_with(x: &Inputs, rows: &Tensor, epsilon: f64) -> Tensor {
    kernel::layer_norm(rows, &x["gamma"], &x["beta"], epsilon)
}

/// Layer norm that divides a row of equal numbers by 0.
fn without_epsilon(x: &Inputs, rows: &Tensor) -> Tensor {
    centred(rows, FEATURES) / variance(rows, FEATURES).sqrt() * &x["gamma"] + &x["beta"]
}

/// Layer norm with γ and β in each other's place.
fn swapped(x: &Inputs, rows: &Tensor) -> Tensor {
    kernel::layer_norm(rows, &x["beta"], &x["gamma"], epsilon(x))
}

/// RMS norm, with β.
fn rms(x: &Inputs, rows: &Tensor) -> Tensor {
    kernel::rms_norm(rows, &x["gamma"], epsilon(x)) + &x["beta"]
}
