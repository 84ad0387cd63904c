//! The wrong ways of computing a block: the right steps with altered weights, or with one taken differently.

use tch::Tensor;

use super::{PLAIN, RIGHT, WITH_EPSILONS, WITH_GELU, attend, feed_forward, norm};
use crate::gpt::block::{Block, Steps};
use crate::inputs::Inputs;
use crate::layer_norm::kernel::rms_norm;
use crate::model_weights::Weights;
use crate::sublayers::{attention, attention_from, causal_mask, feed_forward_with};
use crate::task::Task;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    of_epsilon(of_the_activation(
        of_norms(of_residuals(of_biases(of_attention(task)))).others_only_in(PLAIN),
    ))
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Block {
    move |x| steps.run(&x.into())
}

/// The block with one of its numbers or tensors replaced.
fn with(name: &'static str, tensor: fn(&Tensor) -> Tensor) -> impl Fn(&Inputs) -> Block {
    move |x| {
        let w = Weights::from(x);
        RIGHT.run(&w.with(name, tensor(&w[name])))
    }
}

fn of_attention(task: Task) -> Task {
    task.mistake(
        "causal-encoder",
        by(Steps {
            attention: |w, x| {
                let normed = norm(w, 1, x);
                let mask = causal_mask(x);
                attention(w, w.size("heads"), &normed, &normed, Some(&mask))
            },
            ..RIGHT
        }),
    )
    .mistake(
        "class-token-not-read",
        by(Steps {
            attention: |w, x| {
                let normed = norm(w, 1, x);
                let class_token = Tensor::from_slice(&[0_i64]);
                let mask = causal_mask(x).ones_like().index_fill(2, &class_token, 0);
                attention(w, w.size("heads"), &normed, &normed, Some(&mask))
            },
            ..RIGHT
        }),
    )
    .mistake("one-head", with("heads", Tensor::ones_like))
    .mistake(
        "query-and-key-swapped",
        by(Steps {
            attention: |w, x| {
                attend(
                    &w.swapped(&[["w_q", "w_k"], ["b_q", "b_k"]]),
                    &norm(w, 1, x),
                )
            },
            ..RIGHT
        }),
    )
    .mistake(
        "only-the-query-is-normed",
        by(Steps {
            attention: |w, x| attention_from(w, w.size("heads"), [&norm(w, 1, x), x, x], None),
            ..RIGHT
        }),
    )
}

fn of_biases(task: Task) -> Task {
    task.mistake("no-projection-biases", |x| {
        let w = Weights::from(x);
        let without = ["b_q", "b_k", "b_v"]
            .iter()
            .fold(w.clone(), |all, name| all.with(name, w[*name].zeros_like()));
        RIGHT.run(&without)
    })
    .mistake("no-output-bias", with("b_o", Tensor::zeros_like))
    .mistake("output-bias-twice", with("b_o", |bias| bias * 2.0))
    .mistake("first-bias-forgotten", with("b_1", Tensor::zeros_like))
    .mistake("second-bias-forgotten", with("b_2", Tensor::zeros_like))
}

fn of_residuals(task: Task) -> Task {
    let first_from_the_norm: fn(&Weights, &Tensor, &Tensor) -> Tensor =
        |w, x, attention| norm(w, 1, x) + attention;
    let second_from_the_norm: fn(&Weights, &Tensor, &Tensor, &Tensor) -> Tensor =
        |w, _, a, feed_forward| norm(w, 2, a) + feed_forward;
    task.mistake(
        "no-first-residual",
        by(Steps {
            after_attention: |_, _, attention| attention.shallow_clone(),
            ..RIGHT
        }),
    )
    .mistake(
        "no-second-residual",
        by(Steps {
            output: |_, _, _, feed_forward| feed_forward.shallow_clone(),
            ..RIGHT
        }),
    )
    .mistake(
        "no-residuals",
        by(Steps {
            after_attention: |_, _, attention| attention.shallow_clone(),
            output: |_, _, _, feed_forward| feed_forward.shallow_clone(),
            ..RIGHT
        }),
    )
    .mistake(
        "residual-from-the-input",
        by(Steps {
            output: |_, x, _, feed_forward| x + feed_forward,
            ..RIGHT
        }),
    )
    .mistake(
        "residual-from-the-norm",
        by(Steps {
            after_attention: first_from_the_norm,
            output: second_from_the_norm,
            ..RIGHT
        }),
    )
    .form(
        "residual-from-the-norm",
        "first-residual-from-the-norm",
        by(Steps {
            after_attention: first_from_the_norm,
            ..RIGHT
        }),
    )
    .form(
        "residual-from-the-norm",
        "second-residual-from-the-norm",
        by(Steps {
            output: second_from_the_norm,
            ..RIGHT
        }),
    )
    .mistake(
        "feed-forward-of-the-input",
        by(Steps {
            feed_forward: |w, x, _| feed_forward(w, &norm(w, 2, x)),
            ..RIGHT
        }),
    )
    .mistake(
        "feed-forward-of-attention",
        by(Steps {
            feed_forward: |w, x, a| feed_forward(w, &norm(w, 2, &(a - x))),
            ..RIGHT
        }),
    )
}

fn of_norms(task: Task) -> Task {
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
        "norm-of-the-addend",
        by(Steps {
            attention: attend,
            after_attention: |w, x, attention| x + norm(w, 1, attention),
            feed_forward: |w, _, a| feed_forward(w, a),
            output: |w, _, a, feed_forward| a + norm(w, 2, feed_forward),
        }),
    )
    .mistake("norms-swapped", |x| {
        RIGHT.run(&Weights::from(x).swapped(&[["gamma_1", "gamma_2"], ["beta_1", "beta_2"]]))
    })
    .mistake("one-norm-for-both", |x| {
        let w = Weights::from(x);
        let one = w.with("gamma_2", w["gamma_1"].shallow_clone());
        RIGHT.run(&one.with("beta_2", w["beta_1"].shallow_clone()))
    })
    .mistake(
        "rms-instead",
        by(Steps {
            attention: |w, x| attend(w, &rms_norm(x, &w["gamma_1"], w.number("epsilon"))),
            feed_forward: |w, _, a| {
                feed_forward(w, &rms_norm(a, &w["gamma_2"], w.number("epsilon")))
            },
            ..RIGHT
        }),
    )
}

fn of_the_activation(task: Task) -> Task {
    fn activated(activation: fn(&Tensor) -> Tensor) -> impl Fn(&Inputs) -> Block {
        move |x| {
            let w = Weights::from(x);
            let mut block = RIGHT.run(&w);
            let normed = norm(&w, 2, &block.after_attention);
            block.feed_forward = feed_forward_with(&w, &normed, activation);
            block.output = &block.after_attention + &block.feed_forward;
            block
        }
    }
    task.mistake("gelu-by-tanh", activated(|hidden| hidden.gelu("tanh")))
        .only_in(WITH_GELU)
        .mistake("relu-for-gelu", activated(Tensor::relu))
        .only_in(WITH_GELU)
        .mistake(
            "sigmoid-approximation",
            activated(|hidden| hidden * (hidden * 1.702).sigmoid()),
        )
        .only_in(WITH_GELU)
        .mistake("activation-forgotten", activated(Tensor::shallow_clone))
        .only_in(PLAIN)
        .mistake(
            "activation-at-the-end",
            by(Steps {
                feed_forward: |w, _, a| {
                    feed_forward_with(w, &norm(w, 2, a), Tensor::shallow_clone).gelu("none")
                },
                ..RIGHT
            }),
        )
        .only_in(PLAIN)
}

fn of_epsilon(task: Task) -> Task {
    task.mistake(
        "epsilon-1e-5",
        with("epsilon", |epsilon| epsilon.full_like(1e-5)),
    )
    .only_in(WITH_EPSILONS)
    .form(
        "epsilon-1e-5",
        "epsilon-1e-6",
        with("epsilon", |epsilon| epsilon.full_like(1e-6)),
    )
    .only_in(WITH_EPSILONS)
    .mistake(
        "epsilon-fixed",
        with("epsilon", |epsilon| epsilon.full_like(1e-12)),
    )
    .only_in(["epsilon"])
}
