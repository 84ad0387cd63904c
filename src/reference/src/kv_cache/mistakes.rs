//! The wrong ways of keeping and using a cache.

mod of_generate;
mod of_read;

use tch::Tensor;

use super::cases::{FIRST, NO_PAST, SQUARE};
use super::{Attended, append, attend, attended};
use crate::attention_weights::Attention;
use crate::inputs::Inputs;
use crate::masks::kernel::{causal, everything};
use crate::task::Task;

pub(super) use of_generate::of_generate;
pub(super) use of_read::of_read;

/// Adds the mistakes of `append`.
pub(super) fn of_append(task: Task) -> Task {
    task.mistake("new-in-front", |x| append(&x["new"], &x["past"]))
        .mistake("past-forgotten", |x| x["new"].copy())
        .mistake("new-forgotten", |x| x["past"].copy())
        .mistake("only-one-appended", |x| {
            append(&x["past"], &x["new"].narrow(1, 0, 1))
        })
        .mistake("appended-as-heads", |x| {
            Tensor::cat(&[&x["past"], &x["new"]], 0)
        })
        .only_in(SQUARE)
        .mistake("appended-as-features", |x| {
            Tensor::cat(&[&x["past"], &x["new"]], 2)
        })
        .only_in(SQUARE)
        .mistake("appended-in-memory", |x| {
            let (past, new) = (&x["past"], &x["new"]);
            let all = Tensor::cat(&[past.reshape([-1]), new.reshape([-1])], 0);
            all.reshape([past.size()[0], -1, past.size()[2]])
        })
        .mistake("oldest-dropped", |x| {
            let all = append(&x["past"], &x["new"]);
            let past = x["past"].size()[1];
            all.narrow(1, all.size()[1] - past, past)
        })
        .only_in(["plain", "square"])
}

/// Adds the mistakes of `attend`.
pub(super) fn of_attend(task: Task) -> Task {
    heads(masks_of_the_future(masks_of_the_past(task)))
}

/// Attention under a mask that is made from the numbers of queries and keys.
fn masked(mask: fn(i64, i64) -> Tensor) -> impl Fn(&Inputs) -> Attended {
    move |x| {
        let mask = mask(x["queries"].size()[1], x["keys"].size()[1]);
        attend(x, Some(&mask))
    }
}

/// Adds masks that do not take the past as it is.
fn masks_of_the_past(task: Task) -> Task {
    task.mistake(
        "past-ignored",
        masked(|new, length| everything(new, length).tril(0)),
    )
    .mistake(
        "past-on-the-wrong-side",
        masked(|new, length| everything(new, length).tril(new - length)),
    )
    .mistake(
        "past-blocked",
        masked(|new, length| causal(new, length).triu(length - new)),
    )
    .mistake(
        "past-alone",
        masked(|new, length| everything(new, length).tril(length - new - 1)),
    )
    .form(
        "past-alone",
        "nothing-new",
        masked(|new, length| {
            let past = everything(1, length).tril(length - new - 1);
            past.expand([new, length], false)
        }),
    )
    .only_in(FIRST)
}

/// Adds masks that are not causal for the new positions.
fn masks_of_the_future(task: Task) -> Task {
    task.mistake("causal-mask-forgotten", masked(everything))
        .mistake(
            "causal-mask-sees-the-next",
            masked(|new, length| everything(new, length).tril(length - new + 1)),
        )
        .mistake(
            "causal-mask-negated",
            masked(|new, length| causal(new, length).logical_not()),
        )
        .mistake(
            "causal-mask-inverted",
            masked(|new, length| everything(new, length).triu(0)),
        )
        .only_in(NO_PAST)
        .mistake(
            "only-the-newest-key",
            masked(|new, length| everything(new, length).triu(length - 1)),
        )
        .mistake(
            "causal-mask-only-without-a-past",
            masked(|new, length| {
                if new == length {
                    causal(new, length)
                } else {
                    everything(new, length)
                }
            }),
        )
}

/// Adds what goes wrong with the right mask: in the scores, and between the heads.
fn heads(task: Task) -> Task {
    task.mistake("scaled-by-d-k", |x| {
        let head_dim = x["queries"].size()[2] as f64;
        let queries = &x["queries"] / head_dim.sqrt();
        attended([&queries, &x["keys"], &x["values"]], None)
    })
    .only_in(FIRST)
    .mistake("first-head-for-all", |x| {
        let first = first_head(x);
        attended([&first("queries"), &first("keys"), &first("values")], None)
    })
    .only_in(FIRST)
    .form("first-head-for-all", "first-keys-and-values-for-all", |x| {
        let first = first_head(x);
        attended([&x["queries"], &first("keys"), &first("values")], None)
    })
    .only_in(FIRST)
    .mistake("only-the-first-head", |x| {
        let Attended(Attention { weights, output }) = attend(x, None);
        Attended(Attention {
            weights: without_other_heads(&weights),
            output: without_other_heads(&output),
        })
    })
    .only_in(FIRST)
    .mistake("keys-as-values", |x| {
        attended([&x["queries"], &x["keys"], &x["keys"]], None)
    })
    .only_in(FIRST)
    .mistake("contexts-and-weights-swapped", |x| {
        let Attended(Attention { weights, output }) = attend(x, None);
        [("weights", output), ("contexts", weights)]
    })
    .only_in(FIRST)
}

/// Gives every head what the first has of an input.
fn first_head(x: &Inputs) -> impl Fn(&str) -> Tensor {
    |name| x[name].narrow(0, 0, 1).expand_as(&x[name])
}

/// The first head as it is, and zeros for the others.
fn without_other_heads(heads: &Tensor) -> Tensor {
    let first = heads.narrow(0, 0, 1);
    let others = heads.narrow(0, 1, heads.size()[0] - 1).zeros_like();
    Tensor::cat(&[first, others], 0)
}
