//! The task `learning_rate`.

mod mistakes;

use attentive_grader::Tolerance;
use tch::Tensor;

use super::schedule::Schedule;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// Tolerance of rates: small numbers, with roundings of a few in a million.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-8,
    relative: 1e-5,
};

pub(super) fn task() -> Task {
    let task = Task::new("learning_rate", by(|step, s| s.rate(step)))
        .curve("rates", "call")
        .within(TOLERANCE);
    mistakes::add(cases(task))
        .property(
            Property::new(
                "steps-in-another-order",
                "a rate depends on the number of its step, not on the calls before",
            )
            .in_case("plain")
            .rotate(["taken"], 0)
            .expect_rotated(["rates"], 0),
        )
        .property(
            Property::new(
                "a-warm-up-by-itself",
                "the rates of a warm-up depend on its peak and its length, not on what follows",
            )
            .in_case("all-warm-up")
            .add(["floor"], 3e-4)
            .set("steps", 40)
            .expect_same(["rates"]),
        )
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "steps 1 to 12 of a run of 12 steps, 4 of them warm-up",
        |_| run(3e-3, 3e-4, 4, 12, &steps_up_to(12)),
    )
    .case("no-warm-up", "steps 1 to 7 of 7, without a warm-up", |_| {
        run(2e-3, 5e-4, 0, 7, &steps_up_to(7))
    })
    .case("all-warm-up", "steps 1 to 5 of 5, all of them warm-up", |_| {
        run(1e-3, 1e-4, 5, 5, &steps_up_to(5))
    })
    .case(
        "beyond-the-end",
        "a run of 6 steps, 2 of them warm-up; the last ones taken are 7, 8, 10, 12 and 25",
        |_| run(5e-3, 1e-3, 2, 6, &[4, 6, 7, 8, 10, 12, 25]),
    )
    .case(
        "beyond-a-warm-up",
        "a run of 3 steps, all of them warm-up; those taken are 2, 3, 4 and 8",
        |_| run(4e-3, 5e-4, 3, 3, &[2, 3, 4, 8]),
    )
    .case("one-step", "a run of one step, without a warm-up", |_| {
        run(3e-3, 1e-3, 0, 1, &[1])
    })
    .case(
        "down-to-0",
        "a run of 9 steps, one of them warm-up, and a floor of 0; the steps are asked for in no order",
        |_| run(6e-3, 0.0, 1, 9, &[9, 1, 5, 2, 7]),
    )
    .case(
        "long",
        "steps 1, 2, 99, 100, 101, 575, 1050, 1999 and 2000 of 2,000, with a warm-up of 100",
        |_| run(6e-4, 6e-5, 100, 2000, &[1, 2, 99, 100, 101, 575, 1050, 1999, 2000]),
    )
}

fn steps_up_to(last: usize) -> Vec<usize> {
    (1..=last).collect()
}

fn run(peak: f32, floor: f32, warm_up: i64, steps: i64, taken: &[usize]) -> Inputs {
    Inputs::default()
        .with("peak", peak)
        .with("floor", floor)
        .with("warm_up", warm_up)
        .with("steps", steps)
        .with_ids("taken", taken)
}

/// The rates of all steps that are taken, by a function of the step's number.
fn by(rate: impl Fn(usize, &Schedule) -> f64) -> impl Fn(&Inputs) -> Tensor {
    move |x| {
        let schedule = Schedule {
            peak: x.number("peak"),
            floor: x.number("floor"),
            warm_up: x.size("warm_up") as usize,
            steps: x.size("steps") as usize,
        };
        let taken = x.ids("taken");
        let rates = taken.iter().map(|&step| rate(step, &schedule));
        Tensor::from_slice(&rates.collect::<Vec<f64>>())
    }
}
