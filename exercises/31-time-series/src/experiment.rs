//! A whole run on a series of your own. Everything in this file is given, and it calls your functions.

use ndarray::{Array2, ArrayView1, Axis};
use training::{RunSettings, Schedule, Settings, State};

use crate::measures::naive_forecasts;
use crate::model::{Errors, Shape, Split};
use crate::start::{Random, Sizes, untrained};
use crate::{errors, forward, naive, scale, train, windows};

/// The plan of a run.
#[derive(Debug, Clone, Copy)]
pub struct Experiment {
    /// The sizes of the model.
    pub sizes: Sizes,
    /// The first value of the test part.
    pub split: usize,
    /// The number of values in a season.
    pub season: usize,
    /// The number of steps.
    pub steps: usize,
    /// The number of windows that a step reads.
    pub batch: usize,
    /// The largest learning rate.
    pub peak: f32,
    /// The seed of the parameters and of the order of the windows.
    pub seed: u64,
}

/// The plan for the carbon dioxide over Mauna Loa, week by week: two years are read, and half a year is forecast.
pub const CO2: Experiment = Experiment {
    sizes: Sizes {
        shape: Shape {
            context: 104,
            patch: 13,
            heads: 4,
        },
        horizon: 26,
        blocks: 1,
        d_model: 16,
        d_ff: 32,
    },
    split: 1827,
    season: 52,
    steps: 600,
    batch: 32,
    peak: 0.02,
    seed: 42,
};

/// The result of a run: errors on the test windows, in the units of the series.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The loss of each step.
    pub losses: Vec<f32>,
    /// The errors of the model.
    pub model: Errors,
    /// Those of the last value as a forecast.
    pub last: Errors,
    /// Those of the last season.
    pub seasonal: Errors,
    /// Those of the last season, shifted by what it is above the season before it.
    pub risen: Errors,
    /// Those of the mean of all that is known.
    pub mean: Errors,
    /// The weights with which the last patch reads the window in the first block, as a mean over all test windows:
    /// (head, patch).
    pub reading: Array2<f32>,
}

impl Experiment {
    /// Trains a model on the training part, and compares its forecasts of the test part with those that need no model.
    pub fn run(&self, series: ArrayView1<'_, f32>) -> Outcome {
        let (shape, horizon) = (self.sizes.shape, self.sizes.horizon);
        let scale = scale(series, self.split);
        let series = scale.normalize(series);
        let Split { train: known, test } =
            windows(series.view(), self.split, shape.context, horizon);

        let mut random = Random::new(self.seed);
        let start = State::new(untrained(self.sizes, &mut random));
        let count = known.contexts.nrows();
        let order = Array2::from_shape_simple_fn((self.steps, self.batch), || random.below(count));
        let settings = self.settings();
        let (end, records) = train(&start, &known, order.view(), self.steps, shape, &settings);

        let tested = forward(test.contexts.view(), &end.parameters, shape);
        let errors = |forecasts: Array2<f32>| errors(forecasts.view(), test.targets.view(), scale);
        let origins = self.split..self.split + test.targets.nrows();
        let [last, seasonal, mean] =
            naive_forecasts(series.view(), origins, [horizon, self.season], naive);
        let risen = &seasonal + &self.rises(series.view(), seasonal.nrows());
        let last_patch = tested.attention[0].index_axis(Axis(2), shape.context / shape.patch - 1);
        Outcome {
            losses: records.iter().map(|record| record.loss).collect(),
            model: errors(tested.forecast),
            last: errors(last),
            seasonal: errors(seasonal),
            risen: errors(risen),
            mean: errors(mean),
            reading: last_patch.mean_axis(Axis(0)).expect("at least one window"),
        }
    }

    /// The rise from the last season but one to the last, for each test window: (windows, 1).
    fn rises(&self, series: ArrayView1<'_, f32>, windows: usize) -> Array2<f32> {
        let season = self.season;
        let sum = |from: usize| -> f32 { series.iter().skip(from).take(season).sum() };
        Array2::from_shape_fn((windows, 1), |(window, _)| {
            let origin = self.split + window;
            (sum(origin - season) - sum(origin - 2 * season)) / season as f32
        })
    }

    fn settings(&self) -> RunSettings {
        RunSettings {
            heads: self.sizes.shape.heads,
            ignored: 0,
            micro_batch: self.batch,
            max_norm: 1.0,
            schedule: Schedule {
                peak: self.peak,
                floor: self.peak / 10.0,
                warm_up: self.steps / 10,
                steps: self.steps,
            },
            adamw: Settings {
                beta_1: 0.9,
                beta_2: 0.98,
                epsilon: 1e-3,
                weight_decay: 0.01,
            },
        }
    }
}
