//! The two layers: the feed-forward network of the first transformer, and SwiGLU.

use tch::Tensor;

use super::{kernel, leaky_relu};
use crate::inputs::Inputs;
use crate::property::{Property, positions_are_independent};
use crate::random::Random;
use crate::task::Task;

pub(super) fn feed_forward() -> Task {
    let inner = |x: &Inputs| x["x"].linear(&x["w_1"], Some(&x["b_1"]));
    let outer = |x: &Inputs, hidden: Tensor| hidden.linear(&x["w_2"], Some(&x["b_2"]));
    let right =
        |x: &Inputs| kernel::feed_forward(&x["x"], &x["w_1"], &x["b_1"], &x["w_2"], &x["b_2"]);
    Task::new("feed_forward", move |x| right(x))
        .output("output", ["position", "feature"])
        .case(
            "plain",
            "5 positions, d_model of 3, d_ff of 7",
            with_biases(5, 3, 7),
        )
        .case(
            "square",
            "as many positions as features: here even wrong products go through",
            with_biases(4, 4, 4),
        )
        .case(
            "wide",
            "d_ff four times d_model, as in the paper",
            with_biases(3, 6, 24),
        )
        .case(
            "single",
            "one position of one feature",
            with_biases(1, 1, 4),
        )
        .mistake("relu-forgotten", move |x| outer(x, inner(x)))
        .mistake("relu-at-the-end", move |x| outer(x, inner(x)).relu())
        .mistake("relu-twice", move |x| right(x).relu())
        .mistake("relu-on-the-input", move |x| {
            outer(x, x["x"].relu().linear(&x["w_1"], Some(&x["b_1"])))
        })
        .mistake("gelu-instead", move |x| outer(x, kernel::gelu(&inner(x))))
        .mistake("leaky", move |x| outer(x, leaky_relu(&inner(x))))
        .mistake("first-bias-forgotten", move |x| {
            outer(x, x["x"].matmul(&x["w_1"].tr()).relu())
        })
        .mistake("second-bias-forgotten", move |x| {
            inner(x).relu().matmul(&x["w_2"].tr())
        })
        .mistake("no-biases", |x| {
            x["x"].matmul(&x["w_1"].tr()).relu().matmul(&x["w_2"].tr())
        })
        .mistake("bias-after-relu", move |x| {
            outer(x, x["x"].matmul(&x["w_1"].tr()).relu() + &x["b_1"])
        })
        .mistake("residual-added", move |x| right(x) + &x["x"])
        .mistake("weights-not-transposed", |x| {
            (x["x"].matmul(&x["w_1"]) + &x["b_1"])
                .relu()
                .matmul(&x["w_2"])
                + &x["b_2"]
        })
        .only_in(["square"])
        .mistake("bias-per-position", |x| {
            let hidden = (x["x"].matmul(&x["w_1"].tr()) + x["b_1"].unsqueeze(1)).relu();
            hidden.matmul(&x["w_2"].tr()) + x["b_2"].unsqueeze(1)
        })
        .only_in(["square"])
        .property(positions_are_independent())
        .property(hidden_units_in_another_order(&["w_1", "b_1"]))
}

pub(super) fn swiglu() -> Task {
    let gate = |x: &Inputs| x["x"].matmul(&x["w"].tr());
    let value = |x: &Inputs| x["x"].matmul(&x["v"].tr());
    let out = |x: &Inputs, hidden: Tensor| hidden.matmul(&x["w_2"].tr());
    Task::new("swiglu", |x| {
        kernel::swiglu(&x["x"], &x["w"], &x["v"], &x["w_2"])
    })
    .output("output", ["position", "feature"])
    .case(
        "plain",
        "5 positions, d_model of 3, d_ff of 7",
        gated(5, 3, 7),
    )
    .case(
        "square",
        "as many positions as features: here even wrong products go through",
        gated(4, 4, 4),
    )
    .case("wide", "d_model of 6, d_ff of 16", gated(3, 6, 16))
    .case("single", "one position of one feature", gated(1, 1, 4))
    .case(
        "far-from-zero",
        "gates of hundreds on both sides of 0: swish is y itself there, or 0, and exp is infinite \
         above 88",
        far_gates,
    )
    .mistake("gate-and-value-swapped", move |x| {
        out(x, gate(x) * value(x).silu())
    })
    .mistake("swish-forgotten", move |x| out(x, gate(x) * value(x)))
    .mistake("swish-after-the-product", move |x| {
        out(x, (gate(x) * value(x)).silu())
    })
    .mistake("swish-of-both", move |x| {
        out(x, gate(x).silu() * value(x).silu())
    })
    .mistake("sigmoid-for-swish", move |x| {
        out(x, gate(x).sigmoid() * value(x))
    })
    .mistake("sign-in-swish", move |x| {
        out(x, gate(x) * gate(x).neg().sigmoid() * value(x))
    })
    .mistake("exponential-overflows", move |x| {
        let gate = gate(x);
        out(x, &gate * gate.exp() / (gate.exp() + 1.0) * value(x))
    })
    .mistake("residual-added", |x| {
        &x["x"] + kernel::swiglu(&x["x"], &x["w"], &x["v"], &x["w_2"])
    })
    .mistake("relu-for-swish", move |x| out(x, gate(x).relu() * value(x)))
    .mistake("gelu-for-swish", move |x| {
        out(x, kernel::gelu(&gate(x)) * value(x))
    })
    .mistake("value-forgotten", move |x| out(x, gate(x).silu()))
    .mistake("added-instead-of-multiplied", move |x| {
        out(x, gate(x).silu() + value(x))
    })
    .mistake("weights-not-transposed", |x| {
        let product = |name: &str| x["x"].matmul(&x[name]);
        (product("w").silu() * product("v")).matmul(&x["w_2"])
    })
    .only_in(["square"])
    .property(positions_are_independent())
    .property(hidden_units_in_another_order(&["w", "v"]))
}

/// Moves the hidden units in matrices that have them as rows or numbers, and in `w_2`, which has them as columns.
fn hidden_units_in_another_order(rows: &[&str]) -> Property {
    Property::new(
        "hidden-units-in-another-order",
        "moving the hidden units, in every weight that they have a part in, changes nothing",
    )
    .in_case("plain")
    .rotate(rows.iter().copied(), 0)
    .rotate(["w_2"], 1)
    .expect_same(["output"])
}

fn with_biases(positions: i64, d_model: i64, d_ff: i64) -> impl Fn(&Random) -> Inputs {
    move |random| {
        Inputs::default()
            .with("x", random.normal(&[positions, d_model]))
            .with("w_1", weight(random, d_ff, d_model))
            .with("b_1", random.normal(&[d_ff]))
            .with("w_2", weight(random, d_model, d_ff))
            .with("b_2", random.normal(&[d_model]))
    }
}

fn gated(positions: i64, d_model: i64, d_ff: i64) -> impl Fn(&Random) -> Inputs {
    move |random| {
        Inputs::default()
            .with("x", random.normal(&[positions, d_model]))
            .with("w", weight(random, d_ff, d_model))
            .with("v", weight(random, d_ff, d_model))
            .with("w_2", weight(random, d_model, d_ff))
    }
}

/// Half of the gates above 100, the other half below −100. All else is positive, so that nothing large cancels.
fn far_gates(random: &Random) -> Inputs {
    let positive = |shape: &[i64]| random.normal(shape).abs() + 0.5;
    let signs = Tensor::from_slice(&[1_f32, -1.0, 1.0, -1.0]).unsqueeze(1);
    Inputs::default()
        .with("x", positive(&[2, 3]))
        .with("w", positive(&[4, 3]) * signs * 150.0)
        .with("v", positive(&[4, 3]))
        .with("w_2", positive(&[3, 4]))
}

/// A matrix (out, in) that keeps the size of what goes through it.
fn weight(random: &Random, out: i64, into: i64) -> Tensor {
    random.normal(&[out, into]) / (into as f64).sqrt()
}
