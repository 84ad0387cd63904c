//! The mistakes of `next_token_pairs`.

use tch::{Kind, Tensor};

use super::{APART, SEVERAL_APART, columns, cut, pairs, windows};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes.
pub(super) fn of_pairs(task: Task) -> Task {
    of_numbers_of_windows(of_last_targets(of_steps(of_shifts(task))))
}

/// Targets in the wrong place.
fn of_shifts(task: Task) -> Task {
    task.mistake("targets-not-shifted", |x| {
        columns(&windows(x), [0, 0], x.size("context"))
    })
    .form("targets-not-shifted", "inputs-as-targets", |x| {
        columns(&inputs_alone(x), [0, 0], x.size("context"))
    })
    .mistake("shifted-the-wrong-way", |x| {
        columns(&windows(x), [1, 0], x.size("context"))
    })
    .mistake("shifted-twice", |x| {
        let context = x.size("context");
        columns(
            &cut(&x["tokens"], context + 2, x.size("stride")),
            [0, 2],
            context,
        )
    })
    .mistake("a-window-ahead", |x| {
        let context = x.size("context");
        columns(
            &cut(&x["tokens"], 2 * context, x.size("stride")),
            [0, context],
            context,
        )
    })
    .mistake("one-target-per-window", |x| {
        let (windows, context) = (windows(x), x.size("context"));
        let inputs = windows.narrow(1, 0, context);
        let last = windows.narrow(1, context, 1);
        let targets = last.expand_as(&inputs);
        pairs(inputs, targets)
    })
}

/// Windows that begin in the wrong places, or have the wrong size.
fn of_steps(task: Task) -> Task {
    let stepping = |step: fn(&Inputs) -> i64| {
        move |x: &Inputs| {
            let context = x.size("context");
            columns(&cut(&x["tokens"], context + 1, step(x)), [0, 1], context)
        }
    };
    task.mistake(
        "token-lost-between-windows",
        stepping(|x| x.size("stride") + 1),
    )
    .form(
        "token-lost-between-windows",
        "chunks-of-context-and-one",
        stepping(|x| x.size("context") + 1),
    )
    .mistake("windows-overlap-by-one", stepping(|x| x.size("stride") - 1))
    .only_in(SEVERAL_APART)
    .mistake("stride-ignored", stepping(|x| x.size("context")))
    .form("stride-ignored", "every-token", stepping(|_| 1))
    .mistake("context-and-stride-swapped", |x| {
        let (context, stride) = (x.size("stride"), x.size("context"));
        columns(&cut(&x["tokens"], context + 1, stride), [0, 1], context)
    })
    .mistake("windows-too-short", |x| {
        columns(&inputs_alone(x), [0, 1], x.size("context") - 1)
    })
    .mistake("down-the-columns", |x| {
        let (count, context) = (windows(x).size()[0], x.size("context"));
        let columns = |first: i64| {
            let part = x["tokens"].narrow(0, first, count * context);
            part.view([context, count]).tr()
        };
        pairs(columns(0), columns(1))
    })
    .only_in(APART)
}

/// Last targets that are not in the text, or not there.
fn of_last_targets(task: Task) -> Task {
    let followed_by = |last: fn(&Tensor) -> Tensor| {
        move |x: &Inputs| {
            let (text, context) = (&x["tokens"], x.size("context"));
            let longer = Tensor::cat(&[text, &last(text)], 0);
            columns(
                &cut(&longer, context + 1, x.size("stride")),
                [0, 1],
                context,
            )
        }
    };
    task.mistake("target-made-up", followed_by(zero))
        .form(
            "target-made-up",
            "first-token-as-target",
            followed_by(|text| text.slice(0, 0, 1, 1)),
        )
        .form("target-made-up", "rolled-in-the-window", |x| {
            rolled(&windows(x).narrow(1, 0, x.size("context")), -1)
        })
        .form("target-made-up", "rolled-in-every-window", |x| {
            rolled(&inputs_alone(x), -1)
        })
}

/// A window too many at the end of the text, or one too few.
fn of_numbers_of_windows(task: Task) -> Task {
    task.mistake("remainder-padded", |x| {
        let (context, stride) = (x.size("context"), x.size("stride"));
        let text = &x["tokens"];
        // A window for every start that has at least one target.
        let starts = (text.size()[0] - 1 + stride - 1) / stride;
        let missing = (starts - 1) * stride + context + 1 - text.size()[0];
        let zeros = Tensor::zeros([missing.max(0)], (Kind::Int64, text.device()));
        let padded = Tensor::cat(&[text, &zeros], 0);
        let windows = cut(&padded, context + 1, stride);
        columns(&windows.narrow(0, 0, starts.max(0)), [0, 1], context)
    })
    .mistake("last-window-moved-back", |x| {
        let (windows, context) = (windows(x), x.size("context"));
        let all = cut(&x["tokens"], context + 1, 1);
        let last = all.slice(0, -1, None, 1);
        let used = (windows.size()[0] - 1) * x.size("stride") + context + 1;
        let windows = if used < x["tokens"].size()[0] {
            Tensor::cat(&[&windows, &last], 0)
        } else {
            windows
        };
        columns(&windows, [0, 1], context)
    })
    .mistake("last-window-lost", |x| {
        let (context, length) = (x.size("context"), x["tokens"].size()[0]);
        let text = x["tokens"].narrow(0, 0, (length - 1).max(0));
        columns(&cut(&text, context + 1, x.size("stride")), [0, 1], context)
    })
    .form("last-window-lost", "always-one-fewer", |x| {
        let windows = windows(x);
        let fewer = (windows.size()[0] - 1).max(0);
        columns(&windows.narrow(0, 0, fewer), [0, 1], x.size("context"))
    })
    .form("last-window-lost", "count-rounded-down", |x| {
        let (windows, context) = (windows(x), x.size("context"));
        let count = (x["tokens"].size()[0] - context) / x.size("stride");
        let count = count.clamp(0, windows.size()[0]);
        columns(&windows.narrow(0, 0, count), [0, 1], context)
    })
}

/// The windows that have all of their inputs, whether or not there is a last target: (windows, context).
fn inputs_alone(x: &Inputs) -> Tensor {
    cut(&x["tokens"], x.size("context"), x.size("stride"))
}

/// Inputs, and as targets the same moved by so many places, around the end of each window.
fn rolled(inputs: &Tensor, places: i64) -> Outputs {
    pairs(inputs.copy(), inputs.roll(places, 1))
}

fn zero(text: &Tensor) -> Tensor {
    Tensor::zeros([1], (Kind::Int64, text.device()))
}
