//! The task `clip`.

mod mistakes;

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// Tolerance of gradients, which are multiplied once, so that their error is a share of their size: tiny ones are
/// compared as strictly as large ones.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-11,
    relative: 1e-5,
};

/// The number that is added to the norm.
const EPSILON: f64 = 1e-6;

/// The gradients of a case, in the order in which a learner's function gets them.
const NAMES: [&str; 3] = ["weight", "bias", "heads"];

pub(super) fn task() -> Task {
    let task = Task::new(
        "clip",
        by(|gradients, limit| {
            let norm = norm(gradients);
            (each(gradients, factor(norm, limit)), norm)
        }),
    )
    .output("norm", [])
    .within(TOLERANCE)
    .output("weight", ["output", "input"])
    .within(TOLERANCE)
    .output("bias", ["output"])
    .within(TOLERANCE)
    .output("heads", ["head", "output", "input"])
    .within(TOLERANCE);
    mistakes::add(cases(task))
        .property(
            Property::new(
                "rows-in-another-order",
                "moving the rows of one gradient moves its clipped rows, and changes nothing else",
            )
            .in_case("together")
            .rotate(["weight"], 0)
            .expect_rotated(["weight"], 0)
            .expect_same(["norm", "bias", "heads"]),
        )
        .property(
            Property::new(
                "a-higher-limit",
                "gradients below the limit do not depend on it",
            )
            .in_case("below")
            .add(["max_norm"], 3.0)
            .expect_same(["norm", "weight", "bias", "heads"]),
        )
}

/// Two cases are below the limit: a factor that is wrong only there is not taken for one that is wrong above it.
fn cases(task: Task) -> Task {
    task.case(
        "together",
        "each gradient has a norm of 1, below the limit of 1.2, and all together have one above it",
        |random| {
            let mut inputs = gradients(random, [1.0; 3], 1.2);
            for name in NAMES {
                let gradient = &inputs[name] / inputs[name].norm();
                inputs = inputs.with(name, gradient);
            }
            inputs
        },
    )
    .case(
        "below",
        "the norm is below the limit of 2.5: nothing changes",
        |random| gradients(random, [0.25, 0.4, 0.2], 2.5),
    )
    .case(
        "far-below",
        "the norm is far below the limit of 20: nothing changes",
        |random| gradients(random, [0.3, 0.01, 0.1], 20.0),
    )
    .case(
        "at-the-limit",
        "the norm is 85, as large as the limit",
        |_| {
            Inputs::default()
                .with(
                    "weight",
                    Tensor::from_slice(&[0.0_f32, 3.0, 0.0, 0.0, -4.0, 0.0]).view([3, 2]),
                )
                .with("bias", Tensor::from_slice(&[0.0_f32, 0.0, 0.0, 0.0, 12.0]))
                .with(
                    "heads",
                    Tensor::from_slice(&[0.0_f32, 84.0]).view([2, 1, 1]),
                )
                .with("max_norm", 85.0_f32)
        },
    )
    .case(
        "one-is-huge",
        "the gradient of the weight is a thousand times as large as the others; the limit is 0.5",
        |random| gradients(random, [1000.0, 1.0, 1.0], 0.5),
    )
    .case(
        "tiny",
        "gradients of about a millionth, and a limit of a millionth: the 10⁻⁶ in the factor shows",
        |random| gradients(random, [1e-6; 3], 1e-6),
    )
    .case("zeros", "all gradients are 0", |random| {
        gradients(random, [0.0; 3], 1.0)
    })
}

/// Random gradients of these sizes, and a limit.
fn gradients(random: &Random, [weight, bias, heads]: [f64; 3], max_norm: f32) -> Inputs {
    Inputs::default()
        .with("weight", random.normal(&[3, 2]) * weight)
        .with("bias", random.normal(&[5]) * bias)
        .with("heads", random.normal(&[2, 1, 2]) * heads)
        .with("max_norm", max_norm)
}

/// The outputs by a function of the gradients and the limit.
fn by(
    clip: impl Fn(&[Tensor], f64) -> (Vec<Tensor>, f64),
) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 4] {
    move |x| {
        let gradients = NAMES.map(|name| x[name].to_kind(Kind::Double));
        let (clipped, norm) = clip(&gradients, x.number("max_norm"));
        let [weight, bias, heads] = [0, 1, 2].map(|nth| clipped[nth].shallow_clone());
        [
            ("norm", Tensor::from(norm)),
            ("weight", weight),
            ("bias", bias),
            ("heads", heads),
        ]
    }
}

fn each(gradients: &[Tensor], factor: f64) -> Vec<Tensor> {
    gradients.iter().map(|gradient| gradient * factor).collect()
}

fn factor(norm: f64, limit: f64) -> f64 {
    (limit / (norm + EPSILON)).min(1.0)
}

fn sum_of_squares(gradients: &[Tensor]) -> f64 {
    gradients
        .iter()
        .map(|gradient| gradient.square().sum(Kind::Double).double_value(&[]))
        .sum()
}

fn norm(gradients: &[Tensor]) -> f64 {
    sum_of_squares(gradients).sqrt()
}

#[cfg(test)]
mod tests {
    use tch::nn::{self, OptimizerConfig};
    use tch::{Device, with_grad};

    use super::*;

    #[test]
    fn clipping_is_that_of_libtorchs_optimiser() {
        for case in task().cases {
            let x = (case.inputs)(&Random::new(crate::SEED, case.name));
            let store = nn::VarStore::new(Device::Cpu);
            let parameters = NAMES.map(|name| store.root().zeros(name, &x[name].size()));
            for (parameter, name) in parameters.iter().zip(NAMES) {
                // The gradient of this sum is the case's.
                with_grad(|| (parameter * &x[name]).sum(Kind::Float).backward());
            }
            let optimiser = nn::Sgd::default().build(&store, 1.0).expect("an optimiser");
            optimiser.clip_grad_norm(x.number("max_norm"));

            let ours = (task().right)(&x);
            let crate::outputs::Outputs::Named(ours) = ours else {
                panic!("expected named outputs");
            };
            for (name, ours) in &ours[1..] {
                let nth = NAMES.iter().position(|known| known == name);
                let theirs = parameters[nth.expect("a gradient")].grad();
                assert!(
                    ours.allclose(&theirs.to_kind(Kind::Double), 1e-6, 0.0, false),
                    "{}, {name}:\n{ours}\n{theirs}",
                    case.name
                );
            }
        }
    }
}
