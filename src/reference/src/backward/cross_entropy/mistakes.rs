//! The mistakes in the gradient of softmax and cross-entropy.

use tch::{Kind, Tensor};

use super::Targets;
use crate::inputs::Inputs;
use crate::task::Task;

/// The cases in which the ignored id is a token.
const IGNORED_IS_A_TOKEN: [&str; 2] = ["plain", "smoothing"];

/// The small number that is added to probabilities so that nothing is divided by 0. Which one it is does not show.
const ADDED: f64 = 1e-9;

/// Adds mistakes in the softmax and its derivative.
pub(super) fn of_softmax(task: Task) -> Task {
    task.mistake(
        "diagonal-jacobian",
        wrong(|x| x.mean_of(x.q().neg() * (1.0 - x.p()))),
    )
    .form(
        "diagonal-jacobian",
        "only-the-target",
        wrong(|x| x.right() * x.one_hot()),
    )
    .mistake(
        "gradient-of-probabilities",
        wrong(|x| x.mean_of(x.q().neg() / x.p())),
    )
    .mistake(
        "through-the-probabilities",
        wrong(|x| x.mean_of(x.through_softmax(x.q().neg() / x.p()))),
    )
    .form(
        "through-the-probabilities",
        "through-the-probability-of-the-target",
        wrong(|x| {
            let slopes = x.q().neg() / x.p();
            let none = Tensor::from(0_f32);
            x.mean_of(x.through_softmax(slopes.where_self(&x.q().greater(0.0), &none)))
        }),
    )
    .form(
        "through-the-probabilities",
        "through-the-probabilities-with-epsilon",
        wrong(|x| x.mean_of(x.through_softmax(x.q().neg() / (x.p() + ADDED)))),
    )
    .mistake("softmax-forgotten", wrong(|x| x.mean_of(&x.logits - x.q())))
    .mistake(
        "softmax-twice",
        wrong(|x| x.mean_of(softmax(&x.p(), 2) - x.q())),
    )
    .mistake(
        "softmax-over-positions",
        wrong(|x| x.mean_of(softmax(&x.logits, 1) - x.q())),
    )
    .mistake(
        "no-maximum",
        wrong(|x| {
            let exponentials = x.logits.exp();
            let p = &exponentials / exponentials.sum_dim_intlist(2, true, Kind::Float);
            x.mean_of(p - x.q())
        }),
    )
}

/// Adds mistakes in the mean, and with the positions that do not count.
pub(super) fn of_means(task: Task) -> Task {
    task.mistake(
        "sum-instead-of-mean",
        wrong(|x| x.right() * x.targets.counted()),
    )
    .mistake(
        "mean-over-all",
        wrong(|x| x.sum_of(x.p() - x.q()) / x.positions()),
    )
    .mistake("mean-of-means", wrong(Batch::mean_of_means))
    .mistake(
        "divided-by-sequences",
        wrong(|x| x.sum_of(x.p() - x.q()) / x.logits.size()[0] as f64),
    )
    .mistake(
        "nan-if-nothing-counts",
        wrong(|x| x.right() * (x.targets.counted() / x.targets.counted())),
    )
    .mistake(
        "ignored-counted",
        wrong(|x| (x.p() - x.q_of_tokens()) * x.dloss / x.targets.counted()),
    )
    .form(
        "ignored-counted",
        "ignored-counted-in-the-mean",
        wrong(|x| (x.p() - x.q_of_tokens()) * x.dloss / x.positions()),
    )
    .form(
        "ignored-counted",
        "ignored-like-every-target",
        wrong(|x| (x.p() - x.q_of_all()) * x.dloss / x.positions()),
    )
    .only_in(IGNORED_IS_A_TOKEN)
    .form(
        "ignored-counted",
        "ignored-like-every-target-but-in-the-mean",
        wrong(|x| (x.p() - x.q_of_all()) * x.dloss / x.targets.counted()),
    )
    .only_in(IGNORED_IS_A_TOKEN)
    .mistake("dloss-ignored", wrong(|x| x.right() / x.dloss))
}

/// Adds mistakes with the targets.
pub(super) fn of_targets(task: Task) -> Task {
    task.mistake("target-forgotten", wrong(|x| x.mean_of(x.p())))
        .mistake(
            "one-subtracted-everywhere",
            wrong(|x| x.mean_of(x.p() - 1.0)),
        )
        .mistake("result-negated", wrong(|x| x.right().neg()))
        .mistake(
            "smoothing-forgotten",
            wrong(|x| x.mean_of(x.p() - x.one_hot())),
        )
        .mistake(
            "smoothing-over-others",
            wrong(|x| {
                let others = x.smoothing() / (x.tokens() - 1.0);
                let q = x.one_hot() * (1.0 - x.smoothing() - others) + others;
                x.mean_of(x.p() - q)
            }),
        )
        .mistake(
            "smoothing-lost",
            wrong(|x| x.mean_of(x.p() - x.one_hot() * (1.0 - x.smoothing()))),
        )
        .form(
            "smoothing-lost",
            "smoothing-not-for-the-target",
            wrong(|x| {
                let others = x.smoothing() / x.tokens();
                let q = x.one_hot() * (1.0 - x.smoothing() - others) + others;
                x.mean_of(x.p() - q)
            }),
        )
}

/// The inputs of a case.
struct Batch {
    logits: Tensor,
    targets: Targets,
    dloss: f64,
}

impl Batch {
    fn right(&self) -> Tensor {
        self.targets.formula(&self.logits, self.dloss)
    }

    fn p(&self) -> Tensor {
        softmax(&self.logits, 2)
    }

    fn one_hot(&self) -> Tensor {
        self.targets.one_hot(self.logits.size()[2])
    }

    fn q(&self) -> Tensor {
        self.one_hot() * (1.0 - self.smoothing()) + self.smoothing() / self.tokens()
    }

    /// q where a position counts, and elsewhere 0: nothing is subtracted from p there.
    fn q_of_tokens(&self) -> Tensor {
        self.q() * self.targets.counts()
    }

    /// q as if all targets counted. All of them have to be tokens.
    fn q_of_all(&self) -> Tensor {
        let one_hot = self.targets.ids.one_hot(self.logits.size()[2]);
        one_hot.to_kind(Kind::Double) * (1.0 - self.smoothing()) + self.smoothing() / self.tokens()
    }

    /// The gradients of the logits, if those of the probabilities are these.
    fn through_softmax(&self, slopes: Tensor) -> Tensor {
        let p = self.p();
        let along = (&p * &slopes).sum_dim_intlist(2, true, None::<Kind>);
        p * (slopes - along)
    }

    fn smoothing(&self) -> f64 {
        self.targets.smoothing
    }

    fn tokens(&self) -> f64 {
        self.logits.size()[2] as f64
    }

    /// The number of all positions.
    fn positions(&self) -> f64 {
        (self.logits.size()[0] * self.logits.size()[1]) as f64
    }

    /// Gradients of single positions, times dloss, and 0 where a position does not count.
    fn sum_of(&self, gradients: Tensor) -> Tensor {
        let counts = self.targets.counts().greater(0.0);
        gradients.where_self(&counts, &Tensor::from(0_f32)) * self.dloss
    }

    /// These divided by the number of positions that count.
    fn mean_of(&self, gradients: Tensor) -> Tensor {
        self.sum_of(gradients) / self.targets.counted().max(1.0)
    }

    /// Each sequence has the same share of the loss, however many of its positions count.
    fn mean_of_means(&self) -> Tensor {
        let counts = self.targets.counts();
        let in_sequence = counts.sum_dim_intlist(1, true, Kind::Double).clamp_min(1.0);
        self.sum_of(self.p() - self.q()) / in_sequence / counts.size()[0] as f64
    }
}

fn softmax(logits: &Tensor, axis: i64) -> Tensor {
    logits.softmax(axis, Kind::Float)
}

fn wrong(gradient: impl Fn(&Batch) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| {
        gradient(&Batch {
            logits: x["logits"].shallow_clone(),
            targets: Targets::from(x),
            dloss: x.number("dloss"),
        })
    }
}
