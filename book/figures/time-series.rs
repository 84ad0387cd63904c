//! The figures of the lesson on time series: forecasts of a small model that the solution trains, and its attention.

use std::sync::OnceLock;

use ndarray::{Array1, Array2, Axis as Dimension};

use ::time_series::measures::naive_forecasts;
use ::time_series::start::{Random, Sizes, untrained};
use ::time_series::{
    Errors, RunSettings, Scale, Schedule, Settings, Shape, Split, State, Steps, errors, forward,
    naive, scale, series, train, windows,
};

use crate::figures::random::normals;
use crate::figures::{Axis, Figure, HeatMap, Lines, NamedFigure, Panel, Range, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "time-series-forecast",
        compute: forecasts,
    },
    NamedFigure {
        name: "time-series-attention",
        compute: attention,
    },
];

/// The number of points of the series.
pub const POINTS: usize = 1000;
/// The first point of the test part.
pub const SPLIT: usize = 800;
/// The number of points that are forecast at once.
pub const HORIZON: usize = 6;
/// The number of points in a period of sin 0.1t.
pub const SEASON: usize = 628;
/// The sizes of the model that do not follow from its parameters.
pub const SHAPE: Shape = Shape {
    context: 48,
    patch: 9,
    heads: 2,
};

const STEPS: usize = 80;
const SIZES: Sizes = Sizes {
    shape: SHAPE,
    horizon: HORIZON,
    blocks: 1,
    d_model: 8,
    d_ff: 12,
};
const PATCHES: usize = 5;
const BATCH: usize = 10;

/// A model that has learned the training part of the series, and what it forecasts on the test part.
pub struct Trained {
    /// The series, in its units.
    pub series: Array1<f32>,
    /// The scale of the training part.
    pub scale: Scale,
    /// The windows, in normalised units.
    pub windows: Split,
    /// The loss of each step.
    pub losses: Vec<f32>,
    /// The steps of the forecasts of all test windows.
    pub tested: Steps,
}

impl Trained {
    /// Trains the model; once, however often it is called.
    pub fn get() -> &'static Self {
        static TRAINED: OnceLock<Trained> = OnceLock::new();
        TRAINED.get_or_init(Self::new)
    }

    fn new() -> Self {
        let series = series::sines(normals(POINTS, 42).view());
        let scale = scale(series.view(), SPLIT);
        let normalised = scale.normalize(series.view());
        let windows = windows(normalised.view(), SPLIT, SHAPE.context, HORIZON);
        let known = windows.train.contexts.nrows();
        // 331 and the number of windows have no common divisor, so that each window has its turn.
        let order = Array2::from_shape_fn((known / BATCH, BATCH), |(row, column)| {
            (row * BATCH + column) * 331 % known
        });
        let start = State::new(untrained(SIZES, &mut Random::new(7)));
        let (state, records) = train(
            &start,
            &windows.train,
            order.view(),
            STEPS,
            SHAPE,
            &settings(),
        );
        let tested = forward(windows.test.contexts.view(), &state.parameters, SHAPE);
        Self {
            series,
            scale,
            windows,
            losses: records.iter().map(|record| record.loss).collect(),
            tested,
        }
    }

    /// The errors of the model on the test windows, and those of the three naive forecasts: last, seasonal and mean.
    pub fn errors(&self) -> [Errors; 4] {
        let targets = self.windows.test.targets.view();
        let normalised = self.scale.normalize(self.series.view());
        let origins = SPLIT..SPLIT + targets.nrows();
        let [last, seasonal, mean] =
            naive_forecasts(normalised.view(), origins, [HORIZON, SEASON], naive);
        [self.tested.forecast.clone(), last, seasonal, mean]
            .map(|forecasts| errors(forecasts.view(), targets, self.scale))
    }

    /// The weights with which the last patch reads the window, as a mean over all test windows: (head, patch).
    pub fn reading(&self) -> Array2<f32> {
        let weights = &self.tested.attention[0];
        let last = weights.index_axis(Dimension(2), PATCHES - 1);
        last.sum_axis(Dimension(0)) / last.len_of(Dimension(0)) as f32
    }
}

fn settings() -> RunSettings {
    RunSettings {
        heads: SHAPE.heads,
        ignored: 0,
        micro_batch: BATCH,
        max_norm: 1.0,
        schedule: Schedule {
            peak: 0.04,
            floor: 0.004,
            warm_up: 10,
            steps: STEPS,
        },
        adamw: Settings {
            beta_1: 0.9,
            beta_2: 0.98,
            epsilon: 1e-3,
            weight_decay: 0.01,
        },
    }
}

/// The test part, and the last of the six values of each forecast: the model's, and the last known value.
fn forecasts() -> Figure {
    let trained = Trained::get();
    let last_step = HORIZON - 1;
    let first = SPLIT + last_step;
    let real = |value: &f32| value * trained.scale.deviation + trained.scale.mean;
    let forecast = trained.tested.forecast.column(last_step);
    let count = forecast.len();
    let truth: Vec<f32> = trained
        .series
        .iter()
        .skip(first)
        .take(count)
        .copied()
        .collect();
    // The last value that is known when this one is forecast.
    let known = trained.series.iter().skip(SPLIT - 1).take(count).copied();
    let points: Vec<f32> = (first..first + count).map(|point| point as f32).collect();
    let panel = |name: &str, forecast: Vec<f32>| {
        let series = [("series", truth.clone()), (name, forecast)];
        Panel::Lines(Lines {
            title: format!("{name}, six points ahead"),
            x: Ticks {
                name: "point",
                ticks: vec![800.0, 850.0, 900.0, 950.0, 1000.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "value",
                ticks: vec![0.0, 0.5, 1.0, 1.5, 2.0],
                logarithmic: false,
            },
            points: points.clone(),
            series: series
                .map(|(name, values)| Series {
                    name: name.to_owned(),
                    values,
                })
                .into(),
        })
    };
    Figure {
        caption: "The test part of the series, and forecasts of each of its points, six points ahead: by the model, and \
                  by the last value that is known at that moment. The last value is the series itself, late, with all of \
                  its noise. The model has learned to leave the noise out.",
        description: "two pictures of the last fifth of the series, which falls with a lot of noise. In the first, the \
                      forecast of the model is a smooth curve through the middle; in the second, the last known value is \
                      the same noisy curve, shifted to the right.",
        panels: vec![
            panel("model", forecast.iter().map(real).collect()),
            panel("last value", known.collect()),
        ],
    }
}

/// The weights with which the last patch reads the window.
fn attention() -> Figure {
    let rest = SHAPE.context % SHAPE.patch;
    let patches: Vec<String> = (0..PATCHES)
        .map(|patch| {
            let from = rest + patch * SHAPE.patch;
            format!("{from}–{}", from + SHAPE.patch - 1)
        })
        .collect();
    Figure {
        caption: "The weights with which the last patch reads the window, as a mean over all test windows. The columns \
                  are patches, named by the values of the context that are in them; values 0 to 2 are in none. One head \
                  reads the two oldest patches and hardly anything else, and the other mostly the three newest. A model \
                  needs both to see in which direction the series moves.",
        description: "a map with two rows, one for each head, and five columns, one for each patch. In the first row the \
                      three columns on the right are the strongest, in the second the two on the left.",
        panels: vec![Panel::HeatMap(HeatMap {
            title: "attention of the last patch".to_owned(),
            rows: Axis::numbers("head", 0, SHAPE.heads),
            columns: Axis::words("values", &patches),
            values: Trained::get().reading(),
            mask: None,
            range: Range::One,
        })],
    }
}

#[cfg(test)]
mod tests {
    use ndarray::s;

    use super::*;

    #[test]
    fn the_model_beats_all_naive_forecasts_and_not_the_noise() {
        let trained = Trained::get();
        let [model, last, seasonal, mean] = trained.errors().map(|errors| errors.rmse);
        assert!(model < last && model < seasonal && model < mean);
        assert!(model > 0.09, "{model}");
        assert!(trained.losses.len() == STEPS && trained.losses[STEPS - 1] < 0.05);
    }

    #[test]
    fn the_curves_are_as_the_caption_says() {
        let figure = forecasts();
        let [Panel::Lines(of_model), Panel::Lines(of_last)] = &figure.panels[..] else {
            panic!("curves")
        };
        let roughness = |values: &[f32]| -> f32 {
            values
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).powi(2))
                .sum()
        };
        let [truth, model] = [0, 1].map(|nth: usize| &of_model.series[nth].values);
        let last = &of_last.series[1].values;
        assert!(roughness(model) < 0.2 * roughness(truth));
        assert_eq!(truth[..truth.len() - HORIZON], last[HORIZON..]);
        assert!(
            truth
                .iter()
                .chain(model)
                .all(|value| (0.0..2.2).contains(value))
        );
        assert!(truth[truth.len() - 1] < truth[0] - 0.5);
    }

    #[test]
    fn the_heads_read_as_the_caption_says() {
        let reading = Trained::get().reading();
        assert_eq!(reading.dim(), (SHAPE.heads, PATCHES));
        assert!(reading.slice(s![1, ..2]).sum() > 0.9, "{reading}");
        assert!(reading.slice(s![0, 2..]).sum() > 0.75, "{reading}");
        for row in reading.rows() {
            assert!((row.sum() - 1.0).abs() < 1e-5, "{reading}");
        }
    }
}
