//! The task `relative_position_bucket`, step by step, so that a mistake can take one of the steps differently.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// The settings of a table of buckets.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Keys after the query have buckets of their own.
    pub bidirectional: bool,
    /// The number of buckets.
    pub buckets: i64,
    /// The distance from which on all keys share the last bucket.
    pub max_distance: i64,
}

/// The buckets of these offsets, which are key positions minus query positions.
pub fn buckets(offsets: &Tensor, settings: Settings) -> Tensor {
    STEPS.run(offsets, settings)
}

/// The numbers by which a far distance is placed: the buckets of one direction, those with one distance, and the limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) count: f64,
    pub(super) exact: f64,
    pub(super) max_distance: f64,
}

/// The steps of finding a bucket.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// From the settings, those that are used.
    pub(super) settings: fn(Settings) -> Settings,
    /// From the offsets, those that are used.
    pub(super) offsets: fn(&Tensor) -> Tensor,
    /// From the settings, the number of buckets of one direction.
    pub(super) count: fn(Settings) -> i64,
    /// From the offsets and the direction, the distances.
    pub(super) distances: fn(&Tensor, bool) -> Tensor,
    /// From the number of buckets of one direction and the settings, those that have one distance each.
    pub(super) exact: fn(i64, Settings) -> i64,
    /// From the distances, the buckets of far ones, before they are made whole.
    pub(super) far: fn(&Tensor, Scale) -> Tensor,
    /// From numbers, whole ones.
    pub(super) whole: fn(&Tensor) -> Tensor,
    /// From the buckets of far distances and the number of buckets of one direction, those within it.
    pub(super) within: fn(&Tensor, i64) -> Tensor,
    /// From the offsets, those that get the second half of the buckets.
    pub(super) after: fn(&Tensor) -> Tensor,
    /// The first bucket of the second half, less that of the first half's end.
    pub(super) after_shift: i64,
}

/// The steps as they should be.
pub(super) const STEPS: Steps = Steps {
    settings: |settings| settings,
    offsets: Tensor::shallow_clone,
    count: |settings| settings.buckets / if settings.bidirectional { 2 } else { 1 },
    distances: |offsets, bidirectional| {
        if bidirectional {
            offsets.abs()
        } else {
            (-offsets).clamp_min(0.0)
        }
    },
    exact: |count, _| count / 2,
    far: |distances, scale| {
        let share = logarithm(distances, scale.exact) / ln(scale.max_distance / scale.exact);
        share * (scale.count - scale.exact) + scale.exact
    },
    whole: Tensor::trunc,
    within: |far, count| far.clamp_max(count as f64 - 1.0),
    after: |offsets| offsets.gt(0.0),
    after_shift: 0,
};

impl Steps {
    pub(super) fn run(self, offsets: &Tensor, settings: Settings) -> Tensor {
        let settings = (self.settings)(settings);
        let offsets = (self.offsets)(&offsets.to_kind(Kind::Double));
        let count = (self.count)(settings);
        let exact = (self.exact)(count, settings);
        let distances = (self.distances)(&offsets, settings.bidirectional);
        let scale = Scale {
            count: count as f64,
            exact: exact as f64,
            max_distance: settings.max_distance as f64,
        };
        let far = (self.within)(&(self.whole)(&(self.far)(&distances, scale)), count);
        let bucket = distances.where_self(&distances.lt(exact as f64), &far);
        let bucket = if settings.bidirectional {
            let first = settings.buckets / 2 + self.after_shift;
            bucket + (self.after)(&offsets).to_kind(Kind::Double) * first as f64
        } else {
            bucket
        };
        bucket.to_kind(Kind::Int64)
    }

    /// The buckets of a case by these steps.
    pub(super) fn of(self) -> impl Fn(&Inputs) -> Tensor {
        move |x| self.run(&x["offsets"], settings(x))
    }
}

/// The settings of a case.
pub(super) fn settings(x: &Inputs) -> Settings {
    Settings {
        bidirectional: x.size("bidirectional") != 0,
        buckets: x.size("buckets"),
        max_distance: x.size("max_distance"),
    }
}

/// The natural logarithm of distances, relative to one.
pub(super) fn logarithm(distances: &Tensor, unit: f64) -> Tensor {
    (distances / unit).log()
}

/// The natural logarithm of a number.
pub(super) fn ln(number: f64) -> f64 {
    number.ln()
}

/// All keys are taken as the encoder takes them.
pub(super) const BOTH_WAYS: Steps = Steps {
    settings: |settings| Settings {
        bidirectional: true,
        ..settings
    },
    ..STEPS
};

/// All keys are taken as the decoder takes them.
pub(super) const ONE_WAY: Steps = Steps {
    settings: |settings| Settings {
        bidirectional: false,
        ..settings
    },
    ..STEPS
};

/// Query minus key.
pub(super) const NEGATED: Steps = Steps {
    offsets: |offsets| -offsets,
    ..STEPS
};

/// The task with its cases, without mistakes.
pub(super) fn task() -> Task {
    cases(Task::new("relative_position_bucket", STEPS.of()).ids("buckets", ["offset"]))
}

/// Numbers of buckets, the longest distance, and the farthest offset of a case.
type Sizes = [i64; 3];

fn cases(task: Task) -> Task {
    let inputs = |bidirectional: bool, [buckets, max_distance, farthest]: Sizes| {
        move |random: &Random| {
            let offsets = random.permutation(2 * farthest + 1) - farthest;
            // The near ones, some of the far ones, and the limit.
            let offsets = offsets.narrow(0, 0, offsets.size()[0].min(18));
            let near = Tensor::arange_start(-5, 6, (Kind::Int64, offsets.device()));
            let edges = Tensor::from_slice(&[-4 * max_distance, -max_distance, max_distance]);
            Inputs::default()
                .with(
                    "offsets",
                    Tensor::cat(&[near, edges, offsets], 0).to_kind(Kind::Float),
                )
                .with("bidirectional", i64::from(bidirectional))
                .with("buckets", buckets)
                .with("max_distance", max_distance)
        }
    };
    task.case(
        "encoder",
        "T5's encoder: 32 buckets for both directions, and a limit of 128",
        inputs(true, [32, 128, 150]),
    )
    .case(
        "decoder",
        "T5's decoder: 32 buckets for what comes before",
        inputs(false, [32, 128, 150]),
    )
    .case(
        "few",
        "8 buckets for both directions: 2 near distances have one each, and from 20 on the last is shared",
        inputs(true, [8, 20, 30]),
    )
    .case(
        "odd",
        "10 buckets for what comes before: the near half is rounded down to 5 of 10, or 2 of 5",
        inputs(false, [10, 40, 50]),
    )
    .case(
        "odd-both",
        "14 buckets for both directions, 7 for each: the near half of them is 3",
        inputs(true, [14, 50, 60]),
    )
}
