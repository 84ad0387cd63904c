//! The task `scale`.

use tch::{Kind, Tensor};

use super::cases::{double, series};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// Mean and deviation, from the series and the split.
type Way = fn(&Tensor, i64) -> [Tensor; 2];

pub(super) fn task() -> Task {
    let task = Task::new("scale", by(|series, split| of(&series.narrow(0, 0, split))))
        .output("mean", [])
        .output("deviation", []);
    properties(mistakes(cases(task)))
}

/// Mean and deviation of these values.
pub(super) fn of(values: &Tensor) -> [Tensor; 2] {
    [values.mean(Kind::Double), not_zero(values.std(false))]
}

/// The deviation by which a series can be divided.
fn not_zero(deviation: Tensor) -> Tensor {
    if deviation.double_value(&[]) > 0.0 {
        deviation
    } else {
        Tensor::from(1.0)
    }
}

fn by(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let [mean, deviation] = way(&double(x, "series"), x.size("split"));
        [("mean", mean), ("deviation", deviation)].into()
    }
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "8 of 13 values are the training part; the series rises, so that the two parts differ",
        |random| inputs(series(random, 13), 8),
    )
    .case(
        "far-from-0",
        "values near 300 with a deviation of about 0.5; 12 of 17 are the training part",
        |random| inputs(random.normal(&[17]) * 0.5 + 300.0, 12),
    )
    .case(
        "constant",
        "all 5 values of the training part are 5.5, and only those after it change",
        |random| {
            let constant = random.normal(&[5]) * 0.0 + 5.5;
            inputs(Tensor::cat(&[constant, random.normal(&[4])], 0), 5)
        },
    )
    .case(
        "one-value",
        "the training part has a single value",
        |random| inputs(series(random, 6), 1),
    )
}

fn inputs(series: Tensor, split: i64) -> Inputs {
    Inputs::default()
        .with("series", series)
        .with("split", split)
}

fn mistakes(task: Task) -> Task {
    task.mistake("scaled-by-the-whole", by(|series, _| of(series)))
        .mistake(
            "split-off-by-one",
            by(|series, split| of(&series.narrow(0, 0, split + 1))),
        )
        .mistake(
            "scaled-by-the-test-part",
            by(|series, split| of(&series.narrow(0, split, series.size()[0] - split))),
        )
        .mistake(
            "sample-deviation",
            by(|series, split| {
                let training = series.narrow(0, 0, split);
                let [mean, _] = of(&training);
                let deviations = &training - &mean;
                let sum = deviations.square().sum(Kind::Double);
                [mean, not_zero((sum / (split - 1) as f64).sqrt())]
            }),
        )
        .mistake(
            "variance-instead-of-deviation",
            by(|series, split| {
                let training = series.narrow(0, 0, split);
                let [mean, _] = of(&training);
                [mean, not_zero(training.var(false))]
            }),
        )
        .mistake(
            "deviation-from-0",
            by(|series, split| {
                let training = series.narrow(0, 0, split);
                let [mean, _] = of(&training);
                [mean, training.square().mean(Kind::Double).sqrt()]
            }),
        )
        .mistake(
            "divided-by-0",
            by(|series, split| {
                let training = series.narrow(0, 0, split);
                [training.mean(Kind::Double), training.std(false)]
            }),
        )
        .mistake(
            "smallest-and-range",
            by(|series, split| {
                let training = series.narrow(0, 0, split);
                let smallest = training.min();
                let range = training.max() - &smallest;
                [smallest, not_zero(range)]
            }),
        )
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "the-test-part-is-unknown",
            "different values from the split on change neither mean nor deviation",
        )
        .in_case("plain")
        .disturb(["series"], 0, 8)
        .expect_same(["mean", "deviation"]),
    )
    .property(
        Property::new(
            "a-higher-series",
            "adding a number to all values leaves the deviation as it is",
        )
        .in_case("plain")
        .add(["series"], 2.5)
        .expect_same(["deviation"]),
    )
    .property(
        Property::new(
            "other-units",
            "values that are 3 times as large have 3 times the mean and the deviation",
        )
        .in_case("plain")
        .multiply(["series"], 3.0)
        .expect_multiplied(["mean", "deviation"], 3.0),
    )
}
