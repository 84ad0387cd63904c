//! The task `logits`: the last norm, and the matrix of the head.

use tch::{Kind, Tensor};

use super::cases::{self, SQUARE_HEADS, TIED, UNTIED};
use super::{EPSILON, is_true, norm};
use crate::inputs::Inputs;
use crate::layer_norm::kernel::rms_norm;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::sublayers::linear;
use crate::task::Task;

/// The norm with `gamma_f`, and the product with `matrix`, divided by √d_model where it is `tied`.
pub(super) fn logits(w: &Weights, x: &Tensor) -> Tensor {
    head(w, &norm(w, "gamma_f", x))
}

/// The part after the norm.
pub(super) fn head(w: &Weights, normed: &Tensor) -> Tensor {
    let logits = linear(normed, &w["matrix"]);
    if is_true(w, "tied") {
        logits / root(normed)
    } else {
        logits
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("logits", right).output("logits", ["batch element", "position", "token"]);
    mistakes(cases::of_logits(task))
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the positions moves their logits, and changes nothing else",
            )
            .in_case("tied")
            .rotate(["x"], 1)
            .expect_rotated(["logits"], 1),
        )
        .property(
            Property::new(
                "the-size-of-x-does-not-matter",
                "an x that is 8 times as large gives the same logits: the norm divides by its size",
            )
            .in_case("loud")
            .multiply(["x"], 8.0)
            .expect_same(["logits"]),
        )
}

fn mistakes(task: Task) -> Task {
    let by_norm = |norm: fn(&Weights, &Tensor) -> Tensor| {
        move |x: &Inputs| {
            let w = Weights::from(x);
            head(&w, &norm(&w, &x["x"]))
        }
    };
    let changed = |change: fn(&Inputs, Tensor) -> Tensor| move |x: &Inputs| change(x, right(x));
    task.mistake("not-scaled", changed(|x, logits| logits * root(&x["x"])))
        .only_in(TIED)
        .mistake(
            "scaled-where-untied",
            changed(|x, logits| logits / root(&x["x"])),
        )
        .only_in(UNTIED)
        .mistake(
            "scaled-by-d-model",
            changed(|x, logits| logits / root(&x["x"])),
        )
        .only_in(TIED)
        .mistake(
            "multiplied-by-root-d-model",
            changed(|x, logits| logits * root(&x["x"]) * root(&x["x"])),
        )
        .only_in(TIED)
        .mistake("no-last-norm", by_norm(|_, x| x.shallow_clone()))
        .mistake(
            "norm-with-the-mean",
            by_norm(|w, x| with_the_mean(x, &w["gamma_f"])),
        )
        .mistake(
            "gamma-forgotten",
            by_norm(|w, x| rms_norm(x, &w["gamma_f"].ones_like(), EPSILON)),
        )
        .mistake(
            "one-plus-gamma",
            by_norm(|w, x| rms_norm(x, &(&w["gamma_f"] + 1.0), EPSILON)),
        )
        .mistake(
            "epsilon-1e-5",
            by_norm(|w, x| rms_norm(x, &w["gamma_f"], 1e-5)),
        )
        .only_in(["quiet"])
        .mistake(
            "normed-twice",
            by_norm(|w, x| norm(w, "gamma_f", &norm(w, "gamma_f", x))),
        )
        .mistake("embedding-transposed", |x| {
            right(&x.clone().with("matrix", x["matrix"].tr()))
        })
        .only_in(SQUARE_HEADS)
        .mistake(
            "logits-as-probabilities",
            changed(|_, logits| logits.softmax(-1, Kind::Float)),
        )
        .mistake(
            "logits-as-log-probabilities",
            changed(|_, logits| logits.log_softmax(-1, Kind::Float)),
        )
        .mistake(
            "logits-of-the-last-position",
            changed(|_, logits| logits.narrow(1, -1, 1).expand_as(&logits)),
        )
        .others_only_in(&["tied", "untied"])
}

/// Layer norm without a β, in place of the RMS norm.
pub(super) fn with_the_mean(x: &Tensor, gamma: &Tensor) -> Tensor {
    x.layer_norm(gamma.size(), Some(gamma), None::<&Tensor>, EPSILON, false)
}

fn right(x: &Inputs) -> Tensor {
    logits(&Weights::from(x), &x["x"])
}

/// √d_model.
fn root(x: &Tensor) -> f64 {
    (x.size()[2] as f64).sqrt()
}
