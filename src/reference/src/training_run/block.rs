//! The task `block_backward`.

mod mistakes;

use tch::Kind;

use super::cases::{LAYERS_OF_A_BLOCK, OF_A_BLOCK, block, column_names_of_qkv, layer, row_names};
use super::decoder::{BLOCK, BlockWay, differentiate};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

pub(super) fn task() -> Task {
    let task = with_layers_of_a_block(Task::new("block_backward", outputs(BLOCK)), &[])
        .output("dx", ["batch element", "position", "feature"]);
    properties(mistakes::add(cases(task)))
}

/// Adds the gradients of a block's layers, in the order in which they are computed: each has that of its bias, or of β, in
/// its last row. If blocks are named, there is one for each of them.
pub(super) fn with_layers_of_a_block(mut task: Task, blocks: &[&'static str]) -> Task {
    for [name, ..] in LAYERS_OF_A_BLOCK {
        task = match blocks {
            [] => task.output(name, ["row", "feature"]),
            _ => {
                let task = task.output(name, ["block", "row", "feature"]);
                task.labels("block", blocks.iter().copied())
            }
        };
        task = task.labels("row", row_names(name));
        if name == "dqkv" {
            task = task.labels("feature", column_names_of_qkv());
        }
    }
    task
}

fn cases(task: Task) -> Task {
    task.case(
        "batch",
        "2 sequences of 3 positions, width 4, 2 heads, 5 hidden features",
        |random| block(random, [2, 3]),
    )
}

/// The gradients of Σ y ⊙ dy for the weights and for x, where y is the output of the block.
fn differentiated(x: &Inputs, way: BlockWay) -> Weights {
    let heads = &x["heads"];
    let leaves: Weights = OF_A_BLOCK
        .into_iter()
        .chain(["x"])
        .map(|name| (name.to_owned(), x[name].shallow_clone()))
        .collect();
    let dy = x["dy"].to_kind(Kind::Double);
    let (_, gradients) = differentiate(&leaves, |leaves| {
        let weights = leaves.with("heads", heads.shallow_clone());
        (way.run(&weights, &leaves["x"]) * &dy).sum(Kind::Double)
    });
    gradients
}

fn outputs(way: BlockWay) -> impl Fn(&Inputs) -> Outputs {
    changed(way, |gradients| gradients.clone())
}

/// The gradients of a way, changed afterwards.
fn changed(way: BlockWay, change: fn(&Weights) -> Weights) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let gradients = change(&differentiated(x, way));
        let layers = LAYERS_OF_A_BLOCK.into_iter();
        layers
            .map(|[name, first, second]| (name, layer(&gradients, [first, second])))
            .chain([("dx", gradients["x"].shallow_clone())])
            .collect()
    }
}

fn properties(task: Task) -> Task {
    const ALL: [&str; 7] = [
        "dproj", "dfc", "dnorm_2", "doutput", "dqkv", "dnorm_1", "dx",
    ];
    task.property(
        Property::new(
            "linear-in-dy",
            "a dy that is multiplied by −3 multiplies all gradients by −3",
        )
        .in_case("batch")
        .multiply(["dy"], -3.0)
        .expect_multiplied(ALL, -3.0),
    )
    .property(
        Property::new(
            "sequences-in-another-order",
            "moving the sequences moves dx, and changes no gradient of a weight: these are sums over them",
        )
        .in_case("batch")
        .rotate(["x", "dy"], 0)
        .expect_rotated(["dx"], 0)
        .expect_same(ALL.into_iter().filter(|&name| name != "dx")),
    )
    .property(
        Property::new(
            "an-offset-goes-past-the-norms",
            "a number added to all of x is gone after the layer norms, so that no gradient changes",
        )
        .in_case("batch")
        .add(["x"], 2.0)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "sequences-apart",
            "changing sequence 1 changes nothing in the dx of sequence 0",
        )
        .in_case("batch")
        .disturb(["x", "dy"], 0, 1)
        .expect_same_before(["dx"], 0, 1),
    )
}
