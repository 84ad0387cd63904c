//! The mistakes in the step of a head.

use tch::{Kind, Tensor};

use super::{Batch, named, over};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// The cases that tell all mistakes apart, but for those that say where they show.
const TELLING: &[&str] = &["plain", "square"];

pub(super) fn add(task: Task) -> Task {
    of_gradients(of_scores(of_softmax(of_means(task)))).others_only_in(TELLING)
}

/// Mistakes with the mean over the examples.
fn of_means(task: Task) -> Task {
    task.mistake(
        "sum-instead-of-mean",
        wrong(|x| x.right().map(|tensor| tensor * x.examples())),
    )
    .form(
        "sum-instead-of-mean",
        "gradients-of-the-sum",
        wrong(|x| {
            let [loss, dw, db] = x.right();
            [loss, dw * x.examples(), db * x.examples()]
        }),
    )
    .mistake(
        "averaged-over-positions",
        wrong(|x| {
            let [loss, dw, db] = x.right();
            [loss, dw / x.examples(), db / x.examples()]
        }),
    )
    .form(
        "averaged-over-positions",
        "weights-averaged",
        wrong(|x| {
            let [loss, dw, db] = x.right();
            [loss, dw / x.examples(), db]
        }),
    )
    .form(
        "averaged-over-positions",
        "bias-averaged",
        wrong(|x| {
            let [loss, dw, db] = x.right();
            [loss, dw, db / x.examples()]
        }),
    )
    .mistake(
        "averaged-over-classes",
        wrong(|x| x.right().map(|tensor| tensor / x.classes())),
    )
    .form(
        "averaged-over-classes",
        "only-the-loss-averaged-over-classes",
        wrong(|x| {
            let [loss, dw, db] = x.right();
            [loss / x.classes(), dw, db]
        }),
    )
}

/// Mistakes with the softmax.
fn of_softmax(task: Task) -> Task {
    task.mistake(
        "softmax-twice",
        wrong(|x| {
            let p = x.p();
            let [dw, db] = x.gradients(&x.dlogits(&softmax(&p, 1)));
            [x.loss_of(&p), dw, db]
        }),
    )
    .form(
        "softmax-twice",
        "softmax-twice-in-the-loss",
        wrong(|x| {
            let [_, dw, db] = x.right();
            [x.loss_of(&x.p()), dw, db]
        }),
    )
    .mistake(
        "softmax-over-batch",
        wrong(|x| {
            let p = softmax(&x.logits(), 0);
            let [dw, db] = x.gradients(&x.dlogits(&p));
            [x.mean_cost(&p.log()), dw, db]
        }),
    )
    .mistake(
        "no-maximum",
        wrong(|x| {
            let exponentials = x.logits().exp();
            let sums = exponentials.sum_dim_intlist(1, true, None::<Kind>);
            let p = exponentials / sums;
            let [dw, db] = x.gradients(&x.dlogits(&p));
            [x.mean_cost(&p.log()), dw, db]
        }),
    )
    .only_in(["large-logits"])
}

/// Mistakes in what goes into the softmax, and in what is done with its result.
fn of_scores(task: Task) -> Task {
    task.mistake(
        "bias-forgotten",
        wrong(|x| {
            let without = Batch {
                bias: x.bias.zeros_like(),
                ..x.clone()
            };
            without.right()
        }),
    )
    .mistake(
        "log-forgotten",
        wrong(|x| {
            let [_, dw, db] = x.right();
            [x.mean_cost(&x.p()), dw, db]
        }),
    )
}

/// Mistakes on the way back.
fn of_gradients(task: Task) -> Task {
    task.mistake(
        "gradient-of-the-vectors",
        wrong(|x| {
            let [loss, _, db] = x.right();
            [loss, x.dlogits(&x.p()).matmul(&x.weight), db]
        }),
    )
    .mistake(
        "gradient-transposed",
        wrong(|x| {
            let [loss, dw, db] = x.right();
            [loss, dw.tr(), db]
        }),
    )
    .mistake(
        "summed-over-features",
        wrong(|x| {
            let [loss, dw, _] = x.right();
            [loss, dw, over(1, &x.dlogits(&x.p()))]
        }),
    )
    .mistake(
        "target-forgotten",
        wrong(|x| {
            let [dw, db] = x.gradients(&(x.p() / x.examples()));
            [x.loss(), dw, db]
        }),
    )
    .mistake(
        "result-negated",
        wrong(|x| {
            let [loss, dw, db] = x.right();
            [loss, dw.neg(), db.neg()]
        }),
    )
}

impl Batch {
    fn right(&self) -> [Tensor; 3] {
        let [dw, db] = self.gradients(&self.dlogits(&self.p()));
        [self.loss(), dw, db]
    }
}

impl Clone for Batch {
    fn clone(&self) -> Self {
        Self {
            vectors: self.vectors.shallow_clone(),
            weight: self.weight.shallow_clone(),
            bias: self.bias.shallow_clone(),
            labels: self.labels.shallow_clone(),
        }
    }
}

fn softmax(logits: &Tensor, axis: i64) -> Tensor {
    logits.softmax(axis, logits.kind())
}

fn wrong(outputs: impl Fn(&Batch) -> [Tensor; 3]) -> impl Fn(&Inputs) -> Outputs {
    move |x| named(outputs(&Batch::of(x)))
}
