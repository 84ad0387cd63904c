//! The mistakes that have to do with the mask.

use tch::{Device, Kind, Tensor};

use super::super::cases::SELF_ATTENTION;
use super::super::model::kernel;
use super::with_weights;
use crate::attention_weights::{
    Attention, GUARDED_SENTINELS, INFINITIES, MASK_TIMES_INFINITY_SKIPPED, blocked, empty_rows,
    filled, finite_sentinel, finite_sentinel_added, zero_in_empty_rows,
};
use crate::inputs::Inputs;
use crate::scaled_dot_product::weights;
use crate::softmax::kernel::softmax;
use crate::task::Task;

/// A sentinel that looks small enough to block and is not, next to scores near −240.
const TOO_SMALL: f64 = -100.0;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    let forms = INFINITIES
        .into_iter()
        .chain([MASK_TIMES_INFINITY_SKIPPED])
        .chain(GUARDED_SENTINELS);
    forms.fold(empty(blocking(reach(task))), |task, form| {
        let weights = form.weights;
        form.add_to(task, with_weights(weights))
    })
}

/// Adds those in which a different mask, or none, reaches the scores.
fn reach(task: Task) -> Task {
    task.mistake("mask-ignored", with_mask(Tensor::ones_like))
        .mistake("mask-inverted", with_mask(Tensor::logical_not))
        .mistake("mask-transposed", with_mask(|mask| mask.transpose(1, 2)))
        .only_in(SELF_ATTENTION)
        .mistake(
            "mask-of-first-element",
            with_mask(|mask| mask.narrow(0, 0, 1).expand_as(mask)),
        )
        .mistake(
            "mask-repeated-in-wrong-order",
            with_weights(|scores, mask| {
                let repeated = mask.map(|mask| {
                    let repeated = mask.squeeze_dim(1).repeat([scores.size()[1], 1, 1]);
                    repeated.view_as(scores)
                });
                weights(scores, repeated.as_ref())
            }),
        )
        .mistake(
            "mask-of-one-head",
            with_weights(|scores, mask| weights(scores, for_head(0, scores, mask).as_ref())),
        )
        .form(
            "mask-of-one-head",
            "mask-of-last-head",
            with_weights(|scores, mask| {
                let last = scores.size()[1] - 1;
                weights(scores, for_head(last, scores, mask).as_ref())
            }),
        )
}

/// Adds those in which blocked scores become something other than −∞.
fn blocking(task: Task) -> Task {
    task.mistake(
        "masked-scores-zeroed",
        with_weights(|scores, mask| softmax_filled(scores, mask, 0.0)),
    )
    .mistake(
        "sentinel-too-small",
        with_weights(|scores, mask| softmax_filled(scores, mask, TOO_SMALL)),
    )
    .mistake("finite-sentinel", with_weights(finite_sentinel))
    .mistake("finite-sentinel-added", with_weights(finite_sentinel_added))
    .mistake(
        "mask-after-softmax",
        with_weights(|scores, mask| match mask {
            Some(mask) => softmax(scores) * mask,
            None => softmax(scores),
        }),
    )
}

/// Adds those in which a query that may attend to nothing gets something other than weights of 0.
fn empty(task: Task) -> Task {
    task.mistake(
        "nan-on-masked-rows",
        with_weights(|scores, mask| softmax(&blocked(scores, mask))),
    )
    .mistake(
        "uniform-on-masked-rows",
        with_weights(|scores, mask| softmax(&filled(scores, mask, -1e9))),
    )
    .mistake("zero-output-on-masked-rows", |x| {
        let Attention { weights, output } = kernel(x);
        let output = match x.get("mask") {
            Some(mask) => output.masked_fill(&empty_rows(mask), 0.0),
            None => output,
        };
        Attention { weights, output }
    })
}

/// Attention with a different mask, if there is one.
fn with_mask(alter: fn(&Tensor) -> Tensor) -> impl Fn(&Inputs) -> Attention {
    move |x| match x.get("mask").map(alter) {
        Some(mask) => kernel(&x.clone().with("mask", mask)),
        None => kernel(x),
    }
}

/// The mask (batch, heads, queries, keys) that allows everything in all heads but this one.
fn for_head(head: i64, scores: &Tensor, mask: Option<&Tensor>) -> Option<Tensor> {
    let heads = Tensor::arange(scores.size()[1], (Kind::Int64, Device::Cpu)).view([1, -1, 1, 1]);
    mask.map(|mask| mask.expand_as(scores).logical_or(&heads.ne(head)))
}

/// Softmax with a sentinel that is not −∞, but with 0 where a query may attend to nothing.
fn softmax_filled(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    zero_in_empty_rows(&softmax(&filled(scores, mask, sentinel)), mask)
}
