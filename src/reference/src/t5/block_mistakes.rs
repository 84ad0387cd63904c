//! The wrong ways of computing a block of the decoder: the right steps with altered weights, or with one taken
//! differently.

use tch::Tensor;

use super::block::{Block, STEPS, Steps, Stream, attend, cross, own};
use super::feed_forward::feed_forward;
use super::logits::with_the_mean;
use super::norm;
use crate::inputs::Inputs;
use crate::layer_norm::kernel::rms_norm;
use crate::masks::kernel::causal;
use crate::model_weights::Weights;
use crate::sublayers::causal_mask;
use crate::task::Task;

/// The case with a memory mask, and with one position more in the source than in the target.
const WITH_PADDING: &[&str] = &["relu"];

/// The case whose source is as long as its target.
const EQUALLY_LONG: &[&str] = &["gated"];

/// Adds all of them. One case tells most of them apart, and the pack stays small.
pub(super) fn add(task: Task) -> Task {
    order(norms(residuals(memories(biases(masks(task)))))).others_only_in(EQUALLY_LONG)
}

fn masks(task: Task) -> Task {
    let with_mask = |own: fn(&Weights, Stream<'_>) -> _| by(Steps { own, ..STEPS });
    task.mistake(
        "causal-mask-forgotten",
        with_mask(|w, stream| own(w, stream.normed, &causal_mask(stream.normed).ones_like())),
    )
    .mistake(
        "causal-mask-inverted",
        with_mask(|w, stream| {
            let mask = causal_mask(stream.normed).transpose(1, 2);
            own(w, stream.normed, &mask)
        }),
    )
    .mistake(
        "causal-mask-sees-the-next",
        with_mask(|w, stream| {
            let mask = causal_mask(stream.normed);
            own(w, stream.normed, &mask.ones_like().tril(1))
        }),
    )
    .mistake("memory-mask-forgotten", |x| {
        STEPS.run(&Weights::from(x).without("mask"))
    })
    .only_in(WITH_PADDING)
    .mistake("causal-mask-on-cross-attention", |x| {
        let w = Weights::from(x);
        let [queries, keys] = [w["x"].size()[1], w["memory"].size()[1]];
        let mask = causal(queries, keys)
            .unsqueeze(0)
            .expand([w["x"].size()[0], -1, -1], false);
        STEPS.run(&w.with("mask", mask))
    })
    .only_in(EQUALLY_LONG)
}

fn biases(task: Task) -> Task {
    let biased_cross = |w: &Weights, stream: Stream<'_>| {
        let memory = &w["memory"];
        attend(
            w,
            "cross_",
            [stream.normed, memory, memory],
            w.get("bias"),
            w.get("mask"),
        )
    };
    task.mistake(
        "cross-attention-with-a-bias",
        by(Steps {
            cross: biased_cross,
            ..STEPS
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "bias-on-the-wrong-attention",
        by(Steps {
            own: |w, stream| {
                own(
                    &w.without("bias"),
                    stream.normed,
                    &causal_mask(stream.normed),
                )
            },
            cross: biased_cross,
            ..STEPS
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake("bias-forgotten", |x| {
        STEPS.run(&Weights::from(x).without("bias"))
    })
    .mistake("divided-by-root-d-k", |x| {
        let w = Weights::from(x);
        let root = (w["self_w_q"].size()[0] as f64 / w.size("heads") as f64).sqrt();
        let (own, cross) = (&w["self_w_q"] / root, &w["cross_w_q"] / root);
        STEPS.run(&w.with("self_w_q", own).with("cross_w_q", cross))
    })
}

fn memories(task: Task) -> Task {
    let with_cross = |cross: fn(&Weights, Stream<'_>) -> _| by(Steps { cross, ..STEPS });
    task.mistake(
        "keys-from-the-target",
        with_cross(|w, stream| {
            attend(
                w,
                "cross_",
                [stream.normed, stream.normed, &w["memory"]],
                None,
                w.get("mask"),
            )
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "values-from-the-target",
        with_cross(|w, stream| {
            attend(
                w,
                "cross_",
                [stream.normed, &w["memory"], stream.normed],
                None,
                w.get("mask"),
            )
        }),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "memory-forgotten",
        with_cross(|w, stream| cross(w, stream.normed, stream.normed)),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "memory-asks",
        with_cross(|w, stream| cross(w, &w["memory"], stream.normed)),
    )
    .only_in(EQUALLY_LONG)
    .mistake(
        "memory-normed-again",
        with_cross(|w, stream| cross(w, stream.normed, &norm(w, "gamma_2", &w["memory"]))),
    )
    .mistake(
        "query-from-the-input",
        with_cross(|w, stream| cross(w, &norm(w, "gamma_2", stream.x), &w["memory"])),
    )
    .mistake("attentions-swapped", |x| {
        STEPS.run(&attentions(&Weights::from(x), "cross_", "self_"))
    })
    .mistake("one-attention-for-both", |x| {
        STEPS.run(&attentions(&Weights::from(x), "self_", "self_"))
    })
}

/// The weights with those of two attentions for self-attention and for cross-attention.
fn attentions(w: &Weights, own: &str, cross: &str) -> Weights {
    ["w_q", "w_k", "w_v", "w_o"]
        .iter()
        .fold(w.clone(), |all, name| {
            all.with(
                &format!("self_{name}"),
                w[&format!("{own}{name}")].shallow_clone(),
            )
            .with(
                &format!("cross_{name}"),
                w[&format!("{cross}{name}")].shallow_clone(),
            )
        })
}

fn norms(task: Task) -> Task {
    let with_norm = |norm: fn(&Weights, usize, &Tensor) -> Tensor| by(Steps { norm, ..STEPS });
    task.mistake(
        "norm-with-the-mean",
        with_norm(|w, number, x| with_the_mean(x, gamma(w, number))),
    )
    .mistake(
        "gamma-forgotten",
        with_norm(|w, number, x| rms_norm(x, &gamma(w, number).ones_like(), super::EPSILON)),
    )
    .mistake(
        "one-plus-gamma",
        with_norm(|w, number, x| rms_norm(x, &(gamma(w, number) + 1.0), super::EPSILON)),
    )
    .mistake(
        "epsilon-1e-5",
        with_norm(|w, number, x| rms_norm(x, gamma(w, number), 1e-5)),
    )
    .only_in(["quiet"])
    .mistake("no-norms", with_norm(|_, _, x| x.shallow_clone()))
    .mistake(
        "no-first-norm",
        with_norm(|w, number, x| {
            if number == 1 {
                x.shallow_clone()
            } else {
                (STEPS.norm)(w, number, x)
            }
        }),
    )
    .mistake(
        "no-third-norm",
        with_norm(|w, number, x| {
            if number == 3 {
                x.shallow_clone()
            } else {
                (STEPS.norm)(w, number, x)
            }
        }),
    )
    .mistake(
        "one-norm-for-all",
        with_norm(|w, _, x| norm(w, "gamma_1", x)),
    )
    .mistake("norms-swapped", |x| {
        STEPS.run(&Weights::from(x).swapped(&[["gamma_2", "gamma_3"]]))
    })
    .mistake("norm-after", |x| norm_after(&Weights::from(x)))
}

/// The block of the first transformer: each norm comes after a residual connection.
fn norm_after(w: &Weights) -> Block {
    let x = &w["x"];
    let read = own(w, x, &causal_mask(x));
    let (self_weights, after_self) = (read.weights, norm(w, "gamma_1", &(x + read.output)));
    let read = cross(w, &after_self, &w["memory"]);
    let (cross_weights, after_cross) = (
        read.weights,
        norm(w, "gamma_2", &(&after_self + read.output)),
    );
    let output = norm(
        w,
        "gamma_3",
        &(&after_cross + feed_forward(w, &after_cross)),
    );
    Block {
        self_weights,
        after_self,
        cross_weights,
        after_cross,
        output,
    }
}

fn residuals(task: Task) -> Task {
    let with_add = |add: fn(usize, Stream<'_>, &Tensor) -> Tensor| by(Steps { add, ..STEPS });
    task.mistake(
        "no-first-residual",
        with_add(|number, stream, read| without(1, number, stream, read)),
    )
    .mistake(
        "no-second-residual",
        with_add(|number, stream, read| without(2, number, stream, read)),
    )
    .mistake(
        "no-third-residual",
        with_add(|number, stream, read| without(3, number, stream, read)),
    )
    .mistake(
        "residual-from-the-norm",
        with_add(|_, stream, read| stream.normed + read),
    )
    .mistake(
        "residual-from-the-input",
        with_add(|_, stream, read| stream.x + read),
    )
    .form(
        "residual-from-the-input",
        "second-residual-from-the-input",
        with_add(|number, stream, read| {
            if number == 2 {
                stream.x + read
            } else {
                stream.before + read
            }
        }),
    )
    .mistake(
        "feed-forward-of-self-attention",
        by(Steps {
            fed: |[_, a, _]| a,
            ..STEPS
        }),
    )
}

fn without(left_out: usize, number: usize, stream: Stream<'_>, read: &Tensor) -> Tensor {
    if number == left_out {
        read.shallow_clone()
    } else {
        stream.before + read
    }
}

fn order(task: Task) -> Task {
    task.mistake("no-cross-attention", |x| {
        let w = Weights::from(x);
        let block = STEPS.run(&w);
        let after_self = block.after_self;
        let normed = norm(&w, "gamma_3", &after_self);
        Block {
            output: &after_self + feed_forward(&w, &normed),
            after_cross: after_self.shallow_clone(),
            cross_weights: block.cross_weights.zeros_like(),
            self_weights: block.self_weights,
            after_self,
        }
    })
    .mistake("cross-attention-first", |x| {
        let w = Weights::from(x);
        let x = &w["x"];
        let read = cross(&w, &norm(&w, "gamma_2", x), &w["memory"]);
        let (cross_weights, after_cross) = (read.weights, x + read.output);
        let normed = norm(&w, "gamma_1", &after_cross);
        let read = own(&w, &normed, &causal_mask(&normed));
        let (self_weights, after_self) = (read.weights, &after_cross + read.output);
        let normed = norm(&w, "gamma_3", &after_self);
        Block {
            output: &after_self + feed_forward(&w, &normed),
            self_weights,
            after_self,
            cross_weights,
            after_cross,
        }
    })
}

fn gamma(w: &Weights, number: usize) -> &Tensor {
    &w[&format!("gamma_{number}")]
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Block {
    move |x| steps.run(&Weights::from(x))
}
