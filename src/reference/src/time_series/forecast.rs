//! The task `forecast`.

use tch::Tensor;

use super::cases::{SMALL, Sizes, double, parameters, series, with_forecaster};
use super::forward::shape;
use super::model;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// All that a forecast has to do with.
struct Case<'a> {
    x: &'a Inputs,
    /// The whole series, in its units.
    series: Tensor,
    origin: i64,
    steps: i64,
    context: i64,
    mean: f64,
    deviation: f64,
}

impl<'a> Case<'a> {
    fn of(x: &'a Inputs) -> Self {
        Self {
            x,
            series: double(x, "series"),
            origin: x.size("origin"),
            steps: x.size("steps"),
            context: x.size("context"),
            mean: x.number("mean"),
            deviation: x.number("deviation"),
        }
    }

    /// The number of values that the model forecasts at once.
    fn horizon(&self) -> i64 {
        self.x["b_head"].size()[0]
    }

    fn normalised(&self, values: &Tensor) -> Tensor {
        (values - self.mean) / self.deviation
    }

    fn restored(&self, values: &Tensor) -> Tensor {
        values * self.deviation + self.mean
    }

    /// The known values, in normalised units.
    fn known(&self) -> Tensor {
        self.normalised(&self.series.narrow(0, 0, self.origin))
    }

    /// The forecast of the model that follows these values.
    fn next(&self, values: &Tensor) -> Tensor {
        let context = values.narrow(0, values.size()[0] - self.context, self.context);
        let found = model::run(&parameters(self.x), shape(self.x), &context.unsqueeze(0));
        found.forecast.squeeze_dim(0)
    }

    /// Forecasts until there are so many values; `append` adds the next ones to those before.
    fn until(
        &self,
        mut values: Tensor,
        count: i64,
        append: fn(&Self, &Tensor, Tensor) -> Tensor,
    ) -> Tensor {
        while values.size()[0] < count {
            let next = self.next(&values);
            values = append(self, &values, next);
        }
        values
    }

    /// The forecast in normalised units, with some way of appending.
    fn appended(&self, append: fn(&Self, &Tensor, Tensor) -> Tensor) -> Tensor {
        let values = self.until(self.known(), self.origin + self.steps, append);
        values.narrow(0, self.origin, self.steps)
    }
}

/// The forecast as it should be, in normalised units.
fn right(case: &Case<'_>) -> Tensor {
    case.appended(after)
}

fn after(_: &Case<'_>, values: &Tensor, next: Tensor) -> Tensor {
    Tensor::cat(&[values.shallow_clone(), next], 0)
}

pub(super) fn task() -> Task {
    let task =
        Task::new("forecast", by(|case| case.restored(&right(case)))).curve("forecast", "step");
    properties(of_rounds(of_what_is_known(of_units(cases(task)))))
}

fn by(forecast: fn(&Case<'_>) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| forecast(&Case::of(x))
}

fn cases(task: Task) -> Task {
    task.case(
        "three-rounds",
        "19 of 30 values are known; 8 are forecast, 3 at a time, so that one is left out",
        |random| inputs(with_model(random), series(random, 30), [19, 8]),
    )
    .case(
        "nothing-follows",
        "all 15 values are known; 2 are forecast, of the 3 that the model gives",
        |random| inputs(with_model(random), series(random, 15), [15, 2]),
    )
}

fn with_model(random: &Random) -> Inputs {
    let sizes = Sizes {
        horizon: 3,
        ..SMALL
    };
    with_forecaster(Inputs::default(), random, sizes)
}

fn inputs(model: Inputs, series: Tensor, [origin, steps]: [i64; 2]) -> Inputs {
    model
        .with("series", series * 2.0 + 12.0)
        .with("origin", origin)
        .with("steps", steps)
        .with("mean", 14.0_f32)
        .with("deviation", 2.5_f32)
}

/// The case in which the series goes on after what is known.
const CONTINUED: [&str; 1] = ["three-rounds"];

fn of_units(task: Task) -> Task {
    task.mistake("normalised-units", by(right))
        .mistake("mean-not-added", by(|case| right(case) * case.deviation))
        .mistake("deviation-forgotten", by(|case| right(case) + case.mean))
        .mistake(
            "not-normalised",
            by(|case| {
                let known = case.series.narrow(0, 0, case.origin);
                let values = case.until(known, case.origin + case.steps, after);
                case.restored(&values.narrow(0, case.origin, case.steps))
            }),
        )
        .form(
            "not-normalised",
            "units-left-alone",
            by(|case| {
                let known = case.series.narrow(0, 0, case.origin);
                let values = case.until(known, case.origin + case.steps, after);
                values.narrow(0, case.origin, case.steps)
            }),
        )
        .mistake(
            "real-units-appended",
            by(|case| {
                let values = case.until(
                    case.known(),
                    case.origin + case.steps,
                    |case, values, next| after(case, values, case.restored(&next)),
                );
                values.narrow(0, case.origin, case.steps)
            }),
        )
}

fn of_what_is_known(task: Task) -> Task {
    task.mistake(
        "truth-fed",
        by(|case| {
            let all = case.normalised(&case.series);
            let rounds = (0..case.steps).step_by(case.horizon() as usize);
            let forecasts: Vec<Tensor> = rounds
                .map(|taken| case.next(&all.narrow(0, 0, case.origin + taken)))
                .collect();
            case.restored(&Tensor::cat(&forecasts, 0).narrow(0, 0, case.steps))
        }),
    )
    .only_in(CONTINUED)
    .form(
        "truth-fed",
        "truth-fed-at-each-step",
        by(|case| {
            let all = case.normalised(&case.series);
            let forecasts: Vec<Tensor> = (0..case.steps)
                .map(|taken| {
                    case.next(&all.narrow(0, 0, case.origin + taken))
                        .narrow(0, 0, 1)
                })
                .collect();
            case.restored(&Tensor::cat(&forecasts, 0))
        }),
    )
    .only_in(CONTINUED)
    .mistake("origin-off-by-one", by(|case| from(case, case.origin + 1)))
    .only_in(CONTINUED)
    .form(
        "origin-off-by-one",
        "last-value-unused",
        by(|case| from(case, case.origin - 1)),
    )
    .mistake(
        "end-of-the-series-read",
        by(|case| from(case, case.series.size()[0])),
    )
    .mistake("oldest-context-read", by(|case| from(case, case.context)))
}

/// The forecast as if so many values were known.
fn from(case: &Case<'_>, known: i64) -> Tensor {
    let values = case.normalised(&case.series.narrow(0, 0, known));
    let values = case.until(values, known + case.steps, after);
    case.restored(&values.narrow(0, known, case.steps))
}

fn of_rounds(task: Task) -> Task {
    task.mistake(
        "one-value-at-a-time",
        by(|case| {
            case.restored(
                &case.appended(|case, values, next| after(case, values, next.narrow(0, 0, 1))),
            )
        }),
    )
    .mistake(
        "forecast-not-read",
        by(|case| {
            // The same context in each round.
            let next = case.next(&case.known());
            let rounds = case.steps.div_euclid(case.horizon()) + 1;
            let all = next.repeat([rounds]);
            case.restored(&all.narrow(0, 0, case.steps))
        }),
    )
    .mistake(
        "beginning-cut-off",
        by(|case| {
            let values = case.until(case.known(), case.origin + case.steps, after);
            let count = values.size()[0];
            case.restored(&values.narrow(0, count - case.steps, case.steps))
        }),
    )
    .mistake(
        "too-many-steps",
        by(|case| {
            let values = case.until(case.known(), case.origin + case.steps, after);
            let count = values.size()[0] - case.origin;
            case.restored(&values.narrow(0, case.origin, count))
        }),
    )
    .mistake(
        "newest-values-first",
        by(|case| {
            case.restored(&case.appended(|_, values, next| {
                Tensor::cat(&[values.shallow_clone(), next.flip([0])], 0)
            }))
        }),
    )
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "the-future-is-unknown",
            "different values from the origin on change nothing in the forecast",
        )
        .in_case("three-rounds")
        .disturb(["series"], 0, 19)
        .expect_same(["forecast"]),
    )
    .property(
        Property::new(
            "other-units",
            "a series, a mean and a deviation that are twice as large have a forecast that is twice as large",
        )
        .in_case("three-rounds")
        .multiply(["series", "mean", "deviation"], 2.0)
        .expect_multiplied(["forecast"], 2.0),
    )
}
