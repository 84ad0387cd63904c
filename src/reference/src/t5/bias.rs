//! The task `position_bias`.

use tch::{Kind, Tensor};

use super::bucket::{self, BOTH_WAYS, NEGATED, ONE_WAY, STEPS, Settings, Steps};
use crate::gpt::model::rows;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The shape of a bias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) queries: i64,
    pub(super) keys: i64,
}

/// The bias (heads, queries, keys) of a table (buckets, heads).
pub(super) fn bias(table: &Tensor, shape: Shape, settings: Settings, steps: Steps) -> Tensor {
    let offsets = offsets(shape, shape.keys - shape.queries);
    of_buckets(table, &steps.run(&offsets, settings))
}

/// The rows of the table, with the heads moved to the front.
fn of_buckets(table: &Tensor, buckets: &Tensor) -> Tensor {
    rows(table, buckets).permute([2, 0, 1])
}

/// Key position minus query position: (queries, keys). The first query has the position `past`.
fn offsets(Shape { queries, keys }: Shape, past: i64) -> Tensor {
    let positions = |count: i64| Tensor::arange(count, (Kind::Int64, tch::Device::Cpu));
    positions(keys).unsqueeze(0) - (positions(queries) + past).unsqueeze(1)
}

pub(super) fn task() -> Task {
    let task = Task::new("position_bias", by(STEPS)).output("bias", ["head", "query", "key"]);
    mistakes(cases(task)).property(
        Property::new(
            "heads-in-another-order",
            "moving the columns of the table moves the heads, and changes nothing else",
        )
        .in_case("encoder")
        .rotate(["table"], 1)
        .expect_rotated(["bias"], 0),
    )
}

fn cases(task: Task) -> Task {
    let inputs =
        |bidirectional: bool, [queries, keys]: [i64; 2], [buckets, heads, max]: [i64; 3]| {
            move |random: &Random| {
                Inputs::default()
                    .with("table", random.normal(&[buckets, heads]))
                    .with("queries", queries)
                    .with("keys", keys)
                    .with("bidirectional", i64::from(bidirectional))
                    .with("max_distance", max)
            }
        };
    task.case(
        "encoder",
        "5 positions, 8 buckets for both directions, 3 heads",
        inputs(true, [5, 5], [8, 3, 6]),
    )
    .case(
        "decoder",
        "6 positions, 4 buckets for what comes before, 2 heads",
        inputs(false, [6, 6], [4, 2, 5]),
    )
    .case(
        "far",
        "10 positions: those 7 or more apart share the last bucket of their direction",
        inputs(true, [10, 10], [8, 2, 7]),
    )
    .case(
        "new-tokens",
        "the last 2 of 7 positions ask, as when a text is continued",
        inputs(false, [2, 7], [6, 4, 5]),
    )
    .case(
        "square",
        "as many buckets as heads: here the transposed table has the right shape",
        inputs(false, [3, 3], [4, 4, 8]),
    )
}

fn mistakes(task: Task) -> Task {
    task.mistake("offset-negated", by(NEGATED))
        .mistake("both-ways-in-the-decoder", by(BOTH_WAYS))
        .mistake("one-way-in-the-encoder", by(ONE_WAY))
        .mistake("past-ignored", |x| {
            of_buckets(&x["table"], &STEPS.run(&offsets(shape(x), 0), settings(x)))
        })
        .mistake("table-transposed", |x| {
            by(STEPS)(&x.clone().with("table", x["table"].tr()))
        })
        .only_in(["square"])
        .mistake("heads-last", |x| {
            let Shape { queries, keys } = shape(x);
            by(STEPS)(x).permute([1, 2, 0]).reshape([-1, queries, keys])
        })
        .mistake("first-head-for-all", |x| {
            let bias = by(STEPS)(x);
            bias.narrow(0, 0, 1).expand_as(&bias)
        })
        .mistake("distance-by-slope", |x| {
            let slope = x["table"].get(1) - x["table"].get(0);
            let distances = offsets(shape(x), shape(x).keys - shape(x).queries).abs();
            x["table"].get(0).view([-1, 1, 1]) + slope.view([-1, 1, 1]) * distances
        })
        .others_only_in(&["encoder", "decoder", "new-tokens"])
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| bias(&x["table"], shape(x), settings(x), steps)
}

fn shape(x: &Inputs) -> Shape {
    Shape {
        queries: x.size("queries"),
        keys: x.size("keys"),
    }
}

fn settings(x: &Inputs) -> Settings {
    let buckets = x["table"].size()[0];
    bucket::settings(&x.clone().with("buckets", buckets))
}
