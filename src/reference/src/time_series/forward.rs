//! The task `forward`.

use tch::{Kind, Tensor};

use super::cases::{SMALL, Sizes, THREE_BLOCKS, double, parameters, with_forecaster};
use super::model::{Found, RIGHT, Shape, Way};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

impl From<Found> for Outputs {
    fn from(found: Found) -> Self {
        [
            ("level", found.level),
            ("patches", found.patches),
            ("embedded", found.embedded),
            ("attention", found.attention),
            ("forecast", found.forecast),
        ]
        .into()
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("forward", by(RIGHT))
        .output("level", ["window"])
        .output("patches", ["window", "patch", "value"])
        .output("embedded", ["window", "patch", "feature"])
        .output("attention", ["block", "window", "head", "query", "key"])
        .output("forecast", ["window", "step"]);
    properties(of_the_model(of_levels(cases(task))))
}

/// The shape of a case's forecaster.
pub(super) fn shape(x: &Inputs) -> Shape {
    Shape {
        patch: x.size("patch"),
        heads: x.size("heads"),
    }
}

fn by(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        way.run(&parameters(x), shape(x), &double(x, "contexts"))
            .into()
    }
}

fn cases(task: Task) -> Task {
    task.case(
        "three-blocks",
        "3 blocks and 3 heads; 2 windows of 9 values, in 4 patches of 2; 5 values are forecast",
        |random| {
            let level = random.normal(&[2, 1]) + 2.0;
            let contexts = random.normal(&[2, THREE_BLOCKS.context]) + level;
            with_forecaster(Inputs::default(), random, THREE_BLOCKS).with("contexts", contexts)
        },
    )
    .case(
        "one-patch",
        "one block and 2 heads; 3 windows of 3 values, which are a single patch; 2 values are forecast",
        |random| {
            let sizes = Sizes {
                context: 3,
                ..SMALL
            };
            let contexts = random.normal(&[3, 3]) * 2.0 - 1.5;
            with_forecaster(Inputs::default(), random, sizes).with("contexts", contexts)
        },
    )
}

/// The case in which mistakes are recorded. In the other there is nothing that this one does not show.
const MANY_PATCHES: [&str; 1] = ["three-blocks"];

fn of_levels(task: Task) -> Task {
    let level = |level: fn(&Tensor) -> Tensor| by(Way { level, ..RIGHT });
    task.mistake(
        "level-not-subtracted",
        by(Way {
            relative: |contexts, _| contexts.shallow_clone(),
            ..RIGHT
        }),
    )
    .only_in(MANY_PATCHES)
    .form(
        "level-not-subtracted",
        "level-ignored",
        by(Way {
            relative: |contexts, _| contexts.shallow_clone(),
            restored: |forecast, _| forecast.shallow_clone(),
            ..RIGHT
        }),
    )
    .only_in(MANY_PATCHES)
    .mistake(
        "level-not-added",
        by(Way {
            restored: |forecast, _| forecast.shallow_clone(),
            ..RIGHT
        }),
    )
    .only_in(MANY_PATCHES)
    .mistake(
        "another-level",
        level(|contexts| contexts.narrow(1, contexts.size()[1] - 1, 1)),
    )
    .only_in(MANY_PATCHES)
    .form(
        "another-level",
        "level-of-the-patches",
        // One value is in no patch.
        level(|contexts| (RIGHT.level)(&contexts.narrow(1, 1, contexts.size()[1] - 1))),
    )
    .only_in(MANY_PATCHES)
    .form(
        "another-level",
        "one-level-for-all",
        level(|contexts| {
            let mean = contexts.mean(Kind::Double).reshape([1, 1]);
            mean.expand([contexts.size()[0], 1], false)
        }),
    )
    .only_in(MANY_PATCHES)
}

fn of_the_model(task: Task) -> Task {
    let embed = |embed: fn(&Weights, &Tensor) -> Tensor| by(Way { embed, ..RIGHT });
    let blocks = |blocks: fn(Vec<Weights>) -> Vec<Weights>| by(Way { blocks, ..RIGHT });
    let read = |read: fn(&Tensor) -> Tensor| by(Way { read, ..RIGHT });
    task.mistake(
        "positions-forgotten",
        embed(|w, patches| patches.linear(&w["w_patch"], Some(&w["b_patch"]))),
    )
    .only_in(MANY_PATCHES)
    .mistake(
        "bias-forgotten",
        embed(|w, patches| patches.linear(&w["w_patch"], None::<&Tensor>) + &w["positions"]),
    )
    .only_in(MANY_PATCHES)
    .form(
        "bias-forgotten",
        "bias-of-the-head-forgotten",
        by(Way {
            head: |w, last| last.linear(&w["w_head"], None::<&Tensor>),
            ..RIGHT
        }),
    )
    .only_in(MANY_PATCHES)
    .mistake(
        "one-block-only",
        blocks(|mut blocks| {
            blocks.truncate(1);
            blocks
        }),
    )
    .only_in(MANY_PATCHES)
    .mistake(
        "blocks-reversed",
        blocks(|mut blocks| {
            blocks.reverse();
            blocks
        }),
    )
    .mistake(
        "no-final-norm",
        by(Way {
            norm: |_, x| x.shallow_clone(),
            ..RIGHT
        }),
    )
    .only_in(MANY_PATCHES)
    .mistake("first-patch-read", read(|normed| normed.select(1, 0)))
    .mistake(
        "mean-of-patches-read",
        read(|normed| normed.mean_dim(1_i64, false, Kind::Double)),
    )
}

fn properties(task: Task) -> Task {
    const INSIDE: [&str; 3] = ["patches", "embedded", "attention"];
    task.property(
        Property::new(
            "a-higher-window",
            "adding a number to all values of the windows changes nothing between level and forecast",
        )
        .in_case("three-blocks")
        .add(["contexts"], 1.5)
        .expect_same(INSIDE),
    )
    .property(
        Property::new(
            "windows-in-another-order",
            "moving the windows moves their forecasts, and changes nothing else",
        )
        .in_case("one-patch")
        .rotate(["contexts"], 0)
        .expect_rotated(["level", "patches", "embedded", "forecast"], 0)
        .expect_rotated(["attention"], 1),
    )
    .property(
        Property::new(
            "attention-is-shared-out",
            "the weights of each query add up to 1",
        )
        .in_case("three-blocks")
        .expect_sum_of_one(["attention"], 4),
    )
}
