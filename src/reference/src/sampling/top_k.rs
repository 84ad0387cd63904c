//! The task `top_k`.

use tch::{Kind, Tensor};

use super::{
    first, keep, logits, of_removed, random_logits, ranking, ranking_of_later_equals,
    tokens_in_another_order,
};
use crate::inputs::Inputs;
use crate::task::Task;

pub(super) fn task() -> Task {
    let task = Task::new("top_k", right).output("logits", ["token"]);
    mistakes(cases(task)).property(tokens_in_another_order())
}

fn right(x: &Inputs) -> Tensor {
    keep_first(x, x.size("k"))
}

/// The logits of the first `k` tokens of the ranking.
fn keep_first(x: &Inputs, k: i64) -> Tensor {
    keep(&x["logits"], &first(&ranking(&x["logits"]), k))
}

fn cases(task: Task) -> Task {
    const MINUS_INFINITY: f32 = f32::NEG_INFINITY;
    let of = |inputs: Inputs, k: i64| inputs.with("k", k);
    task.case("plain", "4 of 9 logits", move |random| {
        of(random_logits(random, 9, &[]), 4)
    })
    .case(
        "equals",
        "3 of 6; three tokens have the second largest logit, and two of them stay",
        move |_| of(logits([1.0, 2.5, 1.0, -0.5, 1.0, 0.25]), 3),
    )
    .case(
        "equal-largest",
        "2 of 6; four tokens have the largest logit",
        move |_| of(logits([0.5, 2.0, 2.0, 2.0, -1.0, 2.0]), 2),
    )
    .case(
        "negative",
        "2 of 5, where all logits are negative: 0 would be the largest",
        move |random| {
            let logits = -random.uniform(&[5], 0.5, 4.0);
            of(Inputs::default().with("logits", logits), 2)
        },
    )
    .case("one", "only the largest of 8", move |random| {
        of(random_logits(random, 8, &[]), 1)
    })
    .case("all", "as many as there are: all stay", move |random| {
        of(random_logits(random, 5, &[]), 5)
    })
    .case("more", "more than there are: all stay", move |random| {
        of(random_logits(random, 6, &[]), 50)
    })
    .case(
        "removed",
        "3 of 7 logits are −∞; 5 may stay, so all finite ones do",
        move |_| {
            of(
                logits([
                    MINUS_INFINITY,
                    0.75,
                    -1.5,
                    MINUS_INFINITY,
                    2.25,
                    MINUS_INFINITY,
                    0.5,
                ]),
                5,
            )
        },
    )
    .case("one-token", "a vocabulary of one token", move |_| {
        of(logits([-1.5]), 1)
    })
}

fn mistakes(task: Task) -> Task {
    let task = task
        .mistake("all-of-the-equals", |x| {
            let logits = &x["logits"];
            logits.masked_fill(&logits.less_tensor(&smallest_kept(x)), super::REMOVED)
        })
        .mistake("equals-removed", |x| {
            let logits = &x["logits"];
            logits.masked_fill(&logits.less_equal_tensor(&smallest_kept(x)), super::REMOVED)
        })
        .mistake("last-of-equals", |x| {
            let logits = &x["logits"];
            keep(
                logits,
                &first(&ranking_of_later_equals(logits), x.size("k")),
            )
        })
        .mistake("one-token-too-many", |x| keep_first(x, x.size("k") + 1))
        .mistake("one-token-too-few", |x| keep_first(x, x.size("k") - 1))
        .mistake("smallest-kept", |x| {
            let logits = &x["logits"];
            keep(
                logits,
                &first(&(-logits).sort_stable(true, 0, true).1, x.size("k")),
            )
        })
        .mistake("first-positions-kept", |x| {
            let logits = &x["logits"];
            let positions = Tensor::arange(logits.size()[0], (Kind::Int64, logits.device()));
            keep(logits, &first(&positions, x.size("k")))
        })
        .mistake("k-removed", |x| {
            let vocabulary = x["logits"].size()[0];
            keep_first(x, (vocabulary - x.size("k")).max(0))
        })
        .mistake("ranking-returned", |x| {
            let logits = &x["logits"];
            right(x).index_select(0, &ranking(logits))
        })
        .mistake("probabilities-returned", |x| {
            right(x).softmax(0, Kind::Float)
        });
    of_removed(task, right)
}

/// The smallest logit that stays: the `k`-th largest.
fn smallest_kept(x: &Inputs) -> Tensor {
    let logits = &x["logits"];
    let kept = first(&ranking(logits), x.size("k"));
    logits.index_select(0, &kept).min()
}
