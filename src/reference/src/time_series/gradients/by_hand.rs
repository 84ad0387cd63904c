//! The way back block by block, so that blocks can come in a different order or get a different input.

use tch::{Kind, Tensor};

use super::super::cases::{double, parameters};
use super::super::forward::shape;
use super::super::model::{RIGHT, block, loss};
use super::super::patches;
use super::Found;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::training_run::decoder::{differentiate, parameters_of_blocks};

/// Loss and gradients with this way back. From the number of blocks, `order` has the blocks in the order in which they
/// get their gradients, each with the index of the state that it gets as its input: 0 is that before the first block.
pub(super) fn outputs(x: &Inputs, order: fn(usize) -> Vec<(usize, usize)>) -> Outputs {
    let (contexts, targets) = (double(x, "contexts"), double(x, "targets"));
    let (all, heads) = (parameters(x), shape(x).heads);
    let level = (RIGHT.level)(&contexts);
    let patches = patches::cut(&(RIGHT.relative)(&contexts, &level), shape(x).patch);
    let blocks = parameters_of_blocks(&all);
    let mut states = vec![(RIGHT.embed)(&all, &patches)];
    for (index, weights) in blocks.iter().enumerate() {
        let [_, output] = block(weights, heads, &states[index]);
        states.push(output);
    }

    let of_head = all.with("x", states[blocks.len()].shallow_clone());
    let (value, mut gradients) = differentiate(&of_head, |all| {
        loss(&RIGHT.forecast(all, &all["x"], &level), &targets)
    });
    let mut dx = gradients["x"].shallow_clone();
    for (index, state) in order(blocks.len()) {
        let inside = blocks[index].with("x", states[state].shallow_clone());
        let of_block = back(&inside, &dx, |inside| {
            let [_, output] = block(inside, heads, &inside["x"]);
            output
        });
        dx = of_block["x"].shallow_clone();
        for (name, gradient) in of_block.iter().filter(|(name, _)| *name != "x") {
            gradients = gradients.with(&format!("blocks.{index}.{name}"), gradient.shallow_clone());
        }
    }
    let embedded = back(&all, &dx, |all| (RIGHT.embed)(all, &patches));
    for name in ["w_patch", "b_patch", "positions"] {
        gradients = gradients.with(name, embedded[name].shallow_clone());
    }
    let found = Found {
        loss: value,
        counted: targets.numel() as i64,
        gradients: gradients.without("x"),
    };
    found.into()
}

/// The gradients of all tensors of a function, from that of its output.
fn back(tensors: &Weights, dy: &Tensor, function: impl Fn(&Weights) -> Tensor) -> Weights {
    let weighted = |tensors: &Weights| (function(tensors) * dy).sum(Kind::Double);
    differentiate(tensors, weighted).1
}
