//! The task `patches`.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// Patches, from the contexts and the number of values in a patch.
type Way = fn(&Tensor, i64) -> Tensor;

/// The contexts as patches, as it should be.
pub(super) fn cut(contexts: &Tensor, patch: i64) -> Tensor {
    in_rows(&newest(contexts, patch), patch)
}

pub(super) fn task() -> Task {
    let task = Task::new("patches", by(cut)).output("patches", ["window", "patch", "value"]);
    properties(mistakes(cases(task)))
}

/// The newest values that fill patches.
fn newest(contexts: &Tensor, patch: i64) -> Tensor {
    let context = contexts.size()[1];
    let kept = context - context % patch;
    contexts.narrow(1, context - kept, kept)
}

/// Values in rows of one patch each.
fn in_rows(values: &Tensor, patch: i64) -> Tensor {
    values.reshape([values.size()[0], -1, patch])
}

fn by(way: Way) -> impl Fn(&Inputs) -> Tensor {
    move |x| way(&x["contexts"], x.size("patch"))
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 contexts of 14 values, in patches of 3: the 2 oldest values are left out",
        |random| inputs(random.normal(&[2, 14]), 3),
    )
    .case(
        "no-rest",
        "3 contexts of 10 values, in patches of 5",
        |random| inputs(random.normal(&[3, 10]), 5),
    )
    .case(
        "one-patch",
        "2 contexts of 7 values, in patches of 4: only one fits, and 3 values are left out",
        |random| inputs(random.normal(&[2, 7]), 4),
    )
    .case(
        "single-values",
        "a context of 5 values, in patches of one",
        |random| inputs(random.normal(&[1, 5]), 1),
    )
}

fn inputs(contexts: Tensor, patch: i64) -> Inputs {
    Inputs::default()
        .with("contexts", contexts)
        .with("patch", patch)
}

fn mistakes(task: Task) -> Task {
    task.mistake(
        "newest-values-lost",
        by(|contexts, patch| {
            let context = contexts.size()[1];
            in_rows(&contexts.narrow(1, 0, context - context % patch), patch)
        }),
    )
    .mistake(
        "patches-overlap",
        by(|contexts, patch| overlapping(contexts, patch, (patch / 2).max(1))),
    )
    .form(
        "patches-overlap",
        "patch-at-every-value",
        by(|contexts, patch| overlapping(contexts, patch, 1)),
    )
    .mistake(
        "patches-reversed",
        by(|contexts, patch| cut(contexts, patch).flip([1])),
    )
    .form(
        "patches-reversed",
        "values-reversed",
        by(|contexts, patch| cut(contexts, patch).flip([2])),
    )
    .form(
        "patches-reversed",
        "time-reversed",
        by(|contexts, patch| cut(contexts, patch).flip([1, 2])),
    )
    .mistake(
        "interleaved",
        by(|contexts, patch| {
            let values = newest(contexts, patch);
            let rows = values.reshape([values.size()[0], patch, -1]);
            rows.transpose(1, 2)
        }),
    )
    .mistake(
        "padded",
        by(|contexts, patch| {
            let missing = (patch - contexts.size()[1] % patch) % patch;
            in_rows(&contexts.constant_pad_nd([missing, 0]), patch)
        }),
    )
    .form(
        "padded",
        "padded-at-the-end",
        by(|contexts, patch| {
            let missing = (patch - contexts.size()[1] % patch) % patch;
            in_rows(&contexts.constant_pad_nd([0, missing]), patch)
        }),
    )
}

/// Patches that begin so many values after each other; the last ends with the last value.
fn overlapping(contexts: &Tensor, patch: i64, step: i64) -> Tensor {
    let context = contexts.size()[1];
    let rest = (context - patch) % step;
    let patches = contexts.narrow(1, rest, context - rest);
    patches.unfold(1, patch, step)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "contexts-in-another-order",
            "moving the contexts moves their patches, and changes nothing else",
        )
        .in_case("no-rest")
        .rotate(["contexts"], 0)
        .expect_rotated(["patches"], 0),
    )
    .property(
        Property::new(
            "newer-values-are-in-later-patches",
            "different values from the last patch on change no patch before it",
        )
        .in_case("plain")
        .disturb(["contexts"], 1, 11)
        .expect_same_before(["patches"], 1, 3),
    )
}
