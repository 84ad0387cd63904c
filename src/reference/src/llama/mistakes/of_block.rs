//! The wrong ways of putting a block together.

use tch::{Kind, Tensor};

use super::super::attention;
use super::super::block::{Half, NormFn, RIGHT, Steps, normed, residual};
use super::super::cases::{BLOCKS, QUIET, SQUARE_WEIGHTS};
use crate::feed_forward::kernel::gelu;
use crate::inputs::Inputs;
use crate::layer_norm::kernel::{layer_norm, rms_norm};
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::linear;
use crate::task::Task;

/// Adds the mistakes of `block`.
pub(in crate::llama) fn of_block(task: Task) -> Task {
    parts(matrices(activations(reads(residuals(epsilons(norms(
        task,
    )))))))
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.run(&Weights::from(x), &x["x"]).into()
}

fn normed_by(norm: NormFn) -> impl Fn(&Inputs) -> Outputs {
    by(Steps { norm, ..RIGHT })
}

/// The right steps with other weights, which are made from those of the case.
fn with(change: fn(&Weights) -> Weights) -> impl Fn(&Inputs) -> Outputs {
    move |x| RIGHT.run(&change(&Weights::from(x)), &x["x"]).into()
}

/// The mean of the squares of each row.
fn mean_square(x: &Tensor) -> Tensor {
    x.square().mean_dim([-1_i64].as_slice(), true, Kind::Float)
}

/// Layer norm without a beta.
pub(super) fn mean_subtracted(x: &Tensor, gamma: &Tensor, epsilon: f64) -> Tensor {
    layer_norm(x, gamma, &gamma.zeros_like(), epsilon)
}

/// RMS norm as Gemma has it.
pub(super) fn gamma_plus_one(x: &Tensor, gamma: &Tensor, epsilon: f64) -> Tensor {
    rms_norm(x, &(gamma + 1.0), epsilon)
}

/// RMS norm without a gamma.
pub(super) fn gamma_forgotten(x: &Tensor, gamma: &Tensor, epsilon: f64) -> Tensor {
    rms_norm(x, &gamma.ones_like(), epsilon)
}

fn norms(task: Task) -> Task {
    task.mistake("mean-subtracted", normed_by(mean_subtracted))
        .only_in(BLOCKS)
        .mistake("gamma-plus-one", normed_by(gamma_plus_one))
        .only_in(BLOCKS)
        .mistake("gamma-forgotten", normed_by(gamma_forgotten))
        .only_in(BLOCKS)
        .mistake(
            "sum-instead-of-mean",
            normed_by(|x, gamma, epsilon| {
                let squares = x
                    .square()
                    .sum_dim_intlist([-1_i64].as_slice(), true, Kind::Float);
                x / (squares + epsilon).sqrt() * gamma
            }),
        )
        .only_in(BLOCKS)
        .mistake(
            "root-forgotten",
            normed_by(|x, gamma, epsilon| x / (mean_square(x) + epsilon) * gamma),
        )
        .only_in(BLOCKS)
        .mistake(
            "norms-swapped",
            with(|w| w.swapped(&[["gamma_1", "gamma_2"]])),
        )
        .only_in(BLOCKS)
        .mistake(
            "first-norm-twice",
            with(|w| w.with("gamma_2", w["gamma_1"].shallow_clone())),
        )
        .only_in(BLOCKS)
}

fn epsilons(task: Task) -> Task {
    task.mistake(
        "epsilon-outside-the-root",
        normed_by(|x, gamma, epsilon| x / (mean_square(x).sqrt() + epsilon) * gamma),
    )
    .only_in(QUIET)
    .mistake(
        "epsilon-fixed",
        normed_by(|x, gamma, _| rms_norm(x, gamma, 1e-5)),
    )
    .only_in(QUIET)
    .mistake(
        "no-epsilon",
        normed_by(|x, gamma, _| rms_norm(x, gamma, 0.0)),
    )
    .only_in(QUIET)
}

fn residuals(task: Task) -> Task {
    let alone = |_: &Half<'_>, addend: &Tensor| addend.shallow_clone();
    let from_the_norm = |half: &Half<'_>, addend: &Tensor| &half.normed + addend;
    let summed = |sum| by(Steps { sum, ..RIGHT });
    task.mistake("no-first-residual", summed([alone, residual]))
        .only_in(BLOCKS)
        .mistake("no-second-residual", summed([residual, alone]))
        .only_in(BLOCKS)
        .mistake(
            "residual-normalised",
            summed([from_the_norm, from_the_norm]),
        )
        .only_in(BLOCKS)
        .form(
            "residual-normalised",
            "first-residual-normalised",
            summed([from_the_norm, residual]),
        )
        .only_in(["past"])
        .form(
            "residual-normalised",
            "second-residual-normalised",
            summed([residual, from_the_norm]),
        )
        .only_in(["past"])
        .mistake(
            "second-residual-from-the-input",
            summed([residual, |half, addend| half.x + addend]),
        )
        .only_in(BLOCKS)
        .mistake(
            "residual-twice",
            summed([residual, |half, addend| half.x + half.input + addend]),
        )
        .only_in(["past"])
}

fn unchanged(half: &Half<'_>) -> Tensor {
    half.input.shallow_clone()
}

fn reads(task: Task) -> Task {
    let reading = |read| by(Steps { read, ..RIGHT });
    let norm_of_the_sum = |half: &Half<'_>, addend: &Tensor| half.norm(&(half.input + addend));
    let norm_of_the_addend = |half: &Half<'_>, addend: &Tensor| half.input + half.norm(addend);
    task.mistake(
        "norm-after",
        by(Steps {
            read: [unchanged, unchanged],
            sum: [norm_of_the_sum, norm_of_the_sum],
            ..RIGHT
        }),
    )
    .only_in(BLOCKS)
    .mistake(
        "norm-after-sublayer",
        by(Steps {
            read: [unchanged, unchanged],
            sum: [norm_of_the_addend, norm_of_the_addend],
            ..RIGHT
        }),
    )
    .only_in(BLOCKS)
    .mistake("no-norms", reading([unchanged, unchanged]))
    .only_in(BLOCKS)
    .form("no-norms", "no-first-norm", reading([unchanged, normed]))
    .only_in(["past"])
    .form("no-norms", "no-second-norm", reading([normed, unchanged]))
    .only_in(["past"])
    .mistake(
        "feed-forward-of-the-input",
        reading([normed, |half| half.norm(half.x)]),
    )
    .only_in(BLOCKS)
    .mistake(
        "feed-forward-of-attention",
        reading([normed, |half| half.norm(&(half.input - half.x))]),
    )
    .only_in(BLOCKS)
    .mistake(
        "normed-twice",
        reading([|half| half.norm(&half.normed), normed]),
    )
    .only_in(BLOCKS)
}

/// A gated network in which the hidden units are made from gate and up in a different way.
fn gated(w: &Weights, x: &Tensor, hidden: fn(&Tensor, &Tensor) -> Tensor) -> Tensor {
    let hidden = hidden(&linear(x, &w["w_gate"]), &linear(x, &w["w_up"]));
    linear(&hidden, &w["w_down"])
}

/// A block with a different feed-forward network.
fn with_network(network: fn(&Weights, &Tensor) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    by(Steps { network, ..RIGHT })
}

fn activations(task: Task) -> Task {
    task.mistake(
        "gate-and-up-swapped",
        with_network(|w, x| gated(w, x, |gate, up| gate * up.silu())),
    )
    .only_in(BLOCKS)
    .mistake(
        "swish-forgotten",
        with_network(|w, x| gated(w, x, |gate, up| gate * up)),
    )
    .only_in(BLOCKS)
    .mistake(
        "swish-after-the-product",
        with_network(|w, x| gated(w, x, |gate, up| (gate * up).silu())),
    )
    .only_in(BLOCKS)
    .mistake(
        "swish-of-both",
        with_network(|w, x| gated(w, x, |gate, up| gate.silu() * up.silu())),
    )
    .only_in(BLOCKS)
    .mistake(
        "sigmoid-for-swish",
        with_network(|w, x| gated(w, x, |gate, up| gate.sigmoid() * up)),
    )
    .only_in(BLOCKS)
    .mistake(
        "relu-for-swish",
        with_network(|w, x| gated(w, x, |gate, up| gate.relu() * up)),
    )
    .only_in(BLOCKS)
    .mistake(
        "gelu-for-swish",
        with_network(|w, x| gated(w, x, |gate, up| gelu(gate) * up)),
    )
    .only_in(BLOCKS)
    .form(
        "gelu-for-swish",
        "gelu-tanh-for-swish",
        with_network(|w, x| gated(w, x, |gate, up| gate.gelu("tanh") * up)),
    )
    .only_in(["past"])
    .mistake(
        "up-forgotten",
        with_network(|w, x| gated(w, x, |gate, _| gate.silu())),
    )
    .only_in(BLOCKS)
    .mistake(
        "added-instead-of-multiplied",
        with_network(|w, x| gated(w, x, |gate, up| gate.silu() + up)),
    )
    .only_in(BLOCKS)
}

fn matrices(task: Task) -> Task {
    task.mistake("feed-forward-transposed", |x| {
        let w = Weights::from(x);
        let turned = ["w_gate", "w_up", "w_down"]
            .iter()
            .fold(w.clone(), |all, name| all.with(name, w[*name].tr()));
        Outputs::from(RIGHT.run(&turned, &x["x"]))
    })
    .only_in(SQUARE_WEIGHTS)
    .form(
        "feed-forward-transposed",
        "down-transposed",
        with(|w| w.with("w_down", w["w_down"].tr())),
    )
    .only_in(SQUARE_WEIGHTS)
}

/// Adds mistakes of self-attention that show in a block.
fn parts(task: Task) -> Task {
    let attending = |attention| by(Steps { attention, ..RIGHT });
    task.mistake(
        "cache-ignored",
        attending(attention::Steps {
            position: |_, _| 0,
            attended: |it| it.rotated.clone(),
            ..attention::RIGHT
        }),
    )
    .only_in(["past"])
}
