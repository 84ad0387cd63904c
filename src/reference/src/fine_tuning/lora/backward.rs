//! The task `lora_backward`.

mod mistakes;

use tch::{Kind, Tensor};

use super::{Layer, cases, rows};
use crate::backward::autograd::gradients;
use crate::fine_tuning::linear_in;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

const OUTPUTS: [&str; 3] = ["dx", "da", "db"];

pub(in crate::fine_tuning) fn task() -> Task {
    let task = Task::new("lora_backward", right)
        .output("dx", ["position", "input feature"])
        .output("da", ["rank", "input feature"])
        .output("db", ["output feature", "rank"]);
    properties(mistakes::add(cases::add(task, cases::with_dy)))
}

/// W is a constant: the gradients are those of x, A and B alone.
fn right(x: &Inputs) -> Outputs {
    let (weight, alpha) = (x["weight"].to_kind(Kind::Double), x.number("alpha"));
    let forward = |inputs: &[Tensor; 3]| {
        let [x, a, b] = inputs.each_ref().map(Tensor::shallow_clone);
        let weight = weight.shallow_clone();
        Layer {
            x,
            weight,
            a,
            b,
            alpha,
        }
        .forward()
    };
    let [dx, da, db] = gradients([&x["x"], &x["a"], &x["b"]], forward, &x["dy"]);
    named([rows(&dx), da, db])
}

fn properties(task: Task) -> Task {
    task.property(linear_in(&["dy"], &OUTPUTS))
        .property(
            Property::new(
                "twice-the-rank",
                "each row of A and column of B a second time changes nothing in dx: α / r halves",
            )
            .in_case("plain")
            .double(["a"], 0)
            .double(["b"], 1)
            .expect_same(["dx"]),
        )
        .property(
            Property::new(
                "no-gradient-without-b",
                "as long as B is 0, a different A changes neither dx nor the gradient of A, which is 0",
            )
            .in_case("fresh")
            .disturb(["a"], 0, 0)
            .expect_same(["dx", "da"]),
        )
        .property(
            Property::new(
                "w-counts-only-in-dx",
                "a different W changes neither the gradient of A nor that of B",
            )
            .in_case("plain")
            .disturb(["weight"], 0, 0)
            .expect_same(["da", "db"]),
        )
        .property(
            Property::new(
                "positions-in-another-order",
                "moving x and dy of all positions together moves dx, and changes neither dA nor dB",
            )
            .in_case("plain")
            .rotate(["x", "dy"], 0)
            .expect_rotated(["dx"], 0)
            .expect_same(["da", "db"]),
        )
}

fn named(gradients: [Tensor; 3]) -> Outputs {
    OUTPUTS.into_iter().zip(gradients).collect()
}
