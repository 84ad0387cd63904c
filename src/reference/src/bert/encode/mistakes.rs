//! The wrong ways of encoding: the right steps, with one taken differently.

use tch::Tensor;

use super::Encoded;
use super::cases::{PADDED, SEVERAL_LAYERS, TYPICAL, WITH_EPSILONS};
use super::steps::{ENCODING, Encoding, LAYER, Layer, attend, keys};
use crate::bert::{embed, gelu, own_norm};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::sublayers::{attention, causal_mask, feed_forward, feed_forward_with, norm_with};
use crate::task::Task;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_the_order(of_the_norms(of_the_activation(of_residuals(of_the_heads(
        of_the_mask(of_the_embeddings(task)),
    )))))
}

fn by(encoding: Encoding) -> impl Fn(&Inputs) -> Encoded {
    move |x| encoding.run(&x.into())
}

fn by_layer(layer: Layer) -> impl Fn(&Inputs) -> Encoded {
    by(Encoding { layer, ..ENCODING })
}

fn of_the_embeddings(task: Task) -> Task {
    task.mistake(
        "types-forgotten",
        by(Encoding {
            embed: embed::without_types,
            ..ENCODING
        }),
    )
    .only_in(["plain", "padding", "square", "gelu", "quiet"])
    .mistake(
        "norm-forgotten",
        by(Encoding {
            embed: embed::without_norm,
            ..ENCODING
        }),
    )
}

fn of_the_mask(task: Task) -> Task {
    task.mistake(
        "mask-ignored",
        by(Encoding {
            mask: |_| None,
            ..ENCODING
        }),
    )
    .only_in(PADDED)
    .mistake(
        "mask-inverted",
        by(Encoding {
            mask: |w| Some(keys(w).logical_not()),
            ..ENCODING
        }),
    )
    .mistake(
        "padding-on-the-queries",
        by(Encoding {
            mask: |w| Some(keys(w).transpose(1, 2)),
            ..ENCODING
        }),
    )
    .only_in(PADDED)
    .mistake(
        "padded-queries-blocked",
        by(Encoding {
            mask: |w| Some(keys(w).logical_and(&keys(w).transpose(1, 2))),
            ..ENCODING
        }),
    )
    .only_in(["padding", "square"])
    .mistake(
        "padding-by-id",
        by(Encoding {
            mask: |w| {
                let is_text = w.with("mask", w["ids"].not_equal(0));
                Some(keys(&is_text))
            },
            ..ENCODING
        }),
    )
    .only_in(["padding"])
    .mistake(
        "causal-encoder",
        by(Encoding {
            mask: |w| Some(keys(w).logical_and(&causal_mask(&w["mask"].unsqueeze(2)))),
            ..ENCODING
        }),
    )
    .only_in(["plain", "padding", "square", "albert", "gelu", "quiet"])
    .mistake(
        "padding-set-to-zero",
        by(Encoding {
            embed: |w| embed::vectors(w) * w["mask"].unsqueeze(2),
            mask: |_| None,
            ..ENCODING
        }),
    )
    .only_in(PADDED)
    .mistake(
        "padded-states-set-to-zero",
        by_layer(Layer {
            output: |w, x, h, f| (LAYER.output)(w, x, h, f) * w["mask"].unsqueeze(2),
            ..LAYER
        }),
    )
    .only_in(PADDED)
}

fn of_the_heads(task: Task) -> Task {
    task.mistake(
        "one-head",
        by_layer(Layer {
            attention: |w, x, mask| attention(w, 1, x, x, mask),
            ..LAYER
        }),
    )
    .only_in(["plain", "padding", "albert", "gelu"])
}

fn of_residuals(task: Task) -> Task {
    task.mistake(
        "no-first-residual",
        by_layer(Layer {
            after_attention: |w, _, a| own_norm(w, 1, a),
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "no-second-residual",
        by_layer(Layer {
            output: |w, _, _, f| own_norm(w, 2, f),
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "residual-from-the-input",
        by_layer(Layer {
            output: |w, x, _, f| own_norm(w, 2, &(x + f)),
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "feed-forward-of-the-input",
        by_layer(Layer {
            feed_forward: |w, x, _| feed_forward_with(w, x, gelu),
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
}

fn of_the_activation(task: Task) -> Task {
    task.mistake(
        "gelu-by-tanh",
        by_layer(Layer {
            feed_forward: |w, _, h| feed_forward_with(w, h, |x| x.gelu("tanh")),
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "relu-for-gelu",
        by_layer(Layer {
            feed_forward: |w, _, h| feed_forward(w, h),
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "activation-forgotten",
        by_layer(Layer {
            feed_forward: |w, _, h| feed_forward_with(w, h, Tensor::shallow_clone),
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
}

fn of_the_norms(task: Task) -> Task {
    task.mistake(
        "norm-before",
        by_layer(Layer {
            attention: |w, x, mask| attend(w, &own_norm(w, 1, x), mask),
            after_attention: |_, x, a| x + a,
            feed_forward: |w, _, h| feed_forward_with(w, &own_norm(w, 2, h), gelu),
            output: |_, _, h, f| h + f,
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "no-first-norm",
        by_layer(Layer {
            after_attention: |_, x, a| x + a,
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "no-last-norm",
        by_layer(Layer {
            output: |_, _, h, f| h + f,
            ..LAYER
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "norms-swapped",
        by(Encoding {
            order: |layers| each(layers, |w| w.swapped(&NORMS)),
            ..ENCODING
        }),
    )
    .only_in(TYPICAL)
    .mistake(
        "one-norm-for-both",
        by(Encoding {
            order: |layers| each(layers, |w| one_norm(w, 1)),
            ..ENCODING
        }),
    )
    .only_in(TYPICAL)
    .form(
        "one-norm-for-both",
        "second-norm-for-both",
        by(Encoding {
            order: |layers| each(layers, |w| one_norm(w, 2)),
            ..ENCODING
        }),
    )
    .only_in(TYPICAL)
    .mistake("epsilon-1e-5", by_layer(with_epsilon_of_exercise_11()))
    .only_in(WITH_EPSILONS)
    .form("epsilon-1e-5", "epsilon-1e-5-everywhere", |x: &Inputs| {
        ENCODING.run(&Weights::from(x).with("epsilon", 1e-5_f32.into()))
    })
    .only_in(WITH_EPSILONS)
}

fn of_the_order(task: Task) -> Task {
    task.mistake(
        "blocks-in-reverse",
        by(Encoding {
            order: |mut layers| {
                layers.reverse();
                layers
            },
            ..ENCODING
        }),
    )
    .only_in(["plain", "padding"])
    .mistake(
        "first-block-again",
        by(Encoding {
            order: |layers| layers.iter().map(|_| layers[0].clone()).collect(),
            ..ENCODING
        }),
    )
    .only_in(["plain", "padding"])
    .mistake(
        "every-block-reads-the-embedding",
        by(Encoding {
            next: |embedded, _| embedded.shallow_clone(),
            ..ENCODING
        }),
    )
    .only_in(SEVERAL_LAYERS)
}

/// The layer with the ε that the blocks of exercise 11 have.
fn with_epsilon_of_exercise_11() -> Layer {
    Layer {
        after_attention: |w, x, a| norm_with(w, 1, &(x + a), 1e-5),
        output: |w, _, h, f| norm_with(w, 2, &(h + f), 1e-5),
        ..LAYER
    }
}

/// The norms of a layer, to be swapped.
const NORMS: [[&str; 2]; 2] = [["gamma_1", "gamma_2"], ["beta_1", "beta_2"]];

fn each(layers: Vec<Weights>, change: fn(&Weights) -> Weights) -> Vec<Weights> {
    layers.iter().map(change).collect()
}

/// The weights with the norm of this number, 1 or 2, in the place of the other.
fn one_norm(w: &Weights, number: usize) -> Weights {
    let other = 3 - number;
    ["gamma", "beta"].iter().fold(w.clone(), |all, name| {
        all.with(
            &format!("{name}_{other}"),
            w[&format!("{name}_{number}")].shallow_clone(),
        )
    })
}
