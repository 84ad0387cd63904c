//! The figures of the lesson on AdamW, computed by its solution.

use adamw::{Moments, Schedule, Settings, adamw_step, learning_rate};
use ndarray::{Array2, Array3, ArrayD, Axis, arr1};

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "adamw-bowl",
        compute: bowl,
    },
    NamedFigure {
        name: "warm-up-and-cosine",
        compute: schedules,
    },
];

const STEPS: usize = 300;
/// The runs over which the losses are averaged.
const RUNS: usize = 64;
/// The curvatures of the bowl in its two directions.
const CURVATURES: [f32; 2] = [1000.0, 1.0];
/// The standard deviation of the noise in a gradient, as a share of the curvature.
const NOISE: f32 = 0.01;
const SETTINGS: Settings = Settings {
    beta_1: 0.9,
    beta_2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0.0,
};
const PEAK: f32 = 0.05;

/// The loss over the steps in a bowl that is a thousand times steeper in one direction than in the other.
fn bowl() -> Figure {
    let [descent, constant, scheduled] = losses();
    let series = |name: &str, values| Series {
        name: name.to_owned(),
        values,
    };
    Figure {
        caption: "Two parameters, of which one has gradients that are a thousand times as large as those of the other, \
                  with a little noise (the mean of 64 runs). Gradient descent with a rate that is safe for the first \
                  hardly moves the second. AdamW moves both. With a constant rate the noise keeps it from settling, \
                  and with a schedule it settles.",
        description: "three curves of a loss over 300 steps on a logarithmic axis. That of gradient descent falls at \
                      once from 500 to about 0.5, and then to 0.3; that of AdamW with a constant rate falls below 0.02 in \
                      about 100 steps, and stays there; that of AdamW with warm-up and cosine falls later, and ends \
                      lowest, below 0.001.",
        panels: vec![Panel::Lines(Lines {
            title: "loss".to_owned(),
            x: Ticks {
                name: "steps",
                ticks: vec![0.0, 100.0, 200.0, 300.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "loss",
                ticks: vec![0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0],
                logarithmic: true,
            },
            points: (0..=STEPS).map(|step| step as f32).collect(),
            series: vec![
                series("gradient descent", descent),
                series("AdamW, constant rate", constant),
                series("AdamW, warm-up and cosine", scheduled),
            ],
        })],
    }
}

/// The mean loss before the first step and after each: of gradient descent, of AdamW with a constant rate, and of AdamW
/// with a schedule.
fn losses() -> [Vec<f32>; 3] {
    let schedule = Schedule {
        peak: PEAK,
        floor: 0.0,
        warm_up: 30,
        steps: STEPS,
    };
    let descent = descend(|parameters, gradients, _| {
        let safe = 1.0 / CURVATURES[0];
        *parameters -= &(gradients * safe);
    });
    let adamw = |rate: &dyn Fn(usize) -> f32| {
        let mut moments = Moments {
            m: ArrayD::zeros(vec![RUNS, 2]),
            v: ArrayD::zeros(vec![RUNS, 2]),
        };
        descend(|parameters, gradients, step| {
            (*parameters, moments) = adamw_step(
                parameters.view(),
                gradients.view(),
                &moments,
                step,
                rate(step),
                &SETTINGS,
            );
        })
    };
    [
        descent,
        adamw(&|_| PEAK),
        adamw(&|step| learning_rate(step, &schedule)),
    ]
}

/// The mean loss before the first step and after each. All runs begin at (1, 1), each has noise of its own, and `update`
/// gets their parameters and gradients, (run, parameter), and the number of the step.
fn descend(mut update: impl FnMut(&mut ArrayD<f32>, &ArrayD<f32>, usize)) -> Vec<f32> {
    let curvatures = arr1(&CURVATURES);
    let noise: Array3<f32> = normals((STEPS, RUNS, 2), 27);
    let mut parameters = Array2::ones((RUNS, 2)).into_dyn();
    let loss = |parameters: &ArrayD<f32>| {
        let losses = (parameters * parameters * &curvatures * 0.5).sum_axis(Axis(1));
        losses.mean().unwrap_or_default()
    };
    let mut losses = vec![loss(&parameters)];
    for (step, noise) in (1..).zip(noise.outer_iter()) {
        let gradients = (&parameters + &(&noise * NOISE)) * &curvatures;
        update(&mut parameters, &gradients, step);
        losses.push(loss(&parameters));
    }
    losses
}

/// The learning rate over the steps of a run, with a warm-up and without.
fn schedules() -> Figure {
    let rates = |warm_up: usize| {
        let schedule = Schedule {
            peak: 1.0,
            floor: 0.1,
            warm_up,
            steps: 1000,
        };
        points()
            .map(|step| learning_rate(step, &schedule))
            .collect()
    };
    let series = |name: &str, warm_up| Series {
        name: name.to_owned(),
        values: rates(warm_up),
    };
    Figure {
        caption: "The learning rate as a share of its peak, in a run of 1,000 steps and after it, with a floor of a tenth \
                  of the peak. The cosine is flat at both ends: it leaves the peak slowly and comes to the floor slowly.",
        description: "two curves over 1,100 steps. One rises in a straight line from 0 to 1 in the first 100 steps, and \
                      falls along half a cosine to 0.1 at step 1,000, where it stays. The other has no warm-up: it \
                      begins at 1, falls in the same way, and meets the first at step 1,000.",
        panels: vec![Panel::Lines(Lines {
            title: "learning rate".to_owned(),
            x: Ticks {
                name: "step",
                ticks: vec![0.0, 250.0, 500.0, 750.0, 1000.0, 1250.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "share of the peak",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: points().map(|step| step as f32).collect(),
            series: vec![series("warm-up of 100", 100), series("no warm-up", 0)],
        })],
    }
}

/// The steps at which the schedules are drawn: the first, and every tenth.
fn points() -> impl Iterator<Item = usize> {
    std::iter::once(1).chain((10..=1100).step_by(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_are_as_the_caption_says() {
        let [descent, constant, scheduled] = losses();
        assert!(descent[1..].iter().all(|loss| (0.3..0.6).contains(loss)));
        assert!(
            constant[100..]
                .iter()
                .all(|loss| (0.001..0.02).contains(loss))
        );
        assert!(scheduled[STEPS] < 0.001);
        assert!(scheduled[10] > constant[10]);
    }
}
