//! The task `lora_forward`.

use tch::{Kind, Tensor};

use super::{Layer, cases, linear, rows, scales};
use crate::fine_tuning::linear_in;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// The case in which wrong products exist.
const SQUARE: [&str; 1] = ["square"];

pub(in crate::fine_tuning) fn task() -> Task {
    let task = Task::new("lora_forward", right).output("y", ["position", "output feature"]);
    let task = scales::add(of_products(cases::add(task, cases::with_x)), by);
    properties(task.others_only_in(cases::TELLING))
}

fn right(x: &Inputs) -> Tensor {
    let layer = Layer::of(x);
    let [x, weight, a, b] =
        [layer.x, layer.weight, layer.a, layer.b].map(|tensor| tensor.to_kind(Kind::Double));
    let alpha = layer.alpha;
    rows(
        &Layer {
            x,
            weight,
            a,
            b,
            alpha,
        }
        .forward(),
    )
}

/// The output with this factor in place of the scale.
fn by(x: &Inputs, factor: fn(&Layer) -> f64) -> Tensor {
    let layer = Layer::of(x);
    rows(&layer.forward_by(factor(&layer)))
}

fn of_products(task: Task) -> Task {
    task.mistake("adapter-alone", wrong(|x| x.added() * x.scale()))
        .mistake("adapter-ignored", wrong(Layer::frozen))
        .mistake(
            "a-and-b-swapped",
            wrong(|x| x.frozen() + linear(&linear(&x.x, &x.b), &x.a) * x.scale()),
        )
        .only_in(SQUARE)
        .form(
            "a-and-b-swapped",
            "neither-transposed",
            wrong(|x| x.frozen() + x.x.matmul(&x.a).matmul(&x.b) * x.scale()),
        )
        .only_in(SQUARE)
        .mistake(
            "product-transposed",
            wrong(|x| x.frozen() + x.x.matmul(&x.b.matmul(&x.a)) * x.scale()),
        )
        .only_in(SQUARE)
        .form(
            "product-transposed",
            "merged-and-transposed",
            wrong(|x| x.x.matmul(&x.merged())),
        )
        .only_in(SQUARE)
        .mistake(
            "weight-transposed",
            wrong(|x| x.x.matmul(&x.weight) + x.added() * x.scale()),
        )
        .only_in(SQUARE)
}

fn properties(task: Task) -> Task {
    task.property(linear_in(&["x"], &["y"]))
        .property(
            Property::new(
                "twice-the-rank",
                "each row of A and column of B a second time: the product doubles, α / r halves, and y stays",
            )
            .in_case("plain")
            .double(["a"], 0)
            .double(["b"], 1)
            .expect_same(["y"]),
        )
        .property(
            Property::new(
                "only-the-product-counts",
                "twice A, twice α and a quarter of B: nothing changes",
            )
            .in_case("plain")
            .multiply(["a", "alpha"], 2.0)
            .multiply(["b"], 0.25)
            .expect_same(["y"]),
        )
        .property(
            Property::new(
                "nothing-before-the-first-step",
                "as long as B is 0, a different A and a different α change nothing",
            )
            .in_case("fresh")
            .disturb(["a"], 0, 0)
            .add(["alpha"], 3.0)
            .expect_same(["y"]),
        )
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the positions of x moves those of y",
            )
            .in_case("plain")
            .rotate(["x"], 0)
            .expect_rotated(["y"], 0),
        )
}

fn wrong(output: impl Fn(&Layer) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| rows(&output(&Layer::of(x)))
}
