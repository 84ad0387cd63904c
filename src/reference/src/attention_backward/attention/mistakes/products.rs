//! The mistakes in products of matrices, and in what goes into them.

use tch::Tensor;

use super::super::cases::{AS_MANY_KEYS_AS_QUERIES, SQUARE};
use super::wrong;
use crate::attention_backward::steps::{Steps, sum_of_rows, transposed};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    let task = task
        .mistake(
            "weights-not-transposed",
            wrong(|x| {
                let [dq, dk, _] = x.gradients();
                [dq, dk, x.weights.matmul(&x.dy)]
            }),
        )
        .only_in(AS_MANY_KEYS_AS_QUERIES)
        .mistake(
            "scores-not-transposed",
            wrong(|x| {
                let [dq, _, dv] = x.gradients();
                [dq, x.dk_of(&transposed(&x.dscores())), dv]
            }),
        )
        .only_in(AS_MANY_KEYS_AS_QUERIES)
        .mistake(
            "dq-and-dk-swapped",
            wrong(|x| {
                let [dq, dk, dv] = x.gradients();
                [dk, dq, dv]
            }),
        )
        .only_in(AS_MANY_KEYS_AS_QUERIES);
    of_dy(of_dweights(of_operands(task)))
}

/// Adds the mistakes with dy, and with what adds up.
fn of_dy(task: Task) -> Task {
    task.mistake(
        "overwritten",
        wrong(|x| {
            let (last, queries) = (x.of_last_query(), x.q.size()[0]);
            let [dq, ..] = x.gradients();
            let dscores = x.dscores().narrow(0, queries - 1, 1);
            [dq, last.dk_of(&dscores), last.dv()]
        }),
    )
    .mistake(
        "dy-ignored",
        wrong(|x| x.with_dy(x.dy.ones_like()).gradients()),
    )
    .mistake(
        "result-negated",
        wrong(|x| x.gradients().map(|gradient| gradient.neg())),
    )
    .form(
        "result-negated",
        "dscores-negated",
        wrong(|x| x.gradients_of(&x.dscores().neg())),
    )
}

/// Adds the mistakes with the factors: the product of queries and keys has two gradients, each with the other in it.
fn of_operands(task: Task) -> Task {
    let dq_of_q = |x: &Steps| (x.dscores() * x.scale()).matmul(&x.q);
    let dk_of_k = |x: &Steps| transposed(&(x.dscores() * x.scale())).matmul(&x.k);
    task.mistake(
        "operands-swapped",
        wrong(move |x| [dq_of_q(x), dk_of_k(x), x.dv()]),
    )
    .only_in(AS_MANY_KEYS_AS_QUERIES)
    .form(
        "operands-swapped",
        "dq-from-q",
        wrong(move |x| {
            let [_, dk, dv] = x.gradients();
            [dq_of_q(x), dk, dv]
        }),
    )
    .only_in(AS_MANY_KEYS_AS_QUERIES)
    .form(
        "operands-swapped",
        "dk-from-k",
        wrong(move |x| {
            let [dq, _, dv] = x.gradients();
            [dq, dk_of_k(x), dv]
        }),
    )
    .only_in(AS_MANY_KEYS_AS_QUERIES)
}

/// Adds the mistakes with dP = dy Vᵀ.
fn of_dweights(task: Task) -> Task {
    task.mistake("values-not-transposed", by_dweights(|x| x.dy.matmul(&x.v)))
        .only_in(SQUARE)
        .mistake(
            "values-reshaped",
            by_dweights(|x| {
                let size = x.v.size();
                x.dy.matmul(&x.v.reshape([size[1], size[0]]))
            }),
        )
        // In a square, this is the mistake before it.
        .only_in(["plain", "square"])
        .mistake(
            "weights-gradient-transposed",
            by_dweights(|x| transposed(&x.dweights())),
        )
        .only_in(AS_MANY_KEYS_AS_QUERIES)
}

impl Steps {
    /// The last query alone.
    fn of_last_query(&self) -> Self {
        let last = |rows: &Tensor| rows.narrow(0, rows.size()[0] - 1, 1);
        Self {
            q: last(&self.q),
            mask: None,
            weights: last(&self.weights),
            dy: last(&self.dy),
            ..self.clone()
        }
    }

    /// The gradients, if dP is this.
    fn gradients_by(&self, dweights: &Tensor) -> [Tensor; 3] {
        let mean = sum_of_rows(&(dweights * &self.weights));
        self.gradients_of(&(&self.weights * (dweights - mean)))
    }
}

/// The gradients from a different dP.
fn by_dweights(dweights: impl Fn(&Steps) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    wrong(move |x| x.gradients_by(&dweights(x)))
}
