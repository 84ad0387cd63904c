//! The task `self_attention_backward`.

use tch::Tensor;

use super::multi_head::{Layer, forward, projections, with_parameters_of_projections};
use crate::backward::autograd::gradients;
use crate::backward::linear_in;
use crate::inputs::Inputs;
use crate::masks::kernel::causal;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The three inputs of multi-head attention that are one here.
const SOURCES: [&str; 3] = ["query", "key", "value"];

/// The gradients of [`SOURCES`].
const OF_SOURCES: [&str; 3] = ["dquery", "dkey", "dvalue"];

/// The inputs that have a gradient.
const INPUTS: [&str; 9] = ["x", "w_q", "b_q", "w_k", "b_k", "w_v", "b_v", "w_o", "b_o"];

/// The gradients of [`INPUTS`].
const GRADIENTS: [&str; 9] = [
    "dx", "dw_q", "db_q", "dw_k", "db_k", "dw_v", "db_v", "dw_o", "db_o",
];

pub(super) fn task() -> Task {
    let task = Task::new("self_attention_backward", right)
        .output("dw_o", ["output feature", "merged feature"])
        .output("db_o", ["output feature"]);
    let task =
        with_parameters_of_projections(task).output("dx", ["batch element", "position", "feature"]);
    properties(mistakes(cases(task)))
}

fn right(x: &Inputs) -> Outputs {
    let (heads, mask) = (x.size("heads"), x.get("mask"));
    let gradients = gradients(
        INPUTS.map(|name| &x[name]),
        |inputs| {
            // x is query, key and value: autograd adds up what it gets as each of them.
            let inputs = std::array::from_fn(|i| inputs[i.saturating_sub(2)].shallow_clone());
            forward(heads, mask, &inputs)
        },
        &x["dy"],
    );
    GRADIENTS.into_iter().zip(gradients).collect()
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 sequences of 4 positions and width 5, 3 heads of 2 features",
        |random| inputs(random, 3, 6, [2, 4, 5]),
    )
    .case(
        "causal",
        "each position may attend to itself and to earlier ones, and heads are as wide as the model",
        |random| {
            let mask = causal(3, 3).unsqueeze(0);
            inputs(random, 2, 4, [1, 3, 4]).with("mask", mask)
        },
    )
}

fn mistakes(task: Task) -> Task {
    let task = task
        .mistake("inputs-not-added", of_sources(["dquery"]))
        .form(
            "inputs-not-added",
            "values-left-out",
            of_sources(["dquery", "dkey"]),
        )
        .form(
            "inputs-not-added",
            "keys-left-out",
            of_sources(["dquery", "dvalue"]),
        )
        .form(
            "inputs-not-added",
            "queries-left-out",
            of_sources(["dkey", "dvalue"]),
        )
        .mistake("inputs-averaged", wrong(|x| sum(x, &OF_SOURCES) / 3.0))
        .mistake(
            "residual-added",
            wrong(|x| sum(x, &OF_SOURCES) + &x.x["dy"]),
        );
    task.others_only_in(&["plain"])
        .mistake("mask-ignored", |x| match x.get("mask") {
            Some(mask) => right(&x.clone().with("mask", mask.ones_like())),
            None => right(x),
        })
}

fn properties(task: Task) -> Task {
    let parameters = &GRADIENTS[1..];
    task.property(linear_in("dy", &GRADIENTS))
        .property(
            Property::new(
                "positions-in-another-order",
                "without a mask, moving x and dy of all positions together moves dx and nothing else",
            )
            .in_case("plain")
            .rotate(["x", "dy"], 1)
            .expect_rotated(["dx"], 1)
            .expect_same(parameters.iter().copied()),
        )
        .property(
            Property::new(
                "batch-elements-in-another-order",
                "moving all sequences moves their dx, and changes no gradient of a weight or a bias",
            )
            .in_case("plain")
            .rotate(["x", "dy"], 0)
            .expect_rotated(["dx"], 0)
            .expect_same(parameters.iter().copied()),
        )
}

fn inputs(random: &Random, heads: i64, inner: i64, shape: [i64; 3]) -> Inputs {
    let x = random.normal(&shape);
    let mut inputs = Inputs::default();
    let layer = projections(random, heads, inner, [x.copy(), x.copy(), x.copy()]);
    for (name, tensor) in layer.iter().filter(|(name, _)| !SOURCES.contains(name)) {
        inputs = inputs.with(name, tensor.shallow_clone());
    }
    inputs.with("x", x)
}

/// The gradients of multi-head attention, with a different dx.
fn wrong(dx: impl Fn(&Layer) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let mut inputs = x.clone();
        for source in SOURCES {
            inputs = inputs.with(source, x["x"].shallow_clone());
        }
        let layer = Layer::of(&inputs);
        let gradients = layer.gradients();
        let parameters = GRADIENTS[1..].iter();
        let parameters = parameters.map(|&name| (name, gradients[name].shallow_clone()));
        parameters.chain([("dx", dx(&layer))]).collect()
    }
}

/// The gradients of multi-head attention, with a dx that is the sum of these alone.
fn of_sources<const N: usize>(sources: [&'static str; N]) -> impl Fn(&Inputs) -> Outputs {
    wrong(move |x| sum(x, &sources))
}

/// The sum of some of the gradients of a layer.
fn sum(x: &Layer, names: &[&str]) -> Tensor {
    let gradients = x.gradients();
    names.iter().map(|&name| &gradients[name]).sum()
}
