//! The task `linear_backward`.

use tch::Tensor;

use super::autograd::gradients;
use super::linear_in;
use super::rows::{count, over_features, over_positions, rows};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

const OUTPUTS: [&str; 3] = ["dx", "dw", "db"];

/// The layer: x Wᵀ + b.
pub fn forward([x, weight, bias]: &[Tensor; 3]) -> Tensor {
    x.linear(weight, Some(bias))
}

/// The gradients of x, as rows (positions, in), of W and of b.
pub fn formula(x: &Tensor, weight: &Tensor, dy: &Tensor) -> [Tensor; 3] {
    let dy = rows(dy);
    [
        dy.matmul(weight),
        dy.tr().matmul(&rows(x)),
        over_positions(&dy),
    ]
}

pub(super) fn task() -> Task {
    let task = Task::new("linear_backward", right)
        .output("dx", ["position", "input feature"])
        .output("dw", ["output feature", "input feature"])
        .output("db", ["output feature"]);
    properties(other_mistakes(mistakes_of_sums(cases(task))))
}

fn right(x: &Inputs) -> Outputs {
    let bias = Tensor::zeros_like(&x["weight"].select(1, 0));
    let [dx, dw, db] = gradients([&x["x"], &x["weight"], &bias], forward, &x["dy"]);
    named([rows(&dx), dw, db])
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "4 positions, from 3 features to 5: only one product of each pair fits",
        layer(&[4], 3, 5),
    )
    .case(
        "two-leading-axes",
        "2 sequences of 3 positions: all six add up to the gradients of the weights",
        layer(&[2, 3], 4, 5),
    )
    .case(
        "square",
        "as many positions as features on both sides: here wrong products go through",
        layer(&[3], 3, 3),
    )
    .case(
        "no-leading-axis",
        "one position, without an axis for it",
        layer(&[], 2, 3),
    )
}

fn mistakes_of_sums(task: Task) -> Task {
    task.mistake(
        "summed-over-features",
        wrong(|x| [x.dx(), x.dw(), over_features(&x.dy)]),
    )
    .mistake(
        "averaged-over-positions",
        wrong(|x| [x.dx(), x.dw() / count(&x.dy), x.db() / count(&x.dy)]),
    )
    .form(
        "averaged-over-positions",
        "weights-averaged",
        wrong(|x| [x.dx(), x.dw() / count(&x.dy), x.db()]),
    )
    .form(
        "averaged-over-positions",
        "bias-averaged",
        wrong(|x| [x.dx(), x.dw(), x.db() / count(&x.dy)]),
    )
    .mistake(
        "overwritten",
        wrong(|x| {
            let last = x.last(1);
            [x.dx(), last.dw(), last.db()]
        }),
    )
    .form(
        "overwritten",
        "weights-overwritten",
        wrong(|x| [x.dx(), x.last(1).dw(), x.db()]),
    )
    .form(
        "overwritten",
        "sequences-overwritten",
        wrong(|x| {
            let last = x.last(x.length);
            [x.dx(), last.dw(), last.db()]
        }),
    )
    .form(
        "overwritten",
        "weights-of-sequences-overwritten",
        wrong(|x| [x.dx(), x.last(x.length).dw(), x.db()]),
    )
}

fn other_mistakes(task: Task) -> Task {
    task.mistake(
        "weight-transposed",
        wrong(|x| [x.dy.matmul(&x.weight.tr()), x.dw(), x.db()]),
    )
    .only_in(["square"])
    .mistake(
        "gradient-transposed",
        wrong(|x| [x.dx(), x.dw().tr(), x.db()]),
    )
    .form(
        "gradient-transposed",
        "gradient-transposed-where-it-fits",
        wrong(|x| [x.dx(), x.dw().tr(), x.db()]),
    )
    .only_in(["square"])
    .mistake(
        "dy-ignored",
        wrong(|x| {
            let ones = Layer {
                dy: x.dy.ones_like(),
                ..x.clone()
            };
            [ones.dx(), ones.dw(), ones.db()]
        }),
    )
    .form(
        "dy-ignored",
        "bias-of-ones",
        wrong(|x| [x.dx(), x.dw(), x.db().ones_like()]),
    )
    .form(
        "dy-ignored",
        "bias-counts-positions",
        wrong(|x| [x.dx(), x.dw(), x.db().ones_like() * count(&x.dy)]),
    )
    .mistake(
        "dx-instead-of-x",
        wrong(|x| [x.dx(), x.dy.tr().matmul(&x.dx()), x.db()]),
    )
    .mistake(
        "result-negated",
        wrong(|x| [x.dx().neg(), x.dw().neg(), x.db().neg()]),
    )
}

fn properties(task: Task) -> Task {
    task.property(linear_in("dy", &OUTPUTS))
        .property(
            Property::new(
                "positions-in-another-order",
                "moving x and dy of all positions together moves dx, and changes neither dW nor db",
            )
            .in_case("plain")
            .rotate(["x", "dy"], 0)
            .expect_rotated(["dx"], 0)
            .expect_same(["dw", "db"]),
        )
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving x and dy of all sequences together changes neither dW nor db",
            )
            .in_case("two-leading-axes")
            .rotate(["x", "dy"], 0)
            .expect_same(["dw", "db"]),
        )
        .property(
            Property::new(
                "positions-apart",
                "a different dy at positions 2 and 3 changes nothing in dx before them",
            )
            .in_case("plain")
            .disturb(["dy"], 0, 2)
            .expect_same_before(["dx"], 0, 2),
        )
}

/// Random numbers for x (…, in), the weights and dy (…, out).
fn layer(leading: &[i64], d_in: i64, d_out: i64) -> impl Fn(&Random) -> Inputs {
    let shape = |features: i64| [leading, &[features]].concat();
    let (x, dy) = (shape(d_in), shape(d_out));
    move |random| {
        Inputs::default()
            .with("x", random.normal(&x) + 0.5)
            .with("weight", random.normal(&[d_out, d_in]))
            .with("dy", random.normal(&dy))
    }
}

/// The inputs of a case, with all positions as rows.
struct Layer {
    x: Tensor,
    weight: Tensor,
    dy: Tensor,
    /// The number of positions of a sequence.
    length: i64,
}

impl Clone for Layer {
    fn clone(&self) -> Self {
        Self {
            x: self.x.shallow_clone(),
            weight: self.weight.shallow_clone(),
            dy: self.dy.shallow_clone(),
            length: self.length,
        }
    }
}

impl Layer {
    fn of(x: &Inputs) -> Self {
        Self {
            x: rows(&x["x"]),
            weight: x["weight"].shallow_clone(),
            dy: rows(&x["dy"]),
            length: x["x"].size().iter().nth_back(1).copied().unwrap_or(1),
        }
    }

    fn dx(&self) -> Tensor {
        self.dy.matmul(&self.weight)
    }

    fn dw(&self) -> Tensor {
        self.dy.tr().matmul(&self.x)
    }

    fn db(&self) -> Tensor {
        over_positions(&self.dy)
    }

    /// The layer for the last so many positions alone.
    fn last(&self, positions: i64) -> Self {
        let from = self.x.size()[0] - positions;
        let last = |rows: &Tensor| rows.narrow(0, from, positions);
        Self {
            x: last(&self.x),
            dy: last(&self.dy),
            ..self.clone()
        }
    }
}

fn wrong(gradients: impl Fn(&Layer) -> [Tensor; 3]) -> impl Fn(&Inputs) -> Outputs {
    move |x| named(gradients(&Layer::of(x)))
}

fn named(gradients: [Tensor; 3]) -> Outputs {
    OUTPUTS.into_iter().zip(gradients).collect()
}
