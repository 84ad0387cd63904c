//! The wrong ways of computing a decoder block: the right steps with altered weights, or with one taken differently.

use tch::Tensor;

use super::cases::EQUALLY_LONG;
use super::steps::{Block, RIGHT, Steps, cross_attention, self_attention};
use crate::inputs::Inputs;
use crate::masks::kernel::everything;
use crate::model_weights::Weights;
use crate::sublayers::{attention_from, causal_mask, feed_forward, feed_forward_with, norm};
use crate::task::Task;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    wiring(weights(attention_to_memory(masks(task))))
}

fn masks(task: Task) -> Task {
    task.mistake(
        "causal-mask-forgotten",
        by(Steps {
            self_attention: |w, x| self_attention(w, x, None),
            ..RIGHT
        }),
    )
    .mistake(
        "causal-mask-inverted",
        by(Steps {
            self_attention: |w, x| self_attention(w, x, Some(&causal_mask(x).transpose(1, 2))),
            ..RIGHT
        }),
    )
    .mistake(
        "causal-mask-negated",
        by(Steps {
            self_attention: |w, x| self_attention(w, x, Some(&causal_mask(x).logical_not())),
            ..RIGHT
        }),
    )
    .mistake(
        "causal-mask-without-oneself",
        by(Steps {
            self_attention: |w, x| self_attention(w, x, Some(&causal_mask(x).tril(-1))),
            ..RIGHT
        }),
    )
    .mistake(
        "causal-mask-on-cross-attention",
        by(Steps {
            cross_attention: |w, a| {
                let memory = &w["memory"];
                let causal = everything(a.size()[1], memory.size()[1]).tril(0);
                let mask = match w.get("memory_mask") {
                    Some(mask) => mask.logical_and(&causal),
                    None => causal.expand([a.size()[0], -1, -1], false),
                };
                cross_attention(w, a, memory, Some(&mask))
            },
            ..RIGHT
        }),
    )
    .mistake("memory-mask-forgotten", |x| {
        RIGHT.run(&Weights::from(x).without("memory_mask"))
    })
    .mistake(
        "masks-swapped",
        by(Steps {
            self_attention: |w, x| self_attention(w, x, w.get("memory_mask")),
            cross_attention: |w, a| cross_attention(w, a, &w["memory"], Some(&causal_mask(a))),
            ..RIGHT
        }),
    )
    .only_in(EQUALLY_LONG)
}

fn attention_to_memory(task: Task) -> Task {
    task.mistake(
        "memory-asks",
        by(Steps {
            cross_attention: |w, a| cross_attention(w, &w["memory"], a, w.get("memory_mask")),
            ..RIGHT
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "memory-forgotten",
        by(Steps {
            cross_attention: |w, a| cross_attention(w, a, a, w.get("memory_mask")),
            ..RIGHT
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "keys-from-the-target",
        by(Steps {
            cross_attention: |w, a| {
                attention_from(
                    &w.part("cross_"),
                    w.size("heads"),
                    [a, a, &w["memory"]],
                    w.get("memory_mask"),
                )
            },
            ..RIGHT
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "values-from-the-target",
        by(Steps {
            cross_attention: |w, a| {
                attention_from(
                    &w.part("cross_"),
                    w.size("heads"),
                    [a, &w["memory"], a],
                    w.get("memory_mask"),
                )
            },
            ..RIGHT
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "query-from-the-input",
        by(Steps {
            cross_attention: |w, _| cross_attention(w, &w["x"], &w["memory"], w.get("memory_mask")),
            ..RIGHT
        }),
    )
    .mistake("cross-attention-first", |x| cross_attention_first(x, 2, 1))
    .form(
        "cross-attention-first",
        "cross-attention-with-the-first-norm",
        |x| cross_attention_first(x, 1, 2),
    )
    .mistake(
        "no-cross-attention",
        by(Steps {
            after_cross: |_, a, _| a.shallow_clone(),
            ..RIGHT
        }),
    )
}

fn weights(task: Task) -> Task {
    task.mistake("attentions-swapped", |x| {
        let w = Weights::from(x);
        let swapped = |from: &'static str, to: &'static str| {
            let part: Vec<_> = w
                .part(from)
                .iter()
                .map(|(name, tensor)| (format!("{to}{name}"), tensor.copy()))
                .collect();
            part
        };
        let swapped = swapped("self_", "cross_")
            .into_iter()
            .chain(swapped("cross_", "self_"));
        RIGHT.run(&swapped.fold(w.part(""), |all, (name, tensor)| all.with(&name, tensor)))
    })
    .mistake("one-attention-for-both", |x| {
        let w = Weights::from(x);
        let cross = w.part("self_");
        RIGHT.run(&cross.iter().fold(w.part(""), |all, (name, tensor)| {
            all.with(&format!("cross_{name}"), tensor.shallow_clone())
        }))
    })
    .mistake("norms-swapped", |x| {
        RIGHT.run(&Weights::from(x).swapped(&[["gamma_2", "gamma_3"], ["beta_2", "beta_3"]]))
    })
    .form("norms-swapped", "first-norms-swapped", |x| {
        RIGHT.run(&Weights::from(x).swapped(&[["gamma_1", "gamma_2"], ["beta_1", "beta_2"]]))
    })
    .mistake("one-norm-for-all", |x| RIGHT.run(&with_norms(x, [1, 1, 1])))
    .form("one-norm-for-all", "first-norm-twice", |x| {
        RIGHT.run(&with_norms(x, [1, 1, 3]))
    })
    .form("one-norm-for-all", "second-norm-twice", |x| {
        RIGHT.run(&with_norms(x, [1, 2, 2]))
    })
    .mistake(
        "relu-forgotten",
        by(Steps {
            feed_forward: |w, b| feed_forward_with(w, b, Tensor::shallow_clone),
            ..RIGHT
        }),
    )
}

fn wiring(task: Task) -> Task {
    task.mistake(
        "no-first-residual",
        by(Steps {
            after_self: |w, _, s| norm(w, 1, s),
            ..RIGHT
        }),
    )
    .mistake(
        "no-second-residual",
        by(Steps {
            after_cross: |w, _, c| norm(w, 2, c),
            ..RIGHT
        }),
    )
    .mistake(
        "no-residuals",
        by(Steps {
            after_self: |w, _, s| norm(w, 1, s),
            after_cross: |w, _, c| norm(w, 2, c),
            output: |w, _, f| norm(w, 3, f),
            ..RIGHT
        }),
    )
    .mistake(
        "no-third-residual",
        by(Steps {
            output: |w, _, f| norm(w, 3, f),
            ..RIGHT
        }),
    )
    .mistake(
        "residual-from-the-input",
        by(Steps {
            after_cross: |w, _, c| norm(w, 2, &(&w["x"] + c)),
            ..RIGHT
        }),
    )
    .mistake(
        "residual-from-self-attention",
        by(Steps {
            output: |w, _, f| norm(w, 3, &(after_self_attention(w) + f)),
            ..RIGHT
        }),
    )
    .mistake(
        "feed-forward-of-self-attention",
        by(Steps {
            feed_forward: |w, _| feed_forward(w, &after_self_attention(w)),
            ..RIGHT
        }),
    )
    .mistake(
        "norm-before",
        by(Steps {
            self_attention: |w, x| {
                let x = norm(w, 1, x);
                self_attention(w, &x, Some(&causal_mask(&x)))
            },
            after_self: |_, x, s| x + s,
            cross_attention: |w, a| {
                cross_attention(w, &norm(w, 2, a), &w["memory"], w.get("memory_mask"))
            },
            after_cross: |_, a, c| a + c,
            feed_forward: |w, b| feed_forward(w, &norm(w, 3, b)),
            output: |_, b, f| b + f,
        }),
    )
    .mistake(
        "no-last-norm",
        by(Steps {
            output: |_, b, f| b + f,
            ..RIGHT
        }),
    )
}

/// a, the result of the first layer norm.
fn after_self_attention(w: &Weights) -> Tensor {
    let x = &w["x"];
    (RIGHT.after_self)(w, x, &(RIGHT.self_attention)(w, x))
}

/// The weights with the norms of these numbers in the places of the three.
fn with_norms(x: &Inputs, numbers: [usize; 3]) -> Weights {
    let w = Weights::from(x);
    let mut altered = w.part("");
    for (place, number) in (1..).zip(numbers) {
        for name in ["gamma", "beta"] {
            let norm = w[&format!("{name}_{number}")].shallow_clone();
            altered = altered.with(&format!("{name}_{place}"), norm);
        }
    }
    altered
}

/// Cross-attention and then self-attention, each with the norm of the number that it is given.
fn cross_attention_first(x: &Inputs, cross_norm: usize, self_norm: usize) -> Block {
    let w = Weights::from(x);
    let x = &w["x"];
    let cross = cross_attention(&w, x, &w["memory"], w.get("memory_mask"));
    let after_cross_attention = norm(&w, cross_norm, &(x + &cross.output));
    let query = &after_cross_attention;
    let self_attention = self_attention(&w, query, Some(&causal_mask(query)));
    let after_self_attention = norm(&w, self_norm, &(query + &self_attention));
    let feed_forward = feed_forward(&w, &after_self_attention);
    Block {
        output: norm(&w, 3, &(&after_self_attention + &feed_forward)),
        self_attention,
        after_self_attention,
        cross_weights: cross.weights,
        cross_attention: cross.output,
        after_cross_attention,
        feed_forward,
    }
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Block {
    move |x| steps.run(&Weights::from(x))
}
