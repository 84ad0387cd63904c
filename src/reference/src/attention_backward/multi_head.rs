//! The task `multi_head_backward`.

mod cases;
mod layer;
mod mistakes;

use tch::Tensor;

use super::attention;
use crate::backward::autograd::gradients;
use crate::backward::linear_in;
use crate::inputs::Inputs;
use crate::multi_head_attention::{merge, split};
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

pub(super) use cases::projections;
pub(super) use layer::{Gradients, Layer};

/// The inputs that have a gradient, in the order in which [`forward`] takes them.
pub const INPUTS: [&str; 11] = [
    "query", "key", "value", "w_q", "b_q", "w_k", "b_k", "w_v", "b_v", "w_o", "b_o",
];

/// The gradients of [`INPUTS`].
const GRADIENTS: [&str; 11] = [
    "dquery", "dkey", "dvalue", "dw_q", "db_q", "dw_k", "db_k", "dw_v", "db_v", "dw_o", "db_o",
];

/// Multi-head attention through libtorch's kernel. The mask is (batch, queries, keys).
pub fn forward(heads: i64, mask: Option<&Tensor>, inputs: &[Tensor; 11]) -> Tensor {
    let [query, key, value, w_q, b_q, w_k, b_k, w_v, b_v, w_o, b_o] = inputs;
    let project = |x: &Tensor, w, b| split(&x.linear(w, Some(b)), heads).contiguous();
    let qkv = [
        project(query, w_q, b_q),
        project(key, w_k, b_k),
        project(value, w_v, b_v),
    ];
    let mask = mask.map(|mask| mask.unsqueeze(1));
    let context = attention::forward(mask.as_ref(), &qkv);
    merge(&context).linear(w_o, Some(b_o))
}

/// The gradients of [`INPUTS`], from inputs that have these names, `heads`, `dy` and perhaps `mask`.
pub fn formula(x: &Inputs) -> [Tensor; 11] {
    let gradients = Layer::of(x).gradients();
    GRADIENTS.map(|name| gradients[name].shallow_clone())
}

pub(super) fn task() -> Task {
    let task = Task::new("multi_head_backward", right)
        .output("dw_o", ["output feature", "merged feature"])
        .output("db_o", ["output feature"]);
    let task = with_parameters_of_projections(task)
        .output("dvalue", ["batch element", "key", "feature"])
        .output("dquery", ["batch element", "query", "feature"])
        .output("dkey", ["batch element", "key", "feature"]);
    properties_of_order(properties(mistakes::add(cases::add(task))))
}

/// Adds the gradients of the weights and biases of the three projections, values first: they depend on less.
pub(super) fn with_parameters_of_projections(mut task: Task) -> Task {
    for (weight, bias) in [("dw_v", "db_v"), ("dw_q", "db_q"), ("dw_k", "db_k")] {
        task = task
            .output(weight, ["projected feature", "input feature"])
            .output(bias, ["projected feature"]);
    }
    task
}

fn right(x: &Inputs) -> Outputs {
    let (heads, mask) = (x.size("heads"), x.get("mask"));
    let gradients = gradients(
        INPUTS.map(|name| &x[name]),
        |inputs| forward(heads, mask, inputs),
        &x["dy"],
    );
    GRADIENTS.into_iter().zip(gradients).collect()
}

/// All gradients but these.
fn all_but(others: &[&str]) -> Vec<&'static str> {
    let mut names = GRADIENTS.to_vec();
    names.retain(|name| !others.contains(name));
    names
}

fn properties(task: Task) -> Task {
    task.property(linear_in("dy", &GRADIENTS))
        .property(
            Property::new(
                "key-bias-cancels",
                "adding 2 to the bias of the keys changes no weight of attention, and so it changes no gradient",
            )
            .in_case("plain")
            .add(["b_k"], 2.0)
            .expect_same(GRADIENTS),
        )
        .property(
            Property::new(
                "value-bias-shifts-a-row",
                "adding 3 to the bias of the values adds the same to a row of dP: only dW_O changes",
            )
            .in_case("plain")
            .add(["b_v"], 3.0)
            .expect_same(all_but(&["dw_o"])),
        )
        .property(
            Property::new(
                "output-bias-does-not-matter",
                "no gradient depends on the bias of the output, which is only added",
            )
            .in_case("plain")
            .disturb(["b_o"], 0, 0)
            .expect_same(GRADIENTS),
        )
}

fn properties_of_order(task: Task) -> Task {
    let sources = ["dquery", "dkey", "dvalue"];
    task.property(
        Property::new(
            "keys-in-another-order",
            "moving keys, values and mask together moves their gradients and nothing else",
        )
        .in_case("masked")
        .rotate(["key", "value"], 1)
        .rotate(["mask"], 2)
        .expect_rotated(["dkey", "dvalue"], 1)
        .expect_same(all_but(&["dkey", "dvalue"])),
    )
    .property(
        Property::new(
            "queries-in-another-order",
            "moving queries and dy together moves the gradients of the queries and nothing else",
        )
        .in_case("plain")
        .rotate(["query", "dy"], 1)
        .expect_rotated(["dquery"], 1)
        .expect_same(all_but(&["dquery"])),
    )
    .property(
        Property::new(
            "batch-elements-in-another-order",
            "moving all batch elements changes no gradient of a weight or a bias, which are sums over them",
        )
        .in_case("masked")
        .rotate(["query", "key", "value", "mask", "dy"], 0)
        .expect_rotated(sources, 0)
        .expect_same(all_but(&sources)),
    )
    .property(
        Property::new(
            "batch-elements-apart",
            "changing batch element 1 changes no gradient of the inputs in batch element 0",
        )
        .in_case("square")
        .disturb(["query", "key", "value", "dy"], 0, 1)
        .expect_same_before(sources, 0, 1),
    )
}
