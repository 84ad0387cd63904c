//! The task `errors`.

use tch::{Kind, Tensor};

use super::cases::double;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// The mean size of errors, the root mean square, and the same for each step.
type Measured = [Tensor; 3];

/// Measures errors (windows, steps) in the units of the series.
type Measure = fn(&Tensor) -> Measured;

/// Measures, as they should be.
pub(super) fn measure(errors: &Tensor) -> Measured {
    let squares = errors.square();
    [
        errors.abs().mean(Kind::Double),
        squares.mean(Kind::Double).sqrt(),
        squares.mean_dim(0_i64, false, Kind::Double).sqrt(),
    ]
}

/// The differences in normalised units, with mean and deviation.
#[derive(Debug)]
struct Differences {
    normalised: Tensor,
    mean: f64,
    deviation: f64,
}

pub(super) fn task() -> Task {
    let task = Task::new("errors", measured_by(measure))
        .output("mae", [])
        .output("rmse", [])
        .output("by_step", ["step"]);
    properties(of_measures(of_units(cases(task))))
}

fn measured_by(measure: Measure) -> impl Fn(&Inputs) -> Outputs {
    with(
        |differences| differences.normalised * differences.deviation,
        measure,
    )
}

fn in_units(units: fn(Differences) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    with(units, measure)
}

fn with(units: fn(Differences) -> Tensor, measure: Measure) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let errors = units(Differences {
            normalised: double(x, "forecasts") - double(x, "targets"),
            mean: x.number("mean"),
            deviation: x.number("deviation"),
        });
        let [mae, rmse, by_step] = measure(&errors);
        [("mae", mae), ("rmse", rmse), ("by_step", by_step)].into()
    }
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "5 windows and 3 steps of a series with a mean of 340 and a deviation of 7.5; later steps are worse",
        |random| {
            // Most forecasts are too low, and some are too high.
            let signs = Tensor::from_slice(&[-1.0_f32, -1.0, 1.0, -1.0, -1.0]).unsqueeze(1);
            let growing = Tensor::from_slice(&[0.1_f32, 0.3, 0.6]);
            let errors = random.uniform(&[5, 3], 0.5, 1.5) * growing * signs;
            inputs(random.normal(&[5, 3]), errors, [340.0, 7.5])
        },
    )
    .case(
        "one-window",
        "a single window of 4 steps, with a mean of −3 and a deviation of 0.25; all forecasts are too high",
        |random| {
            let errors = random.uniform(&[1, 4], 0.2, 1.5);
            inputs(random.normal(&[1, 4]), errors, [-3.0, 0.25])
        },
    )
    .case(
        "perfect",
        "all forecasts of 3 windows and 2 steps are right",
        |random| inputs(random.normal(&[3, 2]), random.normal(&[3, 2]) * 0.0, [12.0, 4.0]),
    )
}

/// Targets, and forecasts that differ from them by these errors.
fn inputs(targets: Tensor, errors: Tensor, [mean, deviation]: [f32; 2]) -> Inputs {
    Inputs::default()
        .with("forecasts", &targets + errors)
        .with("targets", targets)
        .with("mean", mean)
        .with("deviation", deviation)
}

fn of_units(task: Task) -> Task {
    task.mistake("normalised-units", in_units(|it| it.normalised))
        .mistake(
            "mean-added-to-errors",
            in_units(|it| it.normalised * it.deviation + it.mean),
        )
        .mistake(
            "divided-by-the-deviation",
            in_units(|it| it.normalised / it.deviation),
        )
        .mistake("deviation-under-the-root", |x| {
            let root = x.number("deviation").sqrt();
            let errors = (double(x, "forecasts") - double(x, "targets")) * root;
            let [_, rmse, by_step] = measure(&errors);
            let [mae, ..] = measure(&(errors * root));
            [("mae", mae), ("rmse", rmse), ("by_step", by_step)]
        })
}

/// The case in which mistakes of the measures are recorded: it has several windows and steps, and errors of both signs.
const SEVERAL: [&str; 1] = ["plain"];

fn of_measures(task: Task) -> Task {
    task.mistake(
        "mae-instead-of-rmse",
        measured_by(|errors| {
            let sizes = errors.abs();
            let [mae, ..] = measure(errors);
            let by_step = sizes.mean_dim(0_i64, false, Kind::Double);
            [mae.shallow_clone(), mae, by_step]
        }),
    )
    .only_in(SEVERAL)
    .mistake(
        "root-forgotten",
        measured_by(|errors| {
            let [mae, rmse, by_step] = measure(errors);
            [mae, rmse.square(), by_step.square()]
        }),
    )
    .only_in(SEVERAL)
    .mistake(
        "mean-of-roots",
        measured_by(|errors| {
            let [mae, _, by_step] = measure(errors);
            [mae, by_step.mean(Kind::Double), by_step]
        }),
    )
    .only_in(SEVERAL)
    .form(
        "mean-of-roots",
        "mean-of-the-windows-roots",
        measured_by(|errors| {
            let [mae, _, by_step] = measure(errors);
            let of_windows = errors.square().mean_dim(1_i64, false, Kind::Double).sqrt();
            [mae, of_windows.mean(Kind::Double), by_step]
        }),
    )
    .only_in(SEVERAL)
    .mistake(
        "errors-cancel",
        measured_by(|errors| {
            let [_, rmse, by_step] = measure(errors);
            [errors.mean(Kind::Double), rmse, by_step]
        }),
    )
    .only_in(SEVERAL)
    .form(
        "errors-cancel",
        "size-of-the-mean-error",
        measured_by(|errors| {
            let [_, rmse, by_step] = measure(errors);
            [errors.mean(Kind::Double).abs(), rmse, by_step]
        }),
    )
    .only_in(SEVERAL)
    .mistake(
        "errors-by-window",
        measured_by(|errors| {
            let [mae, rmse, _] = measure(errors);
            let of_windows = errors.square().mean_dim(1_i64, false, Kind::Double).sqrt();
            [mae, rmse, of_windows]
        }),
    )
    .only_in(SEVERAL)
}

fn properties(task: Task) -> Task {
    const ALL: [&str; 3] = ["mae", "rmse", "by_step"];
    task.property(
        Property::new(
            "the-mean-does-not-matter",
            "the mean of the scale is in forecasts and targets alike",
        )
        .in_case("plain")
        .add(["mean"], 100.0)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "windows-in-another-order",
            "moving forecasts and targets together changes nothing",
        )
        .in_case("plain")
        .rotate(["forecasts", "targets"], 0)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "other-units",
            "a deviation that is twice as large has errors that are twice as large",
        )
        .in_case("one-window")
        .multiply(["deviation"], 2.0)
        .expect_multiplied(ALL, 2.0),
    )
}
