//! The task `drop_out`.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The entries that are kept, their share, and whether the model is trained.
#[derive(Debug)]
pub(super) struct Dropout {
    pub(super) keep: Tensor,
    pub(super) rate: f64,
    pub(super) is_training: bool,
}

impl Dropout {
    /// The dropout of a case.
    pub(super) fn of(x: &Inputs) -> Self {
        Self {
            keep: x["keep"].shallow_clone(),
            rate: x.number("rate"),
            is_training: x.size("training") == 1,
        }
    }

    /// Nothing is dropped.
    pub(super) fn none(keep: &Tensor) -> Self {
        Self {
            keep: keep.ones_like(),
            rate: 0.0,
            is_training: false,
        }
    }

    /// The same in training, whatever the model is run for.
    pub(super) fn always(&self) -> Self {
        Self {
            keep: self.keep.shallow_clone(),
            is_training: true,
            ..*self
        }
    }

    /// Dropout as it should be.
    pub(super) fn run(&self, x: &Tensor) -> Tensor {
        if !self.is_training {
            return x.shallow_clone();
        }
        self.kept(x) / (1.0 - self.rate)
    }

    /// The entries that are kept, and 0 for the others.
    pub(super) fn kept(&self, x: &Tensor) -> Tensor {
        x.masked_fill(&self.keep.logical_not(), 0.0)
    }

    /// The entries that should be dropped, and 0 for the others, divided as if they were kept.
    pub(super) fn swapped(&self, x: &Tensor) -> Tensor {
        if !self.is_training {
            return x.shallow_clone();
        }
        x.masked_fill(&self.keep, 0.0) / (1.0 - self.rate)
    }

    /// Dropout without the division.
    pub(super) fn unscaled(&self, x: &Tensor) -> Tensor {
        match self.is_training {
            true => self.kept(x),
            false => x.shallow_clone(),
        }
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("drop_out", by(Dropout::run)).output("y", ["text", "feature"]);
    properties(mistakes(cases(task)).others_only_in(&["training", "evaluation"]))
}

fn by(way: fn(&Dropout, &Tensor) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| way(&Dropout::of(x), &x["x"].to_kind(Kind::Double))
}

fn case(random: &Random, shape: [i64; 2], rate: f32, training: i64) -> Inputs {
    Inputs::default()
        .with("x", random.normal(&shape) + 0.5)
        .with("keep", random.uniform(&shape, 0.0, 1.0).ge(f64::from(rate)))
        .with("rate", rate)
        .with("training", training)
}

fn cases(task: Task) -> Task {
    task.case(
        "training",
        "a quarter is dropped, of 3 texts with 5 features",
        |random| case(random, [3, 5], 0.25, 1),
    )
    .case(
        "evaluation",
        "the same for texts that are judged: nothing is dropped",
        |random| case(random, [3, 5], 0.25, 0),
    )
    .case(
        "high-rate",
        "three quarters are dropped, and all of the first text",
        |random| {
            let inputs = case(random, [4, 4], 0.75, 1);
            let others = Tensor::from_slice(&[false, true, true, true]).unsqueeze(1);
            let keep = inputs["keep"].logical_and(&others);
            inputs.with("keep", keep)
        },
    )
}

fn mistakes(task: Task) -> Task {
    task.mistake(
        "dropout-at-evaluation",
        by(|dropout, x| dropout.always().run(x)),
    )
    .mistake("no-dropout", by(|_, x| x.shallow_clone()))
    .mistake("dropout-without-rescaling", by(Dropout::unscaled))
    .mistake(
        "scaled-at-evaluation",
        by(|dropout, x| match dropout.is_training {
            true => dropout.kept(x),
            false => x * (1.0 - dropout.rate),
        }),
    )
    .form(
        "scaled-at-evaluation",
        "divided-at-evaluation",
        by(|dropout, x| match dropout.is_training {
            true => dropout.run(x),
            false => x / (1.0 - dropout.rate),
        }),
    )
    .mistake("keep-mask-inverted", by(Dropout::swapped))
    .mistake(
        "kept-entries-divided-by-the-rate",
        by(|dropout, x| match dropout.is_training {
            true => dropout.kept(x) / dropout.rate,
            false => x.shallow_clone(),
        }),
    )
    .mistake(
        "kept-entries-multiplied",
        by(|dropout, x| match dropout.is_training {
            true => dropout.kept(x) * (1.0 - dropout.rate),
            false => x.shallow_clone(),
        }),
    )
    .mistake(
        "modes-swapped",
        by(|dropout, x| match dropout.is_training {
            true => x.shallow_clone(),
            false => dropout.always().run(x),
        }),
    )
    .form(
        "no-dropout",
        "scaled-and-not-dropped",
        by(|dropout, x| match dropout.is_training {
            true => x / (1.0 - dropout.rate),
            false => x.shallow_clone(),
        }),
    )
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "evaluation-does-not-drop",
            "in evaluation it does not matter what would be kept",
        )
        .in_case("evaluation")
        .fill(["keep"], 0, 0, 0.0)
        .expect_same(["y"]),
    )
    .property(
        Property::new(
            "linear-in-x",
            "multiplying the vectors by −3 multiplies the result by −3, so it may be a gradient as well",
        )
        .in_case("training")
        .multiply(["x"], -3.0)
        .expect_multiplied(["y"], -3.0),
    )
    .property(
        Property::new(
            "entries-in-another-order",
            "moving vectors and kept entries together moves the result",
        )
        .in_case("training")
        .rotate(["x", "keep"], 1)
        .expect_rotated(["y"], 1),
    )
}
