//! The task `unfreeze`: formulas in `f64`, as there is no kernel for names.

mod cases;
mod mistakes;

use attentive_grader::{PieceSource, Tolerance};
use tch::Tensor;

use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;
use crate::texts::of_ids;

/// Rates are small numbers, and the last one is ξ to the power of thirteen.
const OF_RATES: Tolerance = Tolerance {
    absolute: 1e-11,
    relative: 1e-5,
};

pub(super) fn task() -> Task {
    let task = Task::new("unfreeze", RIGHT.outputs())
        .pieces("trained", PieceSource::Texts("names".into()))
        .output("rates", ["parameter"])
        .within(OF_RATES);
    mistakes::add(cases::add(task))
        .property(
            Property::new(
                "four-times-the-rate",
                "four times the rate of the head is four times every rate, and the same parameters are trained",
            )
            .in_case("top-two")
            .multiply(["rate"], 4.0)
            .expect_same(["trained"])
            .expect_multiplied(["rates"], 4.0),
        )
        .property(
            Property::new(
                "one-block-fewer",
                "if one block fewer is trained, the rates of the head and of the blocks above it stay",
            )
            .in_case("from-the-top")
            .set("top", 1)
            .expect_same_before(["rates"], 0, 4),
        )
        .property(
            Property::new(
                "a-different-decay",
                "a different decay changes neither the rate of the head nor what is trained",
            )
            .in_case("from-the-top")
            .add(["decay"], -0.25)
            .expect_same(["trained"])
            .expect_same_before(["rates"], 0, 2),
        )
}

/// The part of the model that a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Embeddings,
    Block(i64),
    Head,
}

/// The inputs of a case that are the same for all names.
#[derive(Debug, Clone, Copy)]
struct Tuning {
    blocks: i64,
    /// The number of trained blocks; with `None`, everything is trained.
    top: Option<i64>,
    rate: f64,
    decay: f64,
}

impl Tuning {
    fn of(x: &Inputs) -> Self {
        Self {
            blocks: x.size("blocks"),
            top: x.get("top").map(|_| x.size("top")),
            rate: x.number("rate"),
            decay: x.number("decay"),
        }
    }

    /// The number of layers from the head down to a part.
    fn depth(&self, part: Part) -> i64 {
        match part {
            Part::Head => 0,
            Part::Block(block) => self.blocks - block,
            Part::Embeddings => self.blocks + 1,
        }
    }

    fn is_trained(&self, part: Part) -> bool {
        self.top.is_none_or(|top| self.depth(part) <= top)
    }

    /// The rate of a part that is so far down, if it is trained.
    fn rate_at(&self, depth: i64) -> f64 {
        self.rate * self.decay.powf(depth as f64)
    }
}

/// A way of finding the rate of a name, step by step.
#[derive(Clone, Copy)]
struct Way {
    part: fn(&str) -> Part,
    is_trained: fn(&Tuning, Part) -> bool,
    rate: fn(&Tuning, Part) -> f64,
}

const RIGHT: Way = Way {
    part,
    is_trained: |tuning, part| tuning.is_trained(part),
    rate: |tuning, part| tuning.rate_at(tuning.depth(part)),
};

fn part(name: &str) -> Part {
    match name.split('.').next() {
        Some("head") => Part::Head,
        Some("blocks") => Part::Block(number(name)),
        _ => Part::Embeddings,
    }
}

/// The number of the block that a parameter belongs to.
fn number(name: &str) -> i64 {
    let number = name
        .split('.')
        .nth(1)
        .and_then(|number| number.parse().ok());
    number.expect("the number of a block")
}

impl Way {
    /// The places of the names of what is trained, and the rates of all, with 0 for what is frozen.
    fn outputs(self) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 2] {
        move |x| {
            let tuning = Tuning::of(x);
            let (mut trained, mut rates) = (Vec::new(), Vec::new());
            for (place, name) in x.texts("names").iter().enumerate() {
                let part = (self.part)(name);
                let is_trained = (self.is_trained)(&tuning, part);
                rates.push(if is_trained {
                    (self.rate)(&tuning, part)
                } else {
                    0.0
                });
                if is_trained {
                    trained.push(place);
                }
            }
            [
                ("trained", of_ids(&trained)),
                ("rates", Tensor::from_slice(&rates)),
            ]
        }
    }
}
