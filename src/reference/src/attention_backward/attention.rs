//! The task `attention_backward`.

mod cases;
mod mistakes;

use tch::Tensor;

use super::steps::Steps;
use crate::attention_weights::empty_rows;
use crate::backward::autograd::gradients;
use crate::backward::linear_in;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

const OUTPUTS: [&str; 3] = ["dv", "dq", "dk"];

/// Attention by libtorch's kernel. There may be axes before the two of each matrix.
///
/// A query that may attend to nothing gets 0. What the kernel's gradient is in a row of −∞ depends on how the kernel
/// computes it. Here such a row attends to everything, and its output is replaced, so that nothing depends on it.
pub fn forward(mask: Option<&Tensor>, [q, k, v]: &[Tensor; 3]) -> Tensor {
    let attend = |mask: Option<&Tensor>| {
        Tensor::scaled_dot_product_attention(q, k, v, mask, 0.0, false, None, false)
    };
    match mask {
        Some(mask) => {
            let empty = empty_rows(mask);
            attend(Some(&mask.logical_or(&empty))).masked_fill(&empty, 0.0)
        }
        None => attend(None),
    }
}

/// The gradients of Q, K and V. There may be axes before the two of each matrix.
pub fn formula(inputs: [&Tensor; 3], mask: Option<&Tensor>, dy: &Tensor) -> [Tensor; 3] {
    Steps::new(inputs, mask, dy).gradients()
}

pub(super) fn task() -> Task {
    let task = Task::new("attention_backward", right)
        .output("dv", ["key", "feature"])
        .output("dq", ["query", "feature"])
        .output("dk", ["key", "feature"]);
    properties_of_masks(properties_of_order(properties(mistakes::add(cases::add(
        task,
    )))))
}

fn right(x: &Inputs) -> Outputs {
    let mask = x.get("mask");
    named(gradients(
        [&x["q"], &x["k"], &x["v"]],
        |inputs| forward(mask, inputs),
        &x["dy"],
    ))
}

/// dQ, dK and dV with their names.
fn named([dq, dk, dv]: [Tensor; 3]) -> Outputs {
    [("dv", dv), ("dq", dq), ("dk", dk)].into()
}

fn properties(task: Task) -> Task {
    task.property(linear_in("dy", &OUTPUTS))
        .property(
            Property::new(
                "gradients-of-keys-sum-to-zero",
                "the gradients of all keys add up to 0: each row of dS does, because what one key gains the others lose",
            )
            .in_case("plain")
            .disturb(["q", "dy"], 0, 0)
            .expect_sum_of_zero(["dk"], 0),
        )
        .property(
            Property::new(
                "a-number-added-to-all-keys",
                "adding 2 to all keys adds the same to all scores of a query, and so it changes no gradient",
            )
            .in_case("plain")
            .add(["k"], 2.0)
            .expect_same(OUTPUTS),
        )
        .property(
            Property::new(
                "a-number-added-to-all-values",
                "adding 3 to all values adds the same to a row of dP, and so it changes no gradient",
            )
            .in_case("plain")
            .add(["v"], 3.0)
            .expect_same(OUTPUTS),
        )
}

fn properties_of_order(task: Task) -> Task {
    task.property(
        Property::new(
            "keys-in-another-order",
            "moving keys, values and mask together moves dK and dV, and leaves dQ as it is",
        )
        .in_case("padding")
        .rotate(["k", "v"], 0)
        .rotate(["mask"], 1)
        .expect_rotated(["dk", "dv"], 0)
        .expect_same(["dq"]),
    )
    .property(
        Property::new(
            "queries-in-another-order",
            "moving queries and dy together moves dQ, and changes neither dK nor dV",
        )
        .in_case("plain")
        .rotate(["q", "dy"], 0)
        .expect_rotated(["dq"], 0)
        .expect_same(["dk", "dv"]),
    )
}

fn properties_of_masks(task: Task) -> Task {
    task.property(
        Property::new(
            "padding-does-not-matter",
            "the numbers in padded keys and values change no gradient",
        )
        .in_case("padding")
        .disturb(["k", "v"], 0, 4)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "the-future-does-not-matter",
            "under a causal mask, changing position 4 changes nothing in dQ before it",
        )
        .in_case("causal")
        .disturb(["q", "k", "v", "dy"], 0, 4)
        .expect_same_before(["dq"], 0, 4),
    )
    .property(
        Property::new(
            "a-blocked-query-does-not-matter",
            "a query that may attend to nothing has no influence, whatever it is and whatever dy is there",
        )
        .in_case("fully-masked-row")
        .disturb(["q", "dy"], 0, 3)
        .expect_same(OUTPUTS),
    )
}
