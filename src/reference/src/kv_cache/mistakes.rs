//! The wrong ways of keeping and using a cache.

mod of_generate;
mod of_read;

use tch::Tensor;

use super::cases::{NO_PAST, SQUARE};
use super::{append, attend, attended};
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
    let masked = |mask: fn(i64, i64) -> Tensor| {
        move |x: &Inputs| {
            let mask = mask(x["queries"].size()[1], x["keys"].size()[1]);
            attend(x, Some(&mask))
        }
    };
    task.mistake("causal-mask-forgotten", masked(everything))
        .mistake(
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
        .mistake("first-head-for-all", |x| {
            let first = |name: &str| x[name].narrow(0, 0, 1).expand_as(&x[name]);
            attended([&first("queries"), &first("keys"), &first("values")], None)
        })
}
