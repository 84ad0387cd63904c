//! The task `gradients`.

mod by_hand;

use tch::{Kind, Tensor};

use super::cases::{THREE_BLOCKS, double, parameters, with_forecaster};
use super::forward::shape;
use super::model::{RIGHT, Way, loss};
use crate::backward::autograd::as_if;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;
use crate::training_run::decoder::{differentiate, final_norm_skipped, parameters_of_blocks};

/// A loss, the number of values that it is a mean of, and gradients by the names of the parameters.
#[derive(Debug)]
struct Found {
    loss: Tensor,
    counted: i64,
    gradients: Weights,
}

impl From<Found> for Outputs {
    fn from(found: Found) -> Self {
        let of = |name: &str| found.gradients[name].shallow_clone();
        let with_bias =
            |weight: &str, bias: &str| Tensor::cat(&[of(weight), of(bias).unsqueeze(1)], 1);
        [
            ("loss", found.loss.shallow_clone()),
            ("counted", Tensor::from(found.counted)),
            ("dhead", with_bias("w_head", "b_head")),
            ("dnorm_f", Tensor::stack(&[of("gamma_f"), of("beta_f")], 0)),
            ("dblocks", blocks(&found.gradients)),
            ("dpositions", of("positions")),
            ("dpatch", with_bias("w_patch", "b_patch")),
        ]
        .into()
    }
}

/// The norm of each gradient of each block, in the order of their names. Exercise 28 has looked at their entries.
fn blocks(gradients: &Weights) -> Tensor {
    let mut rows = Vec::new();
    for block in parameters_of_blocks(gradients) {
        let norms: Vec<Tensor> = block.iter().map(|(_, gradient)| gradient.norm()).collect();
        rows.push(Tensor::stack(&norms, 0));
    }
    Tensor::stack(&rows, 0)
}

pub(super) fn task() -> Task {
    let task = Task::new("gradients", by(RIGHT))
        .output("loss", [])
        .ids("counted", [])
        .output("dhead", ["step", "feature"])
        .output("dnorm_f", ["row", "feature"])
        .output("dblocks", ["block", "parameter"])
        .output("dpositions", ["patch", "feature"])
        .output("dpatch", ["feature", "value"]);
    properties(of_ways_back(of_losses(cases(task))))
}

fn cases(task: Task) -> Task {
    task.case(
        "three-blocks",
        "3 blocks; 3 windows of 9 values, in 4 patches of 2; 5 values are forecast; the last column of `dhead` and of \
         `dpatch` is that of the bias, row 1 of `dnorm_f` that of β, and `dblocks` has the norms of all gradients in the \
         order of their names",
        |random| {
            with_forecaster(Inputs::default(), random, THREE_BLOCKS)
                .with("contexts", random.normal(&[3, THREE_BLOCKS.context]) + 1.0)
                .with("targets", random.normal(&[3, THREE_BLOCKS.horizon]) + 1.0)
        },
    )
}

/// Loss and gradients of a case, by a way of forecasting and a function of forecasts and targets.
fn find(x: &Inputs, way: Way, loss: fn(&Tensor, &Tensor) -> Tensor) -> Found {
    let (contexts, targets) = (double(x, "contexts"), double(x, "targets"));
    let (loss, gradients) = differentiate(&parameters(x), |parameters| {
        let forecast = way.run(parameters, shape(x), &contexts).forecast;
        loss(&forecast, &targets)
    });
    Found {
        loss,
        counted: targets.numel() as i64,
        gradients,
    }
}

fn by(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| find(x, way, loss).into()
}

fn with(loss: fn(&Tensor, &Tensor) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    move |x| find(x, RIGHT, loss).into()
}

/// A loss whose gradient is multiplied by a number.
fn times(loss: Tensor, factor: f64) -> Tensor {
    as_if(&loss, &(&loss * factor))
}

fn of_losses(task: Task) -> Task {
    task.mistake(
        "factor-2-forgotten",
        with(|forecast, target| times(loss(forecast, target), 0.5)),
    )
    .mistake(
        "half-the-square",
        with(|forecast, target| loss(forecast, target) * 0.5),
    )
    .mistake(
        "not-divided",
        with(|forecast, target| times(loss(forecast, target), target.numel() as f64)),
    )
    .form(
        "not-divided",
        "divided-by-windows",
        with(|forecast, target| times(loss(forecast, target), target.size()[1] as f64)),
    )
    .form(
        "not-divided",
        "mean-over-windows",
        with(|forecast, target| loss(forecast, target) * target.size()[1] as f64),
    )
    .form(
        "not-divided",
        "sum-of-squares",
        with(|forecast, target| loss(forecast, target) * target.numel() as f64),
    )
    .mistake(
        "difference-reversed",
        with(|forecast, target| times(loss(forecast, target), -1.0)),
    )
    .mistake(
        "absolute-errors",
        with(|forecast, target| (forecast - target).abs().mean(Kind::Double)),
    )
    .mistake(
        "root-as-loss",
        with(|forecast, target| loss(forecast, target).sqrt()),
    )
    .form(
        "root-as-loss",
        "root-of-the-loss-alone",
        with(|forecast, target| {
            let mean = loss(forecast, target);
            as_if(&mean.sqrt(), &mean)
        }),
    )
    .mistake("windows-counted", |x| {
        let found = find(x, RIGHT, loss);
        let counted = x["targets"].size()[0];
        Outputs::from(Found { counted, ..found })
    })
}

fn of_ways_back(task: Task) -> Task {
    let embed = |embed: fn(&Weights, &Tensor) -> Tensor| by(Way { embed, ..RIGHT });
    let read = |read: fn(&Tensor) -> Tensor| by(Way { read, ..RIGHT });
    task.mistake(
        "gradient-to-all-patches",
        read(|normed| {
            let all = normed.sum_dim_intlist(1_i64, false, Kind::Double);
            as_if(&normed.select(1, -1), &all)
        }),
    )
    .mistake(
        "gradient-to-the-first-patch",
        read(|normed| as_if(&normed.select(1, -1), &normed.select(1, 0))),
    )
    .mistake(
        "norm-skipped",
        by(Way {
            norm: final_norm_skipped,
            ..RIGHT
        }),
    )
    .mistake(
        "positions-not-summed",
        embed(|w, patches| {
            let others = w["positions"].detach().unsqueeze(0);
            let others = others.expand([patches.size()[0] - 1, -1, -1], false);
            let positions = Tensor::cat(&[w["positions"].unsqueeze(0), others], 0);
            patches.linear(&w["w_patch"], Some(&w["b_patch"])) + positions
        }),
    )
    .form(
        "positions-not-summed",
        "positions-averaged",
        embed(|w, patches| {
            let share = &w["positions"] / patches.size()[0] as f64;
            let positions = as_if(&w["positions"], &share);
            patches.linear(&w["w_patch"], Some(&w["b_patch"])) + positions
        }),
    )
    .mistake("blocks-forwards", |x| {
        by_hand::outputs(x, |blocks| {
            (0..blocks).map(|block| (block, block)).collect()
        })
    })
    .mistake("wrong-input-kept", |x| {
        by_hand::outputs(x, |blocks| {
            (0..blocks).rev().map(|block| (block, block + 1)).collect()
        })
    })
    .form("wrong-input-kept", "embedded-kept", |x| {
        by_hand::outputs(x, |blocks| {
            (0..blocks).rev().map(|block| (block, 0)).collect()
        })
    })
}

fn properties(task: Task) -> Task {
    const ALL: [&str; 6] = [
        "loss",
        "dhead",
        "dnorm_f",
        "dblocks",
        "dpositions",
        "dpatch",
    ];
    task.property(
        Property::new(
            "windows-in-another-order",
            "moving the windows with their targets changes nothing",
        )
        .in_case("three-blocks")
        .rotate(["contexts", "targets"], 0)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "windows-twice",
            "a mean over windows that are there twice is the mean over them",
        )
        .in_case("three-blocks")
        .double(["contexts", "targets"], 0)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "a-higher-series",
            "adding a number to windows and targets changes nothing, because the level takes it up",
        )
        .in_case("three-blocks")
        .add(["contexts", "targets"], 1.5)
        .expect_same(ALL),
    )
}
