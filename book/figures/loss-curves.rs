//! The figures of the lesson on loss curves: runs of libtorch, right and with faults, as they were recorded.

use std::collections::BTreeMap;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks, running_mean};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "loss-curves-levels",
        compute: levels,
    },
    NamedFigure {
        name: "loss-curves-data",
        compute: data,
    },
    NamedFigure {
        name: "loss-curves-steps",
        compute: steps,
    },
];

/// Output of `cargo run -p attentive-reference -- loss-curves`.
const RECORDED: &str = include_str!("loss-curves.csv");
/// The number of steps that a point of a curve is the mean of: chance makes single losses differ.
const SMOOTHED: usize = 10;

/// The recorded runs.
pub struct Recorded {
    levels: BTreeMap<String, f32>,
    runs: BTreeMap<String, Vec<f32>>,
}

impl Recorded {
    /// Reads the runs.
    ///
    /// # Panics
    /// If the table has no header.
    pub fn load() -> Self {
        let mut levels = BTreeMap::new();
        let mut lines = RECORDED.lines();
        let mut header = None;
        for line in lines.by_ref() {
            let Some(comment) = line.strip_prefix("# ") else {
                header = Some(line);
                break;
            };
            if let Some((name, level)) = comment.split_once(',')
                && let Ok(level) = level.parse()
            {
                levels.insert(name.to_owned(), level);
            }
        }
        let names = header
            .expect("a line with the names of runs")
            .split(',')
            .skip(1);
        let mut runs: Vec<(String, Vec<f32>)> =
            names.map(|name| (name.to_owned(), Vec::new())).collect();
        for line in lines {
            let losses = line.split(',').skip(1);
            for ((_, run), loss) in runs.iter_mut().zip(losses) {
                // What is not finite is left out.
                run.push(loss.parse().unwrap_or(f32::INFINITY));
            }
        }
        Self {
            levels,
            runs: runs.into_iter().collect(),
        }
    }

    /// The loss of a model that knows so much and no more: `guess`, `frequencies` or `floor`.
    pub fn level(&self, name: &str) -> f32 {
        self.levels[name]
    }

    /// The losses of a run.
    pub fn run(&self, name: &str) -> &[f32] {
        &self.runs[name]
    }

    /// The mean loss of a run's last steps.
    pub fn last(&self, name: &str) -> f32 {
        let smoothed = smoothed(self.run(name));
        smoothed[smoothed.len() - 1]
    }
}

fn smoothed(losses: &[f32]) -> Vec<f32> {
    running_mean(losses, SMOOTHED)
}

fn panel(title: &str, runs: &[(&str, &str)], levels: &[(&str, &str)]) -> Panel {
    let recorded = Recorded::load();
    let mut series = Vec::new();
    for (run, name) in runs {
        series.push(Series::new(name, smoothed(recorded.run(run))));
    }
    let length = series[0].values.len();
    let values = series.iter().flat_map(|series| &series.values);
    let highest = values.copied().fold(0.0, f32::max).ceil();
    for (level, name) in levels {
        series.push(Series {
            name: (*name).to_owned(),
            values: vec![recorded.level(level); length],
        });
    }
    Panel::Lines(Lines {
        title: title.to_owned(),
        x: Ticks {
            name: "step",
            ticks: vec![0.0, 100.0, 200.0, 300.0],
            logarithmic: false,
        },
        y: Ticks {
            name: "loss in nats",
            ticks: (0..=highest as u8).map(f32::from).collect(),
            logarithmic: false,
        },
        points: (SMOOTHED..).map(|step| step as f32).take(length).collect(),
        series,
    })
}

/// Runs that stay on a level.
fn levels() -> Figure {
    Figure {
        caption: "Three runs and the levels that they come to, as means over ten steps. The right run reaches the floor. \
                  Without attention, the loss stays at that of frequencies alone. If new parameters are not kept, it \
                  stays at that of a guess.",
        description: "one curve falls from the loss of a guess to the floor. A second one falls a little and stays at \
                      the level of frequencies. A third one is flat at the loss of a guess.",
        panels: vec![panel(
            "levels",
            &[
                ("right", "right"),
                ("attention-lost", "attention lost"),
                ("parameters-not-kept", "parameters not kept"),
            ],
            &[("floor", "floor")],
        )],
    }
}

/// Runs that fall too low.
fn data() -> Figure {
    Figure {
        caption: "Runs that fall below the floor: without a causal mask, and with one batch in all steps.",
        description: "the right run comes to the floor. Two other curves cross it and end near zero.",
        panels: vec![panel(
            "below the floor",
            &[
                ("right", "right"),
                ("mask-forgotten", "mask forgotten"),
                ("one-batch", "one batch"),
            ],
            &[("floor", "floor")],
        )],
    }
}

/// Runs with teeth or swings.
fn steps() -> Figure {
    Figure {
        caption: "Runs whose shape tells of their steps: data that come sorted, and gradients that are not cleared.",
        description: "one curve has teeth with a period of 60 steps. Another one swings, mostly above the loss of a \
                      guess. The right run falls smoothly.",
        panels: vec![panel(
            "teeth and swings",
            &[
                ("right", "right"),
                ("sorted-data", "sorted data"),
                ("gradients-not-cleared", "gradients not cleared"),
            ],
            &[],
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_are_as_the_captions_say() {
        let recorded = Recorded::load();
        let [guess, frequencies, floor] =
            ["guess", "frequencies", "floor"].map(|name| recorded.level(name));
        let near = |name: &str, level: f32| (recorded.last(name) - level).abs() < 0.1;
        assert!(near("right", floor));
        assert!(near("attention-lost", frequencies));
        assert!(near("parameters-not-kept", guess));
        for name in ["mask-forgotten", "one-batch"] {
            assert!(recorded.last(name) < 0.5 * floor, "{name}");
        }
        // Right after a change of the data, the loss is higher than right before it.
        let sorted = recorded.run("sorted-data");
        for change in (30..300).step_by(30) {
            assert!(sorted[change] > sorted[change - 1] + 0.1, "{change}");
        }
        let swinging = smoothed(recorded.run("gradients-not-cleared"));
        let above = swinging.iter().filter(|loss| **loss > guess).count();
        assert!(above * 2 > swinging.len(), "{above}");
        let changes = swinging.windows(20).filter(|some| some[19] < some[0] - 0.5);
        assert!(changes.count() > 1);
    }
}
