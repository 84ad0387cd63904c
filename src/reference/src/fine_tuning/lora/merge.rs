//! The task `lora_merge`.

use tch::{Kind, Tensor};

use super::{Layer, cases, scales};
use crate::fine_tuning::linear_in;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// The case in which wrong products exist.
const SQUARE: [&str; 1] = ["square"];

pub(in crate::fine_tuning) fn task() -> Task {
    let task = Task::new("lora_merge", right).output("merged", ["output feature", "input feature"]);
    let task = of_products(scales::add(cases::add(task, cases::layer), by));
    properties(task.others_only_in(cases::TELLING))
}

fn right(x: &Inputs) -> Tensor {
    let [weight, a, b] = ["weight", "a", "b"].map(|name| x[name].to_kind(Kind::Double));
    layer([weight, a, b], x.number("alpha")).merged()
}

/// The layer, with an input that plays no part.
fn layer([weight, a, b]: [Tensor; 3], alpha: f64) -> Layer {
    let x = a.get(0);
    Layer {
        x,
        weight,
        a,
        b,
        alpha,
    }
}

/// The output with this factor in place of the scale.
fn by(x: &Inputs, factor: fn(&Layer) -> f64) -> Tensor {
    let layer = of(x);
    layer.merged_by(factor(&layer))
}

fn of_products(task: Task) -> Task {
    task.mistake("adapter-alone", wrong(|x| x.merged() - &x.weight))
        .mistake("adapter-ignored", wrong(|x| x.weight.shallow_clone()))
        .mistake(
            "a-and-b-swapped",
            wrong(|x| &x.weight + x.a.matmul(&x.b) * x.scale()),
        )
        .only_in(SQUARE)
        .form(
            "a-and-b-swapped",
            "swapped-and-transposed",
            wrong(|x| &x.weight + x.a.matmul(&x.b).tr() * x.scale()),
        )
        .only_in(SQUARE)
        .mistake(
            "product-transposed",
            wrong(|x| &x.weight + x.b.matmul(&x.a).tr() * x.scale()),
        )
        .only_in(SQUARE)
        .form(
            "product-transposed",
            "merged-and-transposed",
            wrong(|x| x.merged().tr()),
        )
        .mistake(
            "entry-by-entry",
            wrong(|x| &x.weight + &x.b * &x.a * x.scale()),
        )
        .only_in(SQUARE)
}

fn properties(task: Task) -> Task {
    task.property(linear_in(&["weight", "b"], &["merged"]))
        .property(
            Property::new(
                "twice-the-rank",
                "each row of A and column of B a second time: the product doubles, α / r halves, and nothing changes",
            )
            .in_case("plain")
            .double(["a"], 0)
            .double(["b"], 1)
            .expect_same(["merged"]),
        )
        .property(
            Property::new(
                "nothing-before-the-first-step",
                "as long as B is 0, a different A and a different α change nothing",
            )
            .in_case("fresh")
            .disturb(["a"], 0, 0)
            .add(["alpha"], 3.0)
            .expect_same(["merged"]),
        )
        .property(
            Property::new(
                "features-in-another-order",
                "moving the input features of W and A together moves those of the result",
            )
            .in_case("plain")
            .rotate(["weight", "a"], 1)
            .expect_rotated(["merged"], 1),
        )
}

fn wrong(output: impl Fn(&Layer) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| output(&of(x))
}

fn of(x: &Inputs) -> Layer {
    let matrices = ["weight", "a", "b"].map(|name| x[name].shallow_clone());
    layer(matrices, x.number("alpha"))
}
