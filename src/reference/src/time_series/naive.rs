//! The task `naive`.

use tch::Tensor;

use super::cases::{double, series};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// The numbers of a case.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The values of the series.
    pub(super) series: Vec<f64>,
    /// The index of the first value that is not known.
    pub(super) origin: usize,
    pub(super) horizon: usize,
    pub(super) season: usize,
}

impl Case {
    fn of(x: &Inputs) -> Self {
        let series = Vec::<f64>::try_from(double(x, "series")).expect("numbers along one axis");
        let size = |name: &str| x.size(name) as usize;
        Self {
            series,
            origin: size("origin"),
            horizon: size("horizon"),
            season: size("season"),
        }
    }

    /// The index of the first value of the last known season.
    fn last_season(&self) -> usize {
        self.origin - self.season
    }
}

/// The forecasts, each of one step.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) last: fn(&Case, usize) -> f64,
    pub(super) seasonal: fn(&Case, usize) -> f64,
    pub(super) mean: fn(&Case, usize) -> f64,
}

/// The forecasts as they should be.
pub(super) const RIGHT: Way = Way {
    last: |it, _| it.series[it.origin - 1],
    seasonal: |it, step| it.series[it.last_season() + step % it.season],
    mean: |it, _| mean(&it.series[..it.origin]),
};

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

impl Way {
    /// The three forecasts, in the order of the outputs.
    pub(super) fn run(self, case: &Case) -> [Tensor; 3] {
        [self.last, self.seasonal, self.mean].map(|forecast| {
            let steps = 0..case.horizon;
            let values: Vec<f64> = steps.map(|step| forecast(case, step)).collect();
            Tensor::from_slice(&values)
        })
    }
}

const OUTPUTS: [&str; 3] = ["last", "seasonal", "mean"];

fn by(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let [last, seasonal, mean] = way.run(&Case::of(x));
        [("last", last), ("seasonal", seasonal), ("mean", mean)].into()
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("naive", by(RIGHT))
        .output("last", ["step"])
        .output("seasonal", ["step"])
        .output("mean", ["step"]);
    properties(of_seasons(of_values(cases(task))))
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "17 of 29 values are known; a season has 6 values, and 4 are forecast",
        |random| inputs(series(random, 29), [17, 4, 6]),
    )
    .case(
        "several-seasons",
        "13 of 31 values are known; a season has 3 values, and 8 are forecast",
        |random| inputs(series(random, 31), [13, 8, 3]),
    )
    .case(
        "nothing-follows",
        "all 11 values are known; a season has 5 values, and 7 are forecast",
        |random| inputs(series(random, 11), [11, 7, 5]),
    )
}

fn inputs(series: Tensor, [origin, horizon, season]: [i64; 3]) -> Inputs {
    Inputs::default()
        .with("series", series)
        .with("origin", origin)
        .with("horizon", horizon)
        .with("season", season)
}

/// The cases in which the series goes on after what is known. In the other, too little differs to tell mistakes apart.
const CONTINUED: [&str; 2] = ["plain", "several-seasons"];

fn of_values(task: Task) -> Task {
    let last = |last: fn(&Case, usize) -> f64| by(Way { last, ..RIGHT });
    let mean_of = |mean: fn(&Case, usize) -> f64| by(Way { mean, ..RIGHT });
    task.mistake("truth-as-last-value", last(|it, _| it.series[it.origin]))
        .only_in(CONTINUED)
        .form(
            "truth-as-last-value",
            "truth-of-the-step-before",
            last(|it, step| it.series[it.origin - 1 + step]),
        )
        .only_in(CONTINUED)
        .mistake("last-but-one", last(|it, _| it.series[it.origin - 2]))
        .only_in(CONTINUED)
        .mistake("mean-of-the-whole", mean_of(|it, _| mean(&it.series)))
        .only_in(CONTINUED)
        .mistake(
            "mean-of-a-season",
            mean_of(|it, _| mean(&it.series[it.last_season()..it.origin])),
        )
        .only_in(CONTINUED)
}

fn of_seasons(task: Task) -> Task {
    let seasonal = |seasonal: fn(&Case, usize) -> f64| by(Way { seasonal, ..RIGHT });
    task.mistake(
        "season-off-by-one",
        seasonal(|it, step| it.series[it.last_season() - 1 + step % it.season]),
    )
    .only_in(CONTINUED)
    .form(
        "season-off-by-one",
        "season-one-late",
        seasonal(|it, step| it.series[it.last_season() + (step + 1) % it.season]),
    )
    .only_in(CONTINUED)
    .form(
        "season-off-by-one",
        "season-one-late-and-known",
        seasonal(|it, step| it.series[it.last_season() + 1 + step % it.season]),
    )
    .only_in(CONTINUED)
    .mistake(
        "truth-as-season",
        seasonal(|it, step| it.series[it.last_season() + step]),
    )
    .only_in(CONTINUED)
    .mistake(
        "season-not-repeated",
        seasonal(|it, step| it.series[it.last_season() + step.min(it.season - 1)]),
    )
    .only_in(CONTINUED)
    .mistake(
        "first-season",
        seasonal(|it, step| it.series[step % it.season]),
    )
    .only_in(CONTINUED)
    .form(
        "first-season",
        "season-by-the-calendar",
        seasonal(|it, step| it.series[(it.origin + step) % it.season]),
    )
    .only_in(CONTINUED)
    .mistake(
        "season-backwards",
        seasonal(|it, step| it.series[it.origin - 1 - step % it.season]),
    )
    .only_in(CONTINUED)
    .mistake(
        "season-of-the-horizon",
        seasonal(|it, step| it.series[it.origin - it.horizon + step]),
    )
    .only_in(CONTINUED)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "the-future-is-unknown",
            "different values from the origin on change no forecast",
        )
        .in_case("several-seasons")
        .disturb(["series"], 0, 13)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "other-units",
            "values that are twice as large have forecasts that are twice as large",
        )
        .in_case("plain")
        .multiply(["series"], 2.0)
        .expect_multiplied(OUTPUTS, 2.0),
    )
}
