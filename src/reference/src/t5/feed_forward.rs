//! The task `feed_forward`: with ReLU in T5 1.0, and gated in 1.1.

use tch::Tensor;

use super::cases::{self, GATED, PLAIN};
use super::{VECTORS, is_true};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::sublayers::linear;
use crate::task::Task;

/// The weights are `w_in` and `w_out`, or `w_gate`, `w_value` and `w_out` where it is `gated`.
pub(super) fn feed_forward(w: &Weights, x: &Tensor) -> Tensor {
    STEPS.run(w, x)
}

/// The parts of the network that a mistake takes differently.
#[derive(Clone, Copy)]
struct Steps {
    /// From x W_inᵀ.
    hidden: fn(&Tensor) -> Tensor,
    /// From x W_gateᵀ and x W_valueᵀ.
    gated: fn(&Tensor, &Tensor) -> Tensor,
}

const STEPS: Steps = Steps {
    hidden: Tensor::relu,
    gated: |gate, value| gate.gelu("tanh") * value,
};

impl Steps {
    fn run(self, w: &Weights, x: &Tensor) -> Tensor {
        let hidden = if is_true(w, "gated") {
            (self.gated)(&linear(x, &w["w_gate"]), &linear(x, &w["w_value"]))
        } else {
            (self.hidden)(&linear(x, &w["w_in"]))
        };
        linear(&hidden, &w["w_out"])
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("feed_forward", by(STEPS)).output("output", VECTORS);
    mistakes(cases::of_feed_forward(task))
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the positions moves what comes out, and changes nothing else",
            )
            .in_case("gated")
            .rotate(["x"], 1)
            .expect_rotated(["output"], 1),
        )
        .property(
            Property::new(
                "relu-scales",
                "twice as large an x gives twice as large an output: there is no bias, and ReLU only cuts",
            )
            .in_case("relu")
            .multiply(["x"], 2.0)
            .expect_multiplied(["output"], 2.0),
        )
}

fn mistakes(task: Task) -> Task {
    let hidden = |hidden: fn(&Tensor) -> Tensor| by(Steps { hidden, ..STEPS });
    let gated = |gated: fn(&Tensor, &Tensor) -> Tensor| by(Steps { gated, ..STEPS });
    task.mistake("relu-forgotten", hidden(Tensor::shallow_clone))
        .only_in(PLAIN)
        .mistake("gelu-instead-of-relu", hidden(|x| x.gelu("tanh")))
        .only_in(PLAIN)
        .mistake(
            "relu-instead-of-gelu",
            gated(|gate, value| gate.relu() * value),
        )
        .only_in(GATED)
        .mistake(
            "erf-instead-of-tanh",
            gated(|gate, value| gate.gelu("none") * value),
        )
        .only_in(GATED)
        .mistake("swiglu-instead", gated(|gate, value| gate.silu() * value))
        .only_in(GATED)
        .mistake(
            "gate-and-value-swapped",
            gated(|gate, value| gate * value.gelu("tanh")),
        )
        .only_in(GATED)
        .mistake(
            "gelu-of-both",
            gated(|gate, value| gate.gelu("tanh") * value.gelu("tanh")),
        )
        .only_in(GATED)
        .mistake(
            "gelu-of-the-product",
            gated(|gate, value| (gate * value).gelu("tanh")),
        )
        .only_in(GATED)
        .mistake("gelu-forgotten", gated(|gate, value| gate * value))
        .only_in(GATED)
        .mistake("gate-added", gated(|gate, value| gate.gelu("tanh") + value))
        .only_in(GATED)
        .mistake("no-gate", gated(|gate, _| gate.gelu("tanh")))
        .only_in(GATED)
        .form(
            "no-gate",
            "only-the-value",
            gated(|_, value| value.gelu("tanh")),
        )
        .only_in(GATED)
        .mistake("feed-forward-transposed", |x| {
            let w = Weights::from(x);
            let w = ["w_in", "w_gate", "w_value", "w_out"]
                .into_iter()
                .fold(w, |w, name| {
                    let transposed = w.get(name).map(Tensor::tr);
                    transposed.map_or(w.clone(), |matrix| w.with(name, matrix))
                });
            STEPS.run(&w, &x["x"])
        })
        .only_in(["square", "square-gated"])
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(&Weights::from(x), &x["x"])
}
