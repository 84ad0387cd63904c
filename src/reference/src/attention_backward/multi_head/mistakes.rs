//! The wrong ways of computing the gradients of multi-head attention.
//!
//! Most are the formula with one step taken differently: in splitting and merging, in the linear layers around
//! attention, or in attention itself.

mod attention;
mod layers;

use super::cases::{EQUAL_SHAPES, TELLING};
use super::{Gradients, Layer};
use crate::inputs::Inputs;
use crate::multi_head_attention::{merge_by_reshaping, split_by_reshaping};
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    let task = layers::add(of_inputs(of_heads(of_reshapes(task))));
    attention::add_masks(attention::add(task).others_only_in(TELLING))
}

/// Adds the mistakes between the contexts of all heads side by side, and those of each.
fn of_reshapes(task: Task) -> Task {
    task.mistake(
        "split-by-reshaping",
        wrong(|x| {
            let dcontext = split_by_reshaping(&x.dmerged, x.heads);
            x.gradients_of(x.attention.with_dy(dcontext).gradients())
        }),
    )
    .mistake(
        "merged-by-reshaping",
        wrong(|x| {
            let heads = x.attention.gradients();
            x.gradients_merged(heads.map(|gradient| merge_by_reshaping(&gradient)))
        }),
    )
    .mistake(
        "split-and-merged-by-reshaping",
        wrong(|x| {
            let dcontext = split_by_reshaping(&x.dmerged, x.heads);
            let heads = x.attention.with_dy(dcontext).gradients();
            x.gradients_merged(heads.map(|gradient| merge_by_reshaping(&gradient)))
        }),
    )
}

/// Adds the mistakes with what goes where between attention in each head and the projections.
fn of_heads(task: Task) -> Task {
    task.mistake(
        "one-head-only",
        wrong(|x| {
            let last = x.heads - 1;
            let heads = x.attention.gradients().map(|gradient| {
                let one = gradient.zeros_like();
                one.select(1, last).copy_(&gradient.select(1, last));
                one
            });
            x.gradients_of(heads)
        }),
    )
    .mistake(
        "dk-and-dv-swapped",
        wrong(|x| {
            let [dq, dk, dv] = x.attention.gradients();
            x.gradients_of([dq, dv, dk])
        }),
    )
    .mistake(
        "dq-and-dk-swapped",
        wrong(|x| {
            let [dq, dk, dv] = x.attention.gradients();
            x.gradients_of([dk, dq, dv])
        }),
    )
    .only_in(EQUAL_SHAPES)
}

/// Adds the mistakes with dy, and with the gradients of query, key and value.
fn of_inputs(task: Task) -> Task {
    task.mistake(
        "inputs-added",
        wrong(|x| {
            let gradients = x.gradients();
            let sum = &gradients["dquery"] + &gradients["dkey"] + &gradients["dvalue"];
            gradients.map(["dquery", "dkey", "dvalue"], |_| sum.shallow_clone())
        }),
    )
    .only_in(EQUAL_SHAPES)
    .mistake(
        "dy-ignored",
        wrong_with(|x| {
            let ones = x["dy"].ones_like();
            x.clone().with("dy", ones)
        }),
    )
    .mistake(
        "result-negated",
        wrong(|x| {
            x.gradients()
                .map(super::GRADIENTS, |gradient| gradient.neg())
        }),
    )
}

fn wrong(gradients: impl Fn(&Layer) -> Gradients) -> impl Fn(&Inputs) -> Outputs {
    move |x| gradients(&Layer::of(x)).into()
}

/// The gradients of different inputs.
fn wrong_with(change: impl Fn(&Inputs) -> Inputs) -> impl Fn(&Inputs) -> Outputs {
    move |x| Layer::of(&change(x)).gradients().into()
}
