//! The wrong ways of computing the Keras block.

use super::super::steps::{Block, KERAS, Steps, attend, drop_out, keras_norm, rate};
use super::{by, one_norm};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::sublayers::{EPSILON, feed_forward, norm_with};
use crate::task::Task;

/// Adds all of them.
pub(in super::super) fn add(task: Task) -> Task {
    task.mistake(
        "epsilon-1e-5",
        by(Steps {
            after_attention: |w, x, a| norm_with(w, 1, &(x + a), EPSILON),
            output: |w, _, h, f| norm_with(w, 2, &(h + f), EPSILON),
            ..KERAS
        }),
    )
    .mistake("no-dropout", |x| {
        KERAS.run(
            &Weights::from(x)
                .without("keep_attention")
                .without("keep_feed_forward"),
        )
    })
    .mistake("dropout-without-rescaling", dropping(|_| 1.0))
    .mistake(
        "kept-entries-divided-by-the-rate",
        dropping(|rate| 1.0 / rate),
    )
    .mistake("kept-entries-multiplied", dropping(|rate| 1.0 - rate))
    .mistake("keep-mask-inverted", |x| {
        let w = Weights::from(x);
        let inverted = ["keep_attention", "keep_feed_forward"]
            .iter()
            .filter_map(|name| Some((name, w.get(name)?)));
        KERAS.run(&inverted.fold(w.part(""), |all, (name, keep)| {
            all.with(name, keep.logical_not())
        }))
    })
    .mistake(
        "dropout-after-the-norm",
        by(Steps {
            attention: attend,
            after_attention: |w, x, a| drop_out(w, &keras_norm(w, 1, &(x + a)), "keep_attention"),
            feed_forward: |w, _, h| feed_forward(w, h),
            output: |w, _, h, f| drop_out(w, &keras_norm(w, 2, &(h + f)), "keep_feed_forward"),
        }),
    )
    .mistake(
        "dropout-after-the-residual",
        by(Steps {
            attention: attend,
            after_attention: |w, x, a| keras_norm(w, 1, &drop_out(w, &(x + a), "keep_attention")),
            feed_forward: |w, _, h| feed_forward(w, h),
            output: |w, _, h, f| keras_norm(w, 2, &drop_out(w, &(h + f), "keep_feed_forward")),
        }),
    )
    .form(
        "dropout-after-the-residual",
        "dropout-after-the-first-residual",
        by(Steps {
            attention: attend,
            after_attention: |w, x, a| keras_norm(w, 1, &drop_out(w, &(x + a), "keep_attention")),
            ..KERAS
        }),
    )
    .mistake(
        "dropout-on-the-input",
        by(Steps {
            attention: |w, x| attend(w, &drop_out(w, x, "keep_attention")),
            feed_forward: |w, _, h| feed_forward(w, &drop_out(w, h, "keep_feed_forward")),
            ..KERAS
        }),
    )
    .form(
        "dropout-on-the-input",
        "dropout-on-the-input-of-attention",
        by(Steps {
            attention: |w, x| attend(w, &drop_out(w, x, "keep_attention")),
            ..KERAS
        }),
    )
    .mistake("keep-masks-swapped", |x| {
        let w = Weights::from(x);
        KERAS.run(&match w.get("rate") {
            Some(_) => w.swapped(&[["keep_attention", "keep_feed_forward"]]),
            None => w,
        })
    })
    .mistake("one-keep-mask-for-both", |x| {
        let w = Weights::from(x);
        KERAS.run(&match w.get("keep_attention") {
            Some(keep) => w.with("keep_feed_forward", keep.shallow_clone()),
            None => w,
        })
    })
    .mistake("no-first-dropout", |x| {
        KERAS.run(&Weights::from(x).without("keep_attention"))
    })
    .mistake("no-second-dropout", |x| {
        KERAS.run(&Weights::from(x).without("keep_feed_forward"))
    })
    .mistake("one-norm-for-both", |x| KERAS.run(&one_norm(x, 1)))
    .mistake(
        "no-first-residual",
        by(Steps {
            after_attention: |w, _, a| keras_norm(w, 1, a),
            ..KERAS
        }),
    )
    .mistake(
        "no-second-residual",
        by(Steps {
            output: |w, _, _, f| keras_norm(w, 2, f),
            ..KERAS
        }),
    )
}

/// The Keras block with a factor other than 1/(1 − rate) for the entries that dropout keeps.
fn dropping(factor: fn(f64) -> f64) -> impl Fn(&Inputs) -> Block {
    move |x| {
        let w = Weights::from(x);
        if w.get("rate").is_none() {
            return KERAS.run(&w);
        }
        let instead = factor(rate(&w)) * (1.0 - rate(&w));
        let masks = ["keep_attention", "keep_feed_forward"];
        KERAS.run(
            &masks
                .iter()
                .fold(w.part(""), |all, name| all.with(name, &w[*name] * instead)),
        )
    }
}
