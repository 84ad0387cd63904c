//! The task `next_token_pairs`.

mod mistakes;

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The axes of inputs and of targets.
const AXES: [&str; 2] = ["window", "position"];

/// The ids of the texts are below this.
const VOCABULARY: i64 = 60;

/// The cases in which no window has tokens of another one.
const APART: [&str; 4] = ["by-hand", "remainder", "last-target-missing", "gaps"];

/// The cases in which windows begin more than one token apart.
const SEVERAL_APART: [&str; 8] = [
    "by-hand",
    "remainder",
    "last-target-missing",
    "overlapping",
    "gaps",
    "exactly-one",
    "too-short",
    "empty",
];

pub(super) fn task() -> Task {
    let task = Task::new("next_token_pairs", |x| {
        columns(&windows(x), [0, 1], x.size("context"))
    })
    .ids("inputs", AXES)
    .ids("targets", AXES);
    mistakes::of_pairs(cases(task))
        .property(
            Property::new(
                "a-longer-text",
                "a text that is twice as long begins with the same windows",
            )
            .in_case("remainder")
            .double(["tokens"], 0)
            .expect_same_before(["inputs", "targets"], 0, 2),
        )
        .property(
            Property::new(
                "later-tokens-do-not-matter",
                "different tokens from token 8 on change nothing in the first two windows",
            )
            .in_case("overlapping")
            .disturb(["tokens"], 0, 8)
            .expect_same_before(["inputs", "targets"], 0, 2),
        )
}

/// The windows of a text, each with its last target: (windows, context + 1).
fn windows(x: &Inputs) -> Tensor {
    cut(&x["tokens"], x.size("context") + 1, x.size("stride"))
}

/// Cuts so many tokens out of a text, beginning at every `step`-th token: (windows, size).
fn cut(text: &Tensor, size: i64, step: i64) -> Tensor {
    if text.size()[0] < size {
        return Tensor::zeros([0, size], (Kind::Int64, text.device()));
    }
    text.unfold(0, size, step)
}

/// Takes as inputs and as targets so many columns of windows, each from one column on.
fn columns(windows: &Tensor, [inputs, targets]: [i64; 2], count: i64) -> Outputs {
    let from = |first| windows.narrow(1, first, count);
    pairs(from(inputs), from(targets))
}

fn pairs(inputs: Tensor, targets: Tensor) -> Outputs {
    [("inputs", inputs), ("targets", targets)].into()
}

fn cases(task: Task) -> Task {
    task.case(
        "by-hand",
        "7 tokens in windows of 3: the first token is no target, and the last no input",
        |_| {
            let tokens = Tensor::from_slice(&[7_i64, 3, 9, 1, 4, 8, 2]);
            of_text(tokens, 3, 3)
        },
    )
    .case(
        "remainder",
        "14 tokens in windows of 5: two windows, and 3 tokens are left",
        |random| of_text(text(random, 14), 5, 5),
    )
    .case(
        "last-target-missing",
        "12 tokens in windows of 4: the third window would have no last target",
        |random| of_text(text(random, 12), 4, 4),
    )
    .case(
        "overlapping",
        "windows of 4 that begin 3 tokens apart: the last position of each is the first of the next",
        |random| of_text(text(random, 13), 4, 3),
    )
    .case(
        "gaps",
        "windows of 2 that begin 5 tokens apart: the tokens between them are left out",
        |random| of_text(text(random, 15), 2, 5),
    )
    .case(
        "one-position",
        "windows of one position: every token and the one after it",
        |random| of_text(text(random, 6), 1, 1),
    )
    .case(
        "exactly-one",
        "7 tokens make exactly one window of 6",
        |random| of_text(text(random, 7), 6, 4),
    )
    .case(
        "too-short",
        "4 tokens make no window of 4: its last position has no target",
        |random| of_text(text(random, 4), 4, 3),
    )
    .case("empty", "a text without tokens has no windows", |random| {
        of_text(text(random, 0), 3, 2)
    })
}

/// A text in which no token comes twice.
fn text(random: &Random, length: i64) -> Tensor {
    random.permutation(VOCABULARY).narrow(0, 0, length)
}

fn of_text(tokens: Tensor, context: i64, stride: i64) -> Inputs {
    Inputs::default()
        .with("tokens", tokens)
        .with("context", context)
        .with("stride", stride)
}
