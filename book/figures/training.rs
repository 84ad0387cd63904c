//! The figures of the lesson on training: runs of libtorch, right and with mistakes, as the exercise's golden pack has
//! them, and the run of the solution on the same batches.

use attentive_grader::Case;
use ndarray::{Array1, Array3, Ix1, Ix3};

use ::training::measures::from_stacks;
use ::training::{Batch, Record, RunSettings, Schedule, Settings, State, train};

use crate::figures::{Figure, Lines, NamedFigure, Panel, RecordedRun, Series, Ticks, running_mean};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "training-run",
        compute: run,
    },
    NamedFigure {
        name: "training-mistakes",
        compute: mistakes,
    },
];

/// The task and the case whose run is drawn.
const TASK: &str = "train";
const CASE: &str = "whole-run";
/// The batches of the case: after so many steps the first comes again.
const BATCHES: usize = 4;

/// Runs of the case: libtorch's and that of the solution.
pub struct Runs {
    /// libtorch's runs.
    pub libtorch: RecordedRun,
    case: Case,
}

impl Runs {
    /// The runs of the exercise's golden pack.
    ///
    /// # Panics
    /// If the pack cannot be read.
    pub fn load() -> Self {
        let pack = "exercises/28-training/golden.safetensors";
        let libtorch = RecordedRun::load(pack, TASK, CASE);
        let case = libtorch.case();
        Self { libtorch, case }
    }

    /// The reports of the run of the solution.
    ///
    /// # Panics
    /// If the case does not have the inputs of a run.
    pub fn solution(&self) -> Vec<Record> {
        let parameters = from_stacks(|name| self.case.view(name)).expect("parameters");
        let until = self.size("until");
        let settings = self.settings();
        let (_, records) = train(&State::new(parameters), &self.batches(), until, &settings);
        records
    }

    fn batches(&self) -> Vec<Batch> {
        let ids = |name: &str| -> Array3<usize> {
            self.case.ids::<Ix3>(name).expect("ids of every batch")
        };
        let (inputs, targets) = (ids("inputs"), ids("targets"));
        let pairs = inputs.outer_iter().zip(targets.outer_iter());
        pairs
            .map(|(inputs, targets)| Batch {
                inputs: inputs.to_owned(),
                targets: targets.to_owned(),
            })
            .collect()
    }

    fn settings(&self) -> RunSettings {
        let numbers = |name: &str| -> Array1<f32> {
            let numbers = self.case.view::<Ix1>(name).expect("settings");
            numbers.to_owned()
        };
        let (schedule, adamw) = (numbers("schedule"), numbers("adamw"));
        RunSettings {
            heads: self.size("heads"),
            ignored: self.size("ignored"),
            micro_batch: self.size("micro_batch"),
            max_norm: self.case.number("max_norm").expect("a setting"),
            schedule: Schedule {
                peak: schedule[0],
                floor: schedule[1],
                warm_up: schedule[2] as usize,
                steps: schedule[3] as usize,
            },
            adamw: Settings {
                beta_1: adamw[0],
                beta_2: adamw[1],
                epsilon: adamw[2],
                weight_decay: adamw[3],
            },
        }
    }

    fn size(&self, name: &str) -> usize {
        self.case.size(name).expect("a setting")
    }
}

fn smoothed(losses: &[f32]) -> Vec<f32> {
    running_mean(losses, BATCHES)
}

fn lines(title: &str, from: usize, series: Vec<Series>) -> Panel {
    let points = (from..).map(|step| step as f32);
    Panel::Lines(Lines {
        title: title.to_owned(),
        x: Ticks {
            name: "step",
            ticks: vec![0.0, 10.0, 20.0, 30.0],
            logarithmic: false,
        },
        y: Ticks {
            name: "loss in nats",
            ticks: vec![0.0, 1.0, 2.0, 3.0],
            logarithmic: false,
        },
        points: points.take(series[0].values.len()).collect(),
        series,
    })
}

/// The loss of each step: libtorch's, and the solution's.
fn run() -> Figure {
    let runs = Runs::load();
    let solution = runs.solution().iter().map(|record| record.loss).collect();
    Figure {
        caption: "The loss in each of 30 steps of a small decoder, in libtorch's run and in that of the solution: the two \
                  curves cannot be told apart. Four batches come again and again, and not all are equally hard, hence \
                  the teeth.",
        description: "two curves over 30 steps, one exactly on the other. They go up and down with a period of four \
                      steps, and fall from about the logarithm of the size of the vocabulary.",
        panels: vec![lines(
            "loss",
            1,
            vec![
                Series::new("libtorch", runs.libtorch.losses()),
                Series::new("solution", solution),
            ],
        )],
    }
}

/// The loss over the steps, as a mean over four batches: of the right run and of three with a mistake.
fn mistakes() -> Figure {
    let runs = Runs::load();
    let with = |name: &str, mistake: &str| {
        Series::new(name, smoothed(&runs.libtorch.losses_with(mistake)))
    };
    Figure {
        caption: "The loss as a mean over the last four steps. If gradients are not cleared, the loss falls all the same, \
                  and stays higher. If every step reads the first batch, it falls fastest, and says nothing about \
                  the other three. If the state is not kept, nothing is learned.",
        description: "four curves from step 4 to step 30. That of the right run falls; that of gradients that are not \
                      cleared falls, too, and ends above it; that of the first batch alone falls most; that of a state that is \
                      not kept stays where it is.",
        panels: vec![lines(
            "mean loss of four steps",
            BATCHES,
            vec![
                Series::new("right", smoothed(&runs.libtorch.losses())),
                with("gradients not cleared", "gradients-not-cleared"),
                with("first batch always", "first-batch-always"),
                with("state not kept", "state-not-kept"),
            ],
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_are_as_the_captions_say() {
        let runs = Runs::load();
        let libtorch = runs.libtorch.losses();
        let solution = runs.solution();
        assert_eq!((libtorch.len(), solution.len()), (30, 30));
        for (libtorch, solution) in libtorch.iter().zip(&solution) {
            assert!((libtorch - solution.loss).abs() < 1e-3);
        }
        let last = |losses: &[f32]| smoothed(losses)[30 - BATCHES];
        let right = last(&libtorch);
        assert!(right < 0.9 * smoothed(&libtorch)[0]);
        assert!(last(&runs.libtorch.losses_with("first-batch-always")) < right);
        let kept = smoothed(&runs.libtorch.losses_with("state-not-kept"));
        assert!(kept.iter().all(|loss| (loss - kept[0]).abs() < 1e-4));
        let uncleared = runs.libtorch.losses_with("gradients-not-cleared");
        assert!((right + 0.05..0.9 * smoothed(&uncleared)[0]).contains(&last(&uncleared)));
        let highest = |losses: &[f32]| losses.iter().copied().fold(0.0, f32::max);
        assert!(
            [libtorch, uncleared]
                .iter()
                .all(|losses| highest(losses) < 3.0)
        );
    }
}
