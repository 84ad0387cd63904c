//! The task `train`.

use tch::{Device, Kind, Tensor};

use super::cases::{SMALL, Sizes, double, series, with_forecaster};
use super::forward::shape;
use super::run::{Learning, Run, run};
use super::{errors, model, naive, scale, windows};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The order of the windows, and the number of steps before the run is interrupted and in all. A learner's function is
/// called for the first, for the second, and for the second once more, when there is nothing left to do.
#[derive(Debug)]
struct Plan {
    /// Indices of windows, (batches, batch).
    order: Tensor,
    /// The number of windows that there are.
    windows: i64,
    pause: i64,
    until: i64,
}

impl Plan {
    /// The batches of `steps` steps, from the number of the step before it.
    fn rows(&self, steps: i64, row: impl Fn(i64) -> i64) -> Vec<Tensor> {
        let batches = self.order.size()[0];
        (0..steps)
            .map(|step| self.order.get(row(step).rem_euclid(batches)))
            .collect()
    }
}

/// The windows of each step.
type Batches = fn(&Plan) -> Vec<Tensor>;

pub(super) fn task() -> Task {
    let task = Task::new("train", by(right))
        .curve("losses", "step")
        .output("parameters", ["parameter"])
        .count(
            "unbeaten",
            "naive forecasts that are not beaten on the test windows",
        );
    properties(mistakes(cases(task)))
}

fn right(plan: &Plan) -> Vec<Tensor> {
    plan.rows(plan.until, |step| step)
}

fn by(batches: Batches) -> impl Fn(&Inputs) -> Outputs {
    with(batches, Learning::Steps)
}

fn with(batches: Batches, learning: Learning) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let cut = windows::of(x, &normalised(x));
        let plan = Plan {
            order: x["order"].shallow_clone(),
            windows: cut.train[0].size()[0],
            pause: x.size("pause"),
            until: x.size("until"),
        };
        let learned = run(x, &cut.train, &batches(&plan), learning);
        let parameters = learned.parameters.iter();
        let lengths: Vec<Tensor> = parameters.map(|(_, tensor)| tensor.norm()).collect();
        [
            ("losses", Tensor::from_slice(&learned.losses)),
            ("parameters", Tensor::stack(&lengths, 0)),
            ("unbeaten", Tensor::from(unbeaten(x, &cut.test, &learned))),
        ]
        .into()
    }
}

/// The whole series, by the scale of its training part.
fn normalised(x: &Inputs) -> Tensor {
    let series = double(x, "series");
    let [mean, deviation] = scale::of(&series.narrow(0, 0, x.size("split")));
    (series - mean) / deviation
}

/// The number of naive forecasts whose error on the test windows is not larger than the model's.
fn unbeaten(x: &Inputs, [contexts, targets]: &[Tensor; 2], run: &Run) -> i64 {
    let rmse = |forecasts: &Tensor| {
        let [_, rmse, _] = errors::measure(&(forecasts - targets));
        rmse.double_value(&[])
    };
    let ours = rmse(&model::run(&run.parameters, shape(x), contexts).forecast);
    let series = Vec::<f64>::try_from(normalised(x)).expect("numbers along one axis");
    let windows: Vec<[Tensor; 3]> = (0..targets.size()[0])
        .map(|window| {
            let case = naive::Case {
                series: series.clone(),
                origin: (x.size("split") + window) as usize,
                horizon: x.size("horizon") as usize,
                season: x.size("season") as usize,
            };
            naive::RIGHT.run(&case)
        })
        .collect();
    let beaten = (0..3).filter(|&which| {
        let rows: Vec<&Tensor> = windows.iter().map(|window| &window[which]).collect();
        ours < rmse(&Tensor::stack(&rows, 0))
    });
    3 - beaten.count() as i64
}

/// Sizes of the model that learns the sines.
const OF_THE_SINES: Sizes = Sizes {
    context: 48,
    patch: 9,
    horizon: 6,
    blocks: 1,
    heads: 2,
    d_model: 8,
    d_ff: 12,
};

fn cases(task: Task) -> Task {
    task.case(
        "sines",
        "80 steps on sin 0.1t + sin 0.01t with noise, 1,000 points up to t = 100, of which 800 are the training part; the \
         forecast of 6 points from 48 has to beat all naive forecasts",
        |random| {
            let inputs = fresh(with_forecaster(Inputs::default(), random, OF_THE_SINES));
            let order = random.permutation(747).narrow(0, 0, 400).view([40, 10]);
            with_settings(inputs, 80.0)
                .with("series", sines(random))
                .with("split", 800_i64)
                .with("horizon", OF_THE_SINES.horizon)
                .with("season", 628_i64)
                .with("order", order)
                .with("pause", 0_i64)
                .with("until", 80_i64)
        },
    )
    .case(
        "interrupted",
        "7 steps on 60 points, of which 40 are the training part; the run is interrupted after 4 steps, and there are 3 \
         batches of 5 windows",
        |random| {
            let inputs = with_forecaster(Inputs::default(), random, SMALL);
            let order = random.permutation(31).narrow(0, 0, 15).view([3, 5]);
            with_settings(inputs, 20.0)
                .with("series", series(random, 60))
                .with("split", 40_i64)
                .with("horizon", SMALL.horizon)
                .with("season", 9_i64)
                .with("order", order)
                .with("pause", 4_i64)
                .with("until", 7_i64)
        },
    )
}

/// A model as training usually begins: biases and β are 0, γ is 1, and places differ a little. With biases at random,
/// some seeds would need more steps.
fn fresh(mut inputs: Inputs) -> Inputs {
    for name in ["gamma_1", "gamma_2", "gamma_f"] {
        let ones = inputs[name].ones_like();
        inputs = inputs.with(name, ones);
    }
    for name in [
        "beta_1", "beta_2", "beta_f", "b_patch", "b_qkv", "b_o", "b_fc", "b_proj", "b_head",
    ] {
        let zeros = inputs[name].zeros_like();
        inputs = inputs.with(name, zeros);
    }
    let positions = &inputs["positions"] * 0.3;
    inputs.with("positions", positions)
}

/// The series of the exercise: 1,000 points.
fn sines(random: &Random) -> Tensor {
    let t = Tensor::linspace(0.0, 100.0, 1000, (Kind::Float, Device::Cpu));
    (&t * 0.1).sin() + (t * 0.01).sin() + random.normal(&[1000]) * 0.1
}

/// Adds the settings of a run whose rate is at its floor after `steps` steps.
fn with_settings(inputs: Inputs, steps: f32) -> Inputs {
    // Peak and floor of the rate, the steps of the warm-up and of the whole run; β₁, β₂, ε and λ.
    let schedule = [0.04, 0.004, 10.0, steps];
    let adamw = [0.9, 0.98, 1e-3, 0.01_f32];
    inputs
        .with("max_norm", 1.0_f32)
        .with("schedule", Tensor::from_slice(&schedule))
        .with("adamw", Tensor::from_slice(&adamw))
}

fn mistakes(task: Task) -> Task {
    task.mistake(
        "first-batch-always",
        by(|plan| plan.rows(plan.until, |_| 0)),
    )
    .mistake(
        "batches-one-ahead",
        by(|plan| plan.rows(plan.until, |step| step + 1)),
    )
    .mistake(
        "batches-repeated",
        by(|plan| {
            let mut batches = plan.rows(plan.pause, |step| step);
            batches.extend(plan.rows(plan.until - plan.pause, |step| step));
            batches
        }),
    )
    .mistake(
        "steps-counted-again",
        by(|plan| plan.rows(plan.pause + 2 * plan.until, |step| step)),
    )
    .form(
        "steps-counted-again",
        "every-call-from-the-first-step",
        by(from_the_first_row),
    )
    .only_in(["interrupted"])
    .mistake(
        "one-step-too-many",
        by(|plan| plan.rows(plan.until + 1, |step| step)),
    )
    .mistake(
        "last-step-missing",
        by(|plan| plan.rows(plan.until - 1, |step| step)),
    )
    .mistake(
        "state-not-kept",
        with(from_the_first_row, Learning::Nothing),
    )
    .mistake(
        "order-by-columns",
        by(|plan| {
            let columns = plan.order.tr().contiguous();
            let count = columns.size()[0];
            (0..plan.until)
                .map(|step| columns.get(step % count))
                .collect()
        }),
    )
    .mistake("order-ignored", by(in_the_order_of_time))
    .mistake(
        "all-windows-in-each-step",
        by(|plan| {
            let all = Tensor::arange(plan.windows, (Kind::Int64, Device::Cpu));
            (0..plan.until).map(|_| all.shallow_clone()).collect()
        }),
    )
    .only_in(["interrupted"])
}

/// The batches of three calls, each of which begins with the first row and takes `until` steps.
fn from_the_first_row(plan: &Plan) -> Vec<Tensor> {
    let calls = [plan.pause, plan.until, plan.until];
    let batches = calls.map(|steps| plan.rows(steps, |step| step));
    batches.into_iter().flatten().collect()
}

/// Windows that follow each other, as many at a time as a batch has; the last batch has what is left.
fn in_the_order_of_time(plan: &Plan) -> Vec<Tensor> {
    let size = plan.order.size()[1];
    let batches = (plan.windows + size - 1) / size;
    let mut all = Vec::new();
    for step in 0..plan.until {
        let first = step % batches * size;
        let end = (first + size).min(plan.windows);
        all.push(Tensor::arange_start(first, end, (Kind::Int64, Device::Cpu)));
    }
    all
}

fn properties(task: Task) -> Task {
    const ALL: [&str; 2] = ["losses", "parameters"];
    task.property(
        Property::new(
            "the-test-part-is-unknown",
            "different values from the split on change nothing in what is learned",
        )
        .in_case("interrupted")
        .disturb(["series"], 0, 40)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "batches-come-again",
            "an order whose rows are there a second time is what is read anyway",
        )
        .in_case("interrupted")
        .double(["order"], 0)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "an-interruption-changes-nothing",
            "the same steps without an interruption have the same losses and parameters",
        )
        .in_case("interrupted")
        .set("pause", 0)
        .expect_same(ALL),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forecast_of_the_sines_beats_all_naive_forecasts() {
        let task = task();
        let case = &task.cases[0];
        for seed in [crate::SEED, 7] {
            let x = (case.inputs)(&Random::new(seed, case.name));
            let cut = windows::of(&x, &normalised(&x));
            let plan: Vec<Tensor> = (0..80).map(|step| x["order"].get(step % 40)).collect();
            let learned = run(&x, &cut.train, &plan, Learning::Steps);
            assert_eq!(unbeaten(&x, &cut.test, &learned), 0, "seed {seed}");
            let unlearned = run(&x, &cut.train, &plan[..1], Learning::Nothing);
            assert!(unbeaten(&x, &cut.test, &unlearned) > 0, "seed {seed}");
        }
    }
}
