//! The mistakes in the gradients of x, A and B.

use tch::Tensor;

use super::super::cases::TELLING;
use super::super::scales::SCALES;
use super::super::{Layer, rows};
use super::named;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// The case in which wrong products exist.
const SQUARE: [&str; 1] = ["square"];

pub(super) fn add(task: Task) -> Task {
    let task = of_frozen_weights(of_scales(of_some_scales(task)));
    of_sums(of_shapes(task)).others_only_in(TELLING)
}

/// The factor is missing, or there twice, in some of the gradients.
fn of_some_scales(task: Task) -> Task {
    // The factors of dx through A and B, of dA, and of dB.
    let with = |factors: fn(f64) -> [f64; 3]| {
        wrong(move |layer, dy| layer.gradients_by(dy, factors(layer.scale())))
    };
    task.mistake("scale-not-in-backward", with(|_| [1.0; 3]))
        .form(
            "scale-not-in-backward",
            "scale-not-in-dx",
            with(|scale| [1.0, scale, scale]),
        )
        .form(
            "scale-not-in-backward",
            "scale-not-in-da",
            with(|scale| [scale, 1.0, scale]),
        )
        .form(
            "scale-not-in-backward",
            "scale-not-in-db",
            with(|scale| [scale, scale, 1.0]),
        )
        .form(
            "scale-not-in-backward",
            "scale-only-in-db",
            with(|scale| [1.0, 1.0, scale]),
        )
        .mistake(
            "scale-on-everything",
            wrong(|layer, dy| {
                let [dx, da, db] = layer.formula(dy);
                let through_w = rows(dy).matmul(&layer.weight);
                [dx + through_w * (layer.scale() - 1.0), da, db]
            }),
        )
        .form(
            "scale-twice",
            "scale-twice-in-da",
            with(|scale| [scale, scale * scale, scale]),
        )
        .form(
            "scale-twice",
            "scale-twice-in-db",
            with(|scale| [scale, scale, scale * scale]),
        )
        .form(
            "scale-twice",
            "scale-twice-through-b",
            with(|scale| [scale * scale, scale * scale, scale]),
        )
}

/// The factor is a wrong one everywhere.
fn of_scales(mut task: Task) -> Task {
    for scale in SCALES {
        let wrong = wrong(move |layer, dy| layer.gradients_by(dy, [(scale.factor)(layer); 3]));
        task = match scale.form_of {
            Some(form_of) => task.form(form_of, scale.id, wrong),
            None => task.mistake(scale.id, wrong),
        };
    }
    task
}

/// Mistakes that come from W being frozen.
fn of_frozen_weights(task: Task) -> Task {
    task.mistake(
        "stopped-at-the-frozen-weight",
        wrong(|layer, dy| {
            let [dx, da, db] = layer.formula(dy);
            [dx - rows(dy).matmul(&layer.weight), da, db]
        }),
    )
    .form(
        "stopped-at-the-frozen-weight",
        "no-gradient-of-x",
        wrong(|layer, dy| {
            let [dx, da, db] = layer.formula(dy);
            [dx.zeros_like(), da, db]
        }),
    )
    .mistake(
        "adapter-missing-in-dx",
        wrong(|layer, dy| {
            let [_, da, db] = layer.formula(dy);
            [rows(dy).matmul(&layer.weight), da, db]
        }),
    )
    .mistake(
        "gradient-of-the-frozen-weight",
        wrong(|layer, dy| {
            let [dx, _, db] = layer.formula(dy);
            [dx, of_weight(layer, dy), db]
        }),
    )
    .form(
        "gradient-of-the-frozen-weight",
        "gradient-of-the-frozen-weight-for-both",
        wrong(|layer, dy| {
            let [dx, ..] = layer.formula(dy);
            [dx, of_weight(layer, dy), of_weight(layer, dy)]
        }),
    )
}

/// A gradient has the wrong shape, or would have if all sizes were not equal.
fn of_shapes(task: Task) -> Task {
    task.mistake(
        "gradients-swapped",
        wrong(|layer, dy| {
            let [dx, da, db] = layer.formula(dy);
            [dx, db, da]
        }),
    )
    .mistake(
        "gradient-transposed",
        wrong(|layer, dy| {
            let [dx, da, db] = layer.formula(dy);
            [dx, da.tr(), db.tr()]
        }),
    )
    .mistake(
        "weight-transposed",
        wrong(|layer, dy| {
            let [dx, da, db] = layer.formula(dy);
            let dy = rows(dy);
            let difference = dy.matmul(&layer.weight.tr()) - dy.matmul(&layer.weight);
            [dx + difference, da, db]
        }),
    )
    .only_in(SQUARE)
    .mistake(
        "product-transposed",
        wrong(|layer, dy| {
            let [_, da, db] = layer.formula(dy);
            let dy = rows(dy);
            let product = layer.b.matmul(&layer.a) * layer.scale();
            let dx = dy.matmul(&layer.weight) + dy.matmul(&product.tr());
            [dx, da, db]
        }),
    )
    .only_in(SQUARE)
}

/// Mistakes with dy, and with the sum over the positions.
fn of_sums(task: Task) -> Task {
    task.mistake(
        "averaged-over-positions",
        wrong(|layer, dy| {
            let [dx, da, db] = layer.formula(dy);
            let positions = rows(dy).size()[0] as f64;
            [dx, da / positions, db / positions]
        }),
    )
    .mistake(
        "overwritten",
        wrong(|layer, dy| {
            let [dx, ..] = layer.formula(dy);
            let (x, dy) = (rows(&layer.x), rows(dy));
            let last = x.size()[0] - 1;
            let layer = Layer {
                x: x.narrow(0, last, 1),
                weight: layer.weight.shallow_clone(),
                a: layer.a.shallow_clone(),
                b: layer.b.shallow_clone(),
                alpha: layer.alpha,
            };
            let [_, da, db] = layer.formula(&dy.narrow(0, last, 1));
            [dx, da, db]
        }),
    )
    .mistake(
        "dy-ignored",
        wrong(|layer, dy| layer.formula(&dy.ones_like())),
    )
    .mistake(
        "result-negated",
        wrong(|layer, dy| layer.formula(dy).map(|gradient| gradient.neg())),
    )
}

/// The gradient that W would have if it were trained.
fn of_weight(layer: &Layer, dy: &Tensor) -> Tensor {
    rows(dy).tr().matmul(&rows(&layer.x))
}

fn wrong(gradients: impl Fn(&Layer, &Tensor) -> [Tensor; 3]) -> impl Fn(&Inputs) -> Outputs {
    move |x| named(gradients(&Layer::of(x), &x["dy"]))
}
