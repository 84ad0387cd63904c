//! The task `windows`.

use std::ops::Range;

use tch::Tensor;

use super::cases::series;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

const OUTPUTS: [&str; 2] = ["train", "test"];

/// The numbers of a case.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// The number of values of the series.
    values: i64,
    split: i64,
    context: i64,
    horizon: i64,
}

impl Sizes {
    fn of(x: &Inputs) -> Self {
        Self {
            values: x["series"].size()[0],
            split: x.size("split"),
            context: x.size("context"),
            horizon: x.size("horizon"),
        }
    }

    /// The number of values from the first of a context to the last of its target.
    fn length(&self) -> i64 {
        self.context + self.horizon
    }
}

/// A way of cutting windows.
#[derive(Clone, Copy)]
struct Way {
    /// The first values of the windows to learn from.
    train: fn(Sizes) -> Range<i64>,
    /// The first values of the windows to test on.
    test: fn(Sizes) -> Range<i64>,
    /// The distance from the first value of a context to that of its target.
    target: fn(Sizes) -> i64,
    /// The number of values from one window to the next.
    step: fn(Sizes) -> usize,
    /// `true` if the last window comes first.
    newest_first: bool,
}

/// The windows as they should be.
const RIGHT: Way = Way {
    train: |it| 0..it.split + 1 - it.length(),
    test: |it| it.split - it.context..it.values + 1 - it.length(),
    target: |it| it.context,
    step: |_| 1,
    newest_first: false,
};

impl Way {
    /// The windows of both kinds, each with its context and its target in one row.
    fn run(self, series: &Tensor, sizes: Sizes) -> [(&'static str, Tensor); 2] {
        let train = self.cut(series, sizes, (self.train)(sizes));
        let test = self.cut(series, sizes, (self.test)(sizes));
        [
            ("train", Tensor::cat(&train, 1)),
            ("test", Tensor::cat(&test, 1)),
        ]
    }

    /// Contexts and targets of the windows that begin at these values.
    fn cut(self, series: &Tensor, sizes: Sizes, starts: Range<i64>) -> [Tensor; 2] {
        let mut starts: Vec<i64> = starts.step_by((self.step)(sizes)).collect();
        if self.newest_first {
            starts.reverse();
        }
        let part = |from: i64, length: i64| {
            let windows: Vec<Tensor> = starts
                .iter()
                .map(|start| series.narrow(0, start + from, length))
                .collect();
            Tensor::stack(&windows, 0)
        };
        [
            part(0, sizes.context),
            part((self.target)(sizes), sizes.horizon),
        ]
    }
}

/// Contexts and targets of the windows of a case.
pub(super) struct Split {
    pub(super) train: [Tensor; 2],
    pub(super) test: [Tensor; 2],
}

/// The windows of this series, by the numbers of a case.
pub(super) fn of(x: &Inputs, series: &Tensor) -> Split {
    let sizes = Sizes::of(x);
    Split {
        train: RIGHT.cut(series, sizes, (RIGHT.train)(sizes)),
        test: RIGHT.cut(series, sizes, (RIGHT.test)(sizes)),
    }
}

fn by(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| way.run(&x["series"], Sizes::of(x)).into()
}

pub(super) fn task() -> Task {
    let task = Task::new("windows", by(RIGHT))
        .output("train", ["window", "value"])
        .output("test", ["window", "value"]);
    properties(of_targets(of_the_split(cases(task))))
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "23 values, of which 14 are the training part; of each window, values 0 to 3 are the context and 4 to 6 the target",
        |random| inputs(series(random, 23), 14, 4, 3),
    )
    .case(
        "long-horizon",
        "19 values, of which 9 are the training part; values 0 and 1 are the context, and 2 to 6 the target",
        |random| inputs(series(random, 19), 9, 2, 5),
    )
    .case(
        "one-ahead",
        "16 values, of which 9 are the training part; values 0 to 4 are the context, and value 5 is the target",
        |random| inputs(series(random, 16), 9, 5, 1),
    )
}

fn inputs(series: Tensor, split: i64, context: i64, horizon: i64) -> Inputs {
    Inputs::default()
        .with("series", series)
        .with("split", split)
        .with("context", context)
        .with("horizon", horizon)
}

fn of_the_split(task: Task) -> Task {
    let train = |train: fn(Sizes) -> Range<i64>| by(Way { train, ..RIGHT });
    let test = |test: fn(Sizes) -> Range<i64>| by(Way { test, ..RIGHT });
    task.mistake("across-the-split", train(|it| 0..it.split + 1 - it.context))
        .form(
            "across-the-split",
            "begun-before-the-split",
            train(|it| 0..it.split.min(it.values + 1 - it.length())),
        )
        .form(
            "across-the-split",
            "all-windows-to-learn-from",
            train(|it| 0..it.values + 1 - it.length()),
        )
        .mistake(
            "first-tests-lost",
            test(|it| it.split..it.values + 1 - it.length()),
        )
        .mistake(
            "known-targets-tested",
            test(|it| it.split + 1 - it.length()..it.values + 1 - it.length()),
        )
        .mistake(
            "last-window-lost",
            by(Way {
                train: |it| 0..it.split - it.length(),
                test: |it| it.split - it.context..it.values - it.length(),
                ..RIGHT
            }),
        )
        .form(
            "last-window-lost",
            "last-window-to-learn-from-lost",
            train(|it| 0..it.split - it.length()),
        )
        .only_in(["plain"])
        .form(
            "last-window-lost",
            "last-window-to-test-on-lost",
            test(|it| it.split - it.context..it.values - it.length()),
        )
        .only_in(["plain"])
        .mistake(
            "windows-apart",
            by(Way {
                step: |it| it.length() as usize,
                ..RIGHT
            }),
        )
        .form(
            "windows-apart",
            "windows-a-horizon-apart",
            by(Way {
                step: |it| it.horizon as usize,
                ..RIGHT
            }),
        )
        .form(
            "windows-apart",
            "windows-a-context-apart",
            by(Way {
                step: |it| it.context as usize,
                ..RIGHT
            }),
        )
        .mistake(
            "newest-first",
            by(Way {
                newest_first: true,
                ..RIGHT
            }),
        )
}

fn of_targets(task: Task) -> Task {
    task.mistake(
        "target-inside",
        by(Way {
            target: |it| it.context - it.horizon,
            ..RIGHT
        }),
    )
    .only_in(["plain", "one-ahead"])
    .form(
        "target-inside",
        "target-overlaps",
        by(Way {
            target: |it| it.context - 1,
            ..RIGHT
        }),
    )
    .mistake("target-too-late", later(|_| 1))
    .form(
        "target-too-late",
        "one-horizon-late",
        later(|it| it.horizon),
    )
    .only_in(["plain", "one-ahead"])
}

/// Targets that are so many values late, where these are still on the same side.
fn later(late: fn(Sizes) -> i64) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let sizes = Sizes::of(x);
        let late = late(sizes);
        let with_the_gap = Sizes {
            horizon: sizes.horizon + late,
            ..sizes
        };
        let windows = RIGHT.run(&x["series"], with_the_gap);
        let without_the_gap = windows.map(|(name, windows)| {
            let context = windows.narrow(1, 0, sizes.context);
            let target = windows.narrow(1, sizes.context + late, sizes.horizon);
            (name, Tensor::cat(&[context, target], 1))
        });
        without_the_gap.into()
    }
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "the-test-part-is-unknown",
            "different values from the split on change nothing in the windows to learn from",
        )
        .in_case("plain")
        .disturb(["series"], 0, 14)
        .expect_same(["train"]),
    )
    .property(
        Property::new(
            "windows-are-parts-of-the-series",
            "values that are twice as large give windows of values that are twice as large",
        )
        .in_case("long-horizon")
        .multiply(["series"], 2.0)
        .expect_multiplied(OUTPUTS, 2.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn windows_are_those_of_libtorchs_kernel() {
        for case in task().cases {
            let x = (case.inputs)(&Random::new(crate::SEED, case.name));
            let [split, context, horizon] =
                ["split", "context", "horizon"].map(|name| x.size(name));
            let all = x["series"].unfold(0, context + horizon, 1);
            let first = split - context;
            let expected = [
                all.narrow(0, 0, split + 1 - context - horizon),
                all.narrow(0, first, all.size()[0] - first),
            ];
            let found = RIGHT.run(&x["series"], Sizes::of(&x));
            for ((name, found), expected) in found.iter().zip(&expected) {
                assert!(found.equal(expected), "{}, {name}", case.name);
            }
        }
    }
}
