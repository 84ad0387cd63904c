//! The task `rms_norm`.

use tch::{Kind, Tensor};

use super::{
    BOTH, EPSILON, FEATURES, POSITIONS, centred, epsilon, features_in_another_order, kernel, mean,
    norm_cases, variance,
};
use crate::inputs::Inputs;
use crate::property::positions_are_independent;
use crate::task::Task;

pub(super) fn rms_norm() -> Task {
    let rms = |x: &Inputs| kernel::rms_norm(&x["x"], &x["gamma"], epsilon(x));
    let task = Task::new("rms_norm", move |x| rms(x)).output("output", ["position", "feature"]);
    norm_cases(task, |inputs, _| inputs)
        .mistake("mean-subtracted", |x| {
            centred(&x["x"], FEATURES) / (variance(&x["x"], FEATURES) + epsilon(x)).sqrt()
                * &x["gamma"]
        })
        .mistake(
            "deviation-instead",
            divided(|x, epsilon| (variance(x, FEATURES) + epsilon).sqrt()),
        )
        .mistake(
            "sum-instead-of-mean",
            divided(|x, epsilon| {
                (x.square().sum_dim_intlist(FEATURES, true, Kind::Float) + epsilon).sqrt()
            }),
        )
        .mistake(
            "epsilon-outside-the-root",
            divided(|x, epsilon| mean(&x.square(), FEATURES).sqrt() + epsilon),
        )
        .mistake(
            "epsilon-fixed",
            divided(|x, _| (mean(&x.square(), FEATURES) + f64::from(EPSILON)).sqrt()),
        )
        .mistake(
            "no-epsilon",
            divided(|x, _| mean(&x.square(), FEATURES).sqrt()),
        )
        .mistake(
            "epsilon-as-minimum",
            divided(|x, epsilon| mean(&x.square(), FEATURES).clamp_min(epsilon).sqrt()),
        )
        .mistake(
            "epsilon-squared",
            divided(|x, epsilon| (mean(&x.square(), FEATURES) + epsilon.powi(2)).sqrt()),
        )
        .mistake(
            "root-forgotten",
            divided(|x, epsilon| mean(&x.square(), FEATURES) + epsilon),
        )
        .mistake(
            "over-positions",
            divided(|x, epsilon| (mean(&x.square(), POSITIONS) + epsilon).sqrt()),
        )
        .mistake(
            "over-everything",
            divided(|x, epsilon| (mean(&x.square(), BOTH) + epsilon).sqrt()),
        )
        .mistake("gamma-forgotten", |x| {
            kernel::rms_norm(&x["x"], &x["gamma"].ones_like(), epsilon(x))
        })
        .mistake("gamma-per-position", |x| {
            let normalised = kernel::rms_norm(&x["x"], &x["gamma"].ones_like(), epsilon(x));
            normalised * x["gamma"].unsqueeze(1)
        })
        .only_in(["square"])
        .property(features_in_another_order(&["x"], &["gamma"]))
        .property(positions_are_independent())
}

/// RMS norm with a different divisor.
fn divided(divisor: impl Fn(&Tensor, f64) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| &x["x"] / divisor(&x["x"], epsilon(x)) * &x["gamma"]
}
