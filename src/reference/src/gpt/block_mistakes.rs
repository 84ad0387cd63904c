//! The wrong ways of computing a block: the right steps with altered weights, or with one taken differently.

use tch::Tensor;

use super::block::{
    Block, Cut, RIGHT, Steps, attend, attend_with, feed_forward, feed_forward_with, projections,
    thirds,
};
use super::cases::{PLAIN, SQUARE, TELLING};
use crate::attention_weights::Attention;
use crate::inputs::Inputs;
use crate::masks::kernel::causal;
use crate::model_weights::Weights;
use crate::sublayers::{attention_from, causal_mask, norm, norm_with};
use crate::task::Task;

/// BERT's ε.
const EPSILON_OF_BERT: f64 = 1e-12;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    norms(residuals(activations(layouts(masks(cuts(task))))))
}

fn cuts(task: Task) -> Task {
    let order =
        |order: [usize; 3]| move |x: &Inputs| RIGHT.run(&reordered(x, order, &["w_qkv", "b_qkv"]));
    task.mistake(
        "heads-before-qkv",
        with_cut(|fused, heads| {
            let of_heads = cut_into(fused, &[heads, 3, -1]);
            [0, 1, 2].map(|part| of_heads.select(-2, part).flatten(-2, -1))
        }),
    )
    .mistake(
        "qkv-interleaved",
        with_cut(|fused, _| {
            let triples = cut_into(fused, &[-1, 3]);
            [0, 1, 2].map(|part| triples.select(-1, part))
        }),
    )
    .mistake("qkv-in-another-order", order([1, 0, 2]))
    .form("qkv-in-another-order", "order-q-v-k", order([0, 2, 1]))
    .only_in(TELLING)
    .form("qkv-in-another-order", "order-v-k-q", order([2, 1, 0]))
    .only_in(TELLING)
    .form("qkv-in-another-order", "weights-in-order-q-v-k", |x| {
        RIGHT.run(&reordered(x, [0, 2, 1], &["w_qkv"]))
    })
    .only_in(PLAIN)
    .mistake(
        "keys-as-values",
        with_cut(|fused, heads| {
            let [q, k, _] = thirds(fused, heads);
            [q, k.shallow_clone(), k]
        }),
    )
}

/// The weights with the thirds of these tensors in a different order.
fn reordered(x: &Inputs, order: [usize; 3], names: &[&str]) -> Weights {
    let w = Weights::from(x);
    let reorder = |all: Weights, name: &&str| {
        let parts = thirds(&w[*name], 0);
        all.with(name, Tensor::cat(&order.map(|part| &parts[part]), -1))
    };
    names.iter().fold(w.clone(), reorder)
}

fn masks(task: Task) -> Task {
    let masked = |mask: fn(&Tensor) -> Tensor| {
        move |x: &Inputs| {
            let w = Weights::from(x);
            let normed = norm(&w, 1, &w["x"]);
            with_attention(&w, &attend_with(&w, &normed, thirds, &mask(&normed)))
        }
    };
    task.mistake(
        "causal-mask-forgotten",
        masked(|x| causal_mask(x).ones_like()),
    )
    .mistake(
        "causal-mask-inverted",
        masked(|x| causal_mask(x).transpose(1, 2)),
    )
    .mistake(
        "causal-mask-negated",
        masked(|x| causal_mask(x).logical_not()),
    )
    .mistake(
        "causal-mask-without-oneself",
        masked(|x| causal_mask(x).tril(-1)),
    )
    .mistake(
        "causal-mask-sees-the-next",
        masked(|x| {
            let [batch, length] = [x.size()[0], x.size()[1]];
            causal(length, length + 1)
                .narrow(1, 0, length)
                .expand([batch, length, length], false)
        }),
    )
}

fn layouts(task: Task) -> Task {
    let without = |names: &'static [&'static str]| {
        move |x: &Inputs| {
            let w = Weights::from(x);
            RIGHT.run(
                &names
                    .iter()
                    .fold(w.clone(), |all, name| all.with(name, w[name].zeros_like())),
            )
        }
    };
    task.mistake("output-layer-transposed", |x| transposed(x, &["w_o"]))
        .mistake("feed-forward-transposed", |x| {
            transposed(x, &["w_fc", "w_proj"])
        })
        .only_in(SQUARE)
        .form("feed-forward-transposed", "first-layer-transposed", |x| {
            transposed(x, &["w_fc"])
        })
        .only_in(SQUARE)
        .form("feed-forward-transposed", "second-layer-transposed", |x| {
            transposed(x, &["w_proj"])
        })
        .only_in(SQUARE)
        .form("output-layer-transposed", "everything-transposed", |x| {
            transposed(x, &["w_o", "w_fc", "w_proj"])
        })
        .only_in(SQUARE)
        .mistake("no-projection-biases", without(&["b_qkv"]))
        .mistake("no-output-bias", without(&["b_o"]))
        .only_in(TELLING)
        .mistake("output-bias-twice", |x| {
            let w = Weights::from(x);
            let twice = &w["b_o"] * 2.0;
            RIGHT.run(&w.with("b_o", twice))
        })
        .only_in(PLAIN)
        .mistake("first-bias-forgotten", without(&["b_fc"]))
        .only_in(TELLING)
        .mistake("second-bias-forgotten", without(&["b_proj"]))
        .only_in(TELLING)
}

fn activations(task: Task) -> Task {
    let activated = |id: &'static str, feed_forward: fn(&Weights, &Tensor, &Tensor) -> Tensor| {
        (
            id,
            by(Steps {
                feed_forward,
                ..RIGHT
            }),
        )
    };
    let all = [
        activated("erf-instead-of-tanh", |w, _, a| {
            feed_forward_with(w, &norm(w, 2, a), |hidden| hidden.gelu("none"))
        }),
        activated("relu-instead", |w, _, a| {
            feed_forward_with(w, &norm(w, 2, a), Tensor::relu)
        }),
        activated("sigmoid-approximation", |w, _, a| {
            feed_forward_with(w, &norm(w, 2, a), |hidden| {
                hidden * (hidden * 1.702).sigmoid()
            })
        }),
    ];
    let task = all.into_iter().fold(task, |task, (id, wrong)| {
        task.mistake(id, wrong).only_in(TELLING)
    });
    task.mistake(
        "activation-at-the-end",
        by(Steps {
            feed_forward: |w, _, a| {
                feed_forward_with(w, &norm(w, 2, a), Tensor::shallow_clone).gelu("tanh")
            },
            ..RIGHT
        }),
    )
    .only_in(PLAIN)
}

fn residuals(task: Task) -> Task {
    task.mistake(
        "no-first-residual",
        by(Steps {
            after_attention: |_, _, attention| attention.shallow_clone(),
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .mistake(
        "no-second-residual",
        by(Steps {
            output: |_, _, _, feed_forward| feed_forward.shallow_clone(),
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .mistake(
        "no-residuals",
        by(Steps {
            after_attention: |_, _, attention| attention.shallow_clone(),
            output: |_, _, _, feed_forward| feed_forward.shallow_clone(),
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .mistake(
        "residual-from-the-input",
        by(Steps {
            output: |_, x, _, feed_forward| x + feed_forward,
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .mistake(
        "residual-from-the-norm",
        by(Steps {
            after_attention: |w, x, attention| norm(w, 1, x) + attention,
            output: |w, _, a, feed_forward| norm(w, 2, a) + feed_forward,
            ..RIGHT
        }),
    )
    .form(
        "residual-from-the-norm",
        "first-residual-from-the-norm",
        by(Steps {
            after_attention: |w, x, attention| norm(w, 1, x) + attention,
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .form(
        "residual-from-the-norm",
        "second-residual-from-the-norm",
        by(Steps {
            output: |w, _, a, feed_forward| norm(w, 2, a) + feed_forward,
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .mistake(
        "feed-forward-of-the-input",
        by(Steps {
            feed_forward: |w, x, _| feed_forward(w, &norm(w, 2, x)),
            ..RIGHT
        }),
    )
    .only_in(TELLING)
    .mistake(
        "feed-forward-of-attention",
        by(Steps {
            feed_forward: |w, x, a| feed_forward(w, &norm(w, 2, &(a - x))),
            ..RIGHT
        }),
    )
    .only_in(PLAIN)
}

fn norms(task: Task) -> Task {
    task.mistake(
        "norm-after",
        by(Steps {
            attention: attend,
            after_attention: |w, x, attention| norm(w, 1, &(x + attention)),
            feed_forward: |w, _, a| feed_forward(w, a),
            output: |w, _, a, feed_forward| norm(w, 2, &(a + feed_forward)),
        }),
    )
    .mistake(
        "no-first-norm",
        by(Steps {
            attention: attend,
            ..RIGHT
        }),
    )
    .mistake(
        "no-second-norm",
        by(Steps {
            feed_forward: |w, _, a| feed_forward(w, a),
            ..RIGHT
        }),
    )
    .mistake(
        "norm-at-the-end",
        by(Steps {
            output: |w, _, a, feed_forward| norm(w, 2, &(a + feed_forward)),
            ..RIGHT
        }),
    )
    .mistake(
        "only-the-query-is-normed",
        by(Steps {
            attention: |w, x| {
                let sources = [&norm(w, 1, x), x, x];
                attention_from(
                    &projections(w, thirds),
                    w.size("heads"),
                    sources,
                    Some(&causal_mask(x)),
                )
            },
            ..RIGHT
        }),
    )
    .mistake("norms-swapped", |x| {
        RIGHT.run(&Weights::from(x).swapped(&[["gamma_1", "gamma_2"], ["beta_1", "beta_2"]]))
    })
    .only_in(TELLING)
    .mistake("one-norm-for-both", |x| RIGHT.run(&one_norm(x)))
    .only_in(TELLING)
    .mistake(
        "epsilon-1e-12",
        by(Steps {
            attention: |w, x| attend(w, &norm_with(w, 1, x, EPSILON_OF_BERT)),
            feed_forward: |w, _, a| feed_forward(w, &norm_with(w, 2, a, EPSILON_OF_BERT)),
            ..RIGHT
        }),
    )
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Block {
    move |x| steps.run(&Weights::from(x))
}

fn with_cut(cut: Cut) -> impl Fn(&Inputs) -> Block {
    move |x| {
        let w = Weights::from(x);
        let normed = norm(&w, 1, &w["x"]);
        with_attention(&w, &attend_with(&w, &normed, cut, &causal_mask(&normed)))
    }
}

/// The block with this attention, and all that follows from it.
fn with_attention(w: &Weights, attention: &Attention) -> Block {
    let after_attention = (RIGHT.after_attention)(w, &w["x"], &attention.output);
    let feed_forward = (RIGHT.feed_forward)(w, &w["x"], &after_attention);
    Block {
        output: &after_attention + &feed_forward,
        attention_weights: attention.weights.shallow_clone(),
        attention: attention.output.shallow_clone(),
        after_attention,
        feed_forward,
    }
}

/// The last axis as several.
fn cut_into(fused: &Tensor, axes: &[i64]) -> Tensor {
    let leading = &fused.size()[..fused.dim() - 1];
    fused.reshape([leading, axes].concat())
}

/// The block with these matrices as (out, in).
fn transposed(x: &Inputs, names: &[&str]) -> Block {
    let w = Weights::from(x);
    RIGHT.run(
        &names
            .iter()
            .fold(w.clone(), |all, name| all.with(name, w[name].tr())),
    )
}

/// The weights with the first norm in the place of the second.
fn one_norm(x: &Inputs) -> Weights {
    let w = Weights::from(x);
    w.with("gamma_2", w["gamma_1"].shallow_clone())
        .with("beta_2", w["beta_1"].shallow_clone())
}
