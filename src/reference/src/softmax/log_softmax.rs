//! The task `log_softmax`.

use tch::{Kind, Tensor};

use super::{
    ROWS, a_constant_does_not_matter, columns_in_another_order, kernel, logits_cases, of_logits,
    row_mean, rows_are_independent,
};
use crate::attention_weights::{row_max, row_sum};
use crate::task::Task;

pub(super) fn log_softmax() -> Task {
    let task =
        Task::new("log_softmax", of_logits(kernel::log_softmax)).output("logs", ["row", "column"]);
    logits_cases(task)
        .mistake("log-of-softmax", of_logits(|x| kernel::softmax(x).log()))
        .mistake(
            "epsilon-in-the-logarithm",
            of_logits(|x| (kernel::softmax(x) + 1e-9).log()),
        )
        .mistake("log-forgotten", of_logits(kernel::softmax))
        .mistake("no-maximum", of_logits(|x| less(x, &Tensor::from(0_f32))))
        .mistake("global-maximum", of_logits(|x| less(x, &x.max())))
        .mistake("not-the-maximum", of_logits(|x| less(x, &row_mean(x))))
        .mistake(
            "maximum-from-zero",
            of_logits(|x| less(x, &row_max(x).clamp_min(0.0))),
        )
        .mistake(
            "maximum-not-restored",
            of_logits(|x| x - row_sum(&(x - row_max(x)).exp()).log()),
        )
        .mistake(
            "maximum-subtracted-twice",
            of_logits(|x| kernel::log_softmax(x) - row_max(x)),
        )
        .mistake(
            "softmax-over-columns",
            of_logits(|x| x.log_softmax(ROWS, Kind::Float)),
        )
        .mistake(
            "normalised-over-everything",
            of_logits(|x| x - x.view(-1).logsumexp(0, false)),
        )
        .mistake(
            "sum-added",
            of_logits(|x| less_of_sum(x, |sum| sum.log().neg())),
        )
        .mistake(
            "sum-without-logarithm",
            of_logits(|x| less_of_sum(x, Tensor::shallow_clone)),
        )
        .mistake("log-base-2", of_logits(|x| less_of_sum(x, Tensor::log2)))
        .mistake("log-base-10", of_logits(|x| less_of_sum(x, Tensor::log10)))
        .mistake(
            "result-negated",
            of_logits(|x| kernel::log_softmax(x).neg()),
        )
        .property(a_constant_does_not_matter("plain", "logs"))
        .property(columns_in_another_order("logs"))
        .property(rows_are_independent("logs"))
}

/// (x − c) − ln Σ e^(x − c).
pub(super) fn less(logits: &Tensor, constant: &Tensor) -> Tensor {
    let x = logits - constant;
    &x - row_sum(&x.exp()).log()
}

/// (x − max) − f(Σ e^(x − max)), where f should be the logarithm.
fn less_of_sum(logits: &Tensor, f: impl Fn(&Tensor) -> Tensor) -> Tensor {
    let x = logits - row_max(logits);
    &x - f(&row_sum(&x.exp()))
}
