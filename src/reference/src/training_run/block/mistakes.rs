//! The wrong ways back through a block.

use tch::Tensor;

use super::super::decoder::{BLOCK, BlockWay, Half, attend, narrow, widen};
use super::{changed, outputs};
use crate::backward::autograd::as_if;
use crate::model_weights::Weights;
use crate::task::Task;

pub(super) fn add(task: Task) -> Task {
    of_order(of_layers(of_norms(of_sums(task))))
}

fn of_sums(task: Task) -> Task {
    let sum = |sum: fn(&Half<'_>, &Tensor) -> Tensor| outputs(BlockWay { sum, ..BLOCK });
    let norm = |norm: fn(&Half<'_>) -> Tensor| outputs(BlockWay { norm, ..BLOCK });
    task.mistake("residual-lost", sum(without_residual))
        .form(
            "residual-lost",
            "residual-of-attention-lost",
            sum(|half, branch| match half.number {
                1 => without_residual(half, branch),
                _ => half.input + branch,
            }),
        )
        .form(
            "residual-lost",
            "residual-of-feed-forward-lost",
            sum(|half, branch| match half.number {
                2 => without_residual(half, branch),
                _ => half.input + branch,
            }),
        )
        .mistake("branch-lost", norm(|half| half.norm(&half.input.detach())))
        .form(
            "branch-lost",
            "attention-lost",
            norm(|half| match half.number {
                1 => half.norm(&half.input.detach()),
                _ => half.norm(half.input),
            }),
        )
        .form(
            "branch-lost",
            "feed-forward-lost",
            norm(|half| match half.number {
                2 => half.norm(&half.input.detach()),
                _ => half.norm(half.input),
            }),
        )
        .form("branch-lost", "dy-for-x", norm(dy_for_x))
        .form("branch-lost", "dy-for-attention", norm(dy_for_attention))
}

/// The gradient of the second half's norm reaches attention, and does not go on to x: x gets dy.
fn dy_for_x(half: &Half<'_>) -> Tensor {
    match half.number {
        2 => half.norm(&as_if(half.input, &(half.input - half.block_input))),
        _ => half.norm(half.input),
    }
}

/// The gradient of the second half's norm reaches x, and not attention, which gets dy.
fn dy_for_attention(half: &Half<'_>) -> Tensor {
    match half.number {
        2 => half.norm(&as_if(half.input, half.block_input)),
        _ => half.norm(half.input),
    }
}

fn without_residual(half: &Half<'_>, branch: &Tensor) -> Tensor {
    half.input.detach() + branch
}

fn of_norms(task: Task) -> Task {
    let norm = |norm: fn(&Half<'_>) -> Tensor| outputs(BlockWay { norm, ..BLOCK });
    task.mistake("norm-skipped", norm(skipped_norm))
        .form(
            "norm-skipped",
            "norm-1-skipped",
            norm(|half| match half.number {
                1 => skipped_norm(half),
                _ => half.norm(half.input),
            }),
        )
        .form(
            "norm-skipped",
            "norm-2-skipped",
            norm(|half| match half.number {
                2 => skipped_norm(half),
                _ => half.norm(half.input),
            }),
        )
        .mistake(
            "norm-of-the-block-input",
            norm(|half| {
                let elsewhere = as_if(half.block_input, half.input);
                as_if(&half.norm(half.input), &half.norm(&elsewhere))
            }),
        )
}

fn of_layers(task: Task) -> Task {
    let branch = |branch: fn(&Half<'_>, &Tensor) -> Tensor| outputs(BlockWay { branch, ..BLOCK });
    task.mistake(
        "gelu-skipped",
        branch(|half, normed| {
            feed_forward(half, normed, |hidden| as_if(&hidden.gelu("tanh"), hidden))
        }),
    )
    .mistake(
        "gelu-of-its-output",
        branch(|half, normed| {
            feed_forward(half, normed, |hidden| {
                let output = hidden.gelu("tanh");
                as_if(&output, &as_if(&output, hidden).gelu("tanh"))
            })
        }),
    )
    .mistake(
        "input-not-normed",
        branch(|half, normed| match half.number {
            1 => attention_of_input(half, normed),
            _ => half.branch(normed),
        }),
    )
    .form(
        "input-not-normed",
        "input-of-feed-forward-not-normed",
        branch(|half, normed| match half.number {
            2 => weights_of_input(half, normed),
            _ => half.branch(normed),
        }),
    )
    .mistake(
        "mask-ignored",
        branch(|half, normed| match half.number {
            1 => as_if(&half.branch(normed), &attend(half.weights, normed, None)),
            _ => half.branch(normed),
        }),
    )
}

/// The gradient goes past the norm; those of γ and β are right.
fn skipped_norm(half: &Half<'_>) -> Tensor {
    let constant = half.input.detach();
    half.norm(&constant) + half.input - &constant
}

/// The feed-forward network with a different activation, and attention as it is.
fn feed_forward(half: &Half<'_>, normed: &Tensor, activation: fn(&Tensor) -> Tensor) -> Tensor {
    match half.number {
        2 => narrow(half.weights, &activation(&widen(half.weights, normed))),
        _ => half.branch(normed),
    }
}

/// The backward pass of attention is computed as if its input had not been normed.
fn attention_of_input(half: &Half<'_>, normed: &Tensor) -> Tensor {
    let other = half.branch(&as_if(half.input, normed));
    as_if(&half.branch(normed), &other)
}

/// W_fc gets its gradient as if its input had not been normed; nothing else depends on that.
fn weights_of_input(half: &Half<'_>, normed: &Tensor) -> Tensor {
    let w_fc = &half.weights["w_fc"];
    let constant = half.weights.with("w_fc", w_fc.detach());
    let hidden = widen(&constant, normed);
    let of_weights = half.input.detach().matmul(w_fc);
    let hidden = hidden + &of_weights - of_weights.detach();
    narrow(half.weights, &hidden.gelu("tanh"))
}

fn of_order(task: Task) -> Task {
    let thirds = |order: fn(&Weights) -> Weights| changed(BLOCK, order);
    task.mistake(
        "thirds-in-another-order",
        thirds(|g| in_order(g, [1, 0, 2])),
    )
    .form(
        "thirds-in-another-order",
        "values-first",
        thirds(|g| in_order(g, [2, 1, 0])),
    )
    .mistake(
        "gradient-transposed",
        thirds(|g| g.with("w_o", g["w_o"].tr())),
    )
}

/// The thirds of dW_qkv and db_qkv in a different order.
fn in_order(gradients: &Weights, order: [i64; 3]) -> Weights {
    ["w_qkv", "b_qkv"]
        .into_iter()
        .fold(gradients.clone(), |gradients, name| {
            let fused = &gradients[name];
            let axis = fused.dim() as i64 - 1;
            let d_model = fused.size()[fused.dim() - 1] / 3;
            let thirds = order.map(|third| fused.narrow(axis, third * d_model, d_model));
            gradients.with(name, Tensor::cat(&thirds, axis))
        })
}
