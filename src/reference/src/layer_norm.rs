//! Layer norm and its relatives, from libtorch's own kernels, and the two ways of putting it beside a residual.

use attentive_grader::{Edit, Property, Relation, Tolerance};
use tch::{Kind, Tensor};

use crate::case::{Inputs, Random};
use crate::exercise::{Exercise, Task};
use crate::properties::positions_are_independent;

mod residual;

/// Correct `f32` implementations differ most in the rows near [`FAR`]: their mean is rounded to 2⁻¹⁸, and so is every
/// distance from it.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 5e-5,
    relative: 5e-5,
};

/// Far enough from 0 for E[x²] − E[x]² to lose its last four digits, and for the mean to lose two.
const FAR: f64 = 100.0;

/// The epsilon of most cases, and libtorch's own.
const EPSILON: f32 = 1e-5;

/// One that cannot be taken for it.
const ANOTHER_EPSILON: f32 = 0.1;

/// Each position has a row, each feature a column.
const POSITIONS: &[i64] = &[0];
const FEATURES: &[i64] = &[1];
const BOTH: &[i64] = &[0, 1];

/// The exercise `layer-norm`.
pub fn exercise() -> Exercise {
    Exercise::new("layer-norm", TOLERANCE)
        .task(layer_norm())
        .task(rms_norm())
        .task(residual::add_and_norm())
        .task(residual::pre_norm())
}

/// What libtorch itself has, along the features.
pub mod kernel {
    use tch::Tensor;

    /// Layer norm.
    pub fn layer_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Tensor {
        x.layer_norm(gamma.size(), Some(gamma), Some(beta), epsilon, false)
    }

    /// RMS norm.
    pub fn rms_norm(x: &Tensor, gamma: &Tensor, epsilon: f64) -> Tensor {
        x.rms_norm(gamma.size(), Some(gamma), epsilon)
    }
}

/// The same by the formulas.
pub mod formula {
    use tch::Tensor;

    use super::{FEATURES, centred, mean, variance};

    /// γ (x − mean) / √(variance + ε) + β.
    pub fn layer_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Tensor {
        centred(x, FEATURES) / (variance(x, FEATURES) + epsilon).sqrt() * gamma + beta
    }

    /// γ x / √(mean of x² + ε).
    pub fn rms_norm(x: &Tensor, gamma: &Tensor, epsilon: f64) -> Tensor {
        x / (mean(&x.square(), FEATURES) + epsilon).sqrt() * gamma
    }
}

fn layer_norm() -> Task {
    let task = Task::new("layer_norm", |x| vec![norm(x, &x["x"])])
        .output("output", &["position", "feature"]);
    norm_cases(task, with_beta)
        .mistake(
            "unbiased-variance",
            scaled(|x, epsilon| (variance(x, FEATURES) * unbiased(x) + epsilon).sqrt()),
        )
        .mistake(
            "epsilon-outside-the-root",
            scaled(|x, epsilon| variance(x, FEATURES).sqrt() + epsilon),
        )
        .mistake(
            "epsilon-fixed",
            scaled(|x, _| (variance(x, FEATURES) + f64::from(EPSILON)).sqrt()),
        )
        .mistake("no-epsilon", scaled(|x, _| variance(x, FEATURES).sqrt()))
        .mistake(
            "epsilon-as-minimum",
            scaled(|x, epsilon| variance(x, FEATURES).clamp_min(epsilon).sqrt()),
        )
        .mistake(
            "epsilon-squared",
            scaled(|x, epsilon| (variance(x, FEATURES) + epsilon.powi(2)).sqrt()),
        )
        .mistake(
            "divided-by-variance",
            scaled(|x, epsilon| variance(x, FEATURES) + epsilon),
        )
        .mistake("mean-not-subtracted", |x| {
            affine(
                x,
                &x["x"] / (variance(&x["x"], FEATURES) + epsilon(x)).sqrt(),
            )
        })
        .mistake("rms-instead", |x| {
            vec![kernel::rms_norm(&x["x"], &x["gamma"], epsilon(x)) + &x["beta"]]
        })
        .mistake("over-positions", |x| affine(x, normalised(x, POSITIONS)))
        .mistake("over-everything", |x| affine(x, normalised(x, BOTH)))
        .mistake("gamma-forgotten", |x| {
            vec![normalised(x, FEATURES) + &x["beta"]]
        })
        .mistake("beta-forgotten", |x| {
            vec![normalised(x, FEATURES) * &x["gamma"]]
        })
        .mistake("gamma-and-beta-swapped", |x| {
            vec![normalised(x, FEATURES) * &x["beta"] + &x["gamma"]]
        })
        .mistake("beta-before-gamma", |x| {
            vec![(normalised(x, FEATURES) + &x["beta"]) * &x["gamma"]]
        })
        .mistake_in(&["square"], "gamma-and-beta-per-position", |x| {
            vec![normalised(x, FEATURES) * x["gamma"].unsqueeze(1) + x["beta"].unsqueeze(1)]
        })
        .property(Property {
            name: "a-constant-does-not-matter".into(),
            sentence: "adding 3 to all features of all positions changes nothing".into(),
            case: "plain".into(),
            edits: vec![Edit::Add {
                input: "x".into(),
                value: 3.0,
            }],
            relations: vec![same("output")],
        })
        .property(features_in_another_order(&["gamma", "beta"]))
        .property(positions_are_independent())
}

fn rms_norm() -> Task {
    let rms = |x: &Inputs| kernel::rms_norm(&x["x"], &x["gamma"], epsilon(x));
    let task =
        Task::new("rms_norm", move |x| vec![rms(x)]).output("output", &["position", "feature"]);
    norm_cases(task, |inputs, _| inputs)
        .mistake("mean-subtracted", |x| {
            vec![
                centred(&x["x"], FEATURES) / (variance(&x["x"], FEATURES) + epsilon(x)).sqrt()
                    * &x["gamma"],
            ]
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
            vec![kernel::rms_norm(
                &x["x"],
                &x["gamma"].ones_like(),
                epsilon(x),
            )]
        })
        .mistake_in(&["square"], "gamma-per-position", |x| {
            let normalised = kernel::rms_norm(&x["x"], &x["gamma"].ones_like(), epsilon(x));
            vec![normalised * x["gamma"].unsqueeze(1)]
        })
        .property(features_in_another_order(&["gamma"]))
        .property(positions_are_independent())
}

/// The cases of the two norms; `more` adds inputs that only one of them has.
fn norm_cases(task: Task, more: fn(Inputs, &Random) -> Inputs) -> Task {
    let case = move |rows: fn(&Random) -> Tensor, epsilon: f32| {
        move |random: &Random| more(with_gamma(rows(random), epsilon, random), random)
    };
    task.case(
        "plain",
        "5 positions of 7 features, so that they cannot be taken for each other",
        case(|random| random.normal(&[5, 7]) * 2.0 + 1.0, EPSILON),
    )
    .case(
        "another-epsilon",
        "an epsilon of 0.1: it is an argument, not a constant",
        case(|random| random.normal(&[3, 5]), ANOTHER_EPSILON),
    )
    .case(
        "small-rows",
        "rows of size 0, 0.001, 0.01 and 1: beside the small ones epsilon matters, and without it 0 gives NaN",
        case(|random| small_rows(&random.normal(&[4, 6])), EPSILON),
    )
    .case(
        "square",
        "as many positions as features: here factors of the wrong axis go through",
        case(|random| random.normal(&[4, 4]) + 0.5, EPSILON),
    )
    .case(
        "far-from-zero",
        "rows near 100 and −100: the variance has to be computed from the distances to the mean, not as E[x²] − E[x]²",
        case(
            |random| {
                random.normal(&[2, 5]) + Tensor::from_slice(&[FAR as f32, -FAR as f32]).unsqueeze(1)
            },
            EPSILON,
        ),
    )
    .case("single", "one position", case(|random| random.normal(&[1, 3]), EPSILON))
}

fn features_in_another_order(with: &[&str]) -> Property {
    let rotate = |input: &str, axis| Edit::Rotate {
        input: input.into(),
        axis,
    };
    let others = with
        .iter()
        .map(|&input| rotate(input, usize::from(input == "sublayer")));
    Property {
        name: "features-in-another-order".into(),
        sentence:
            "moving the features of x and of all that goes with them moves those of the output"
                .into(),
        case: "plain".into(),
        edits: std::iter::once(rotate("x", 1)).chain(others).collect(),
        relations: vec![Relation::Rotated {
            output: "output".into(),
            axis: 1,
        }],
    }
}

fn same(output: &str) -> Relation {
    Relation::Same {
        output: output.into(),
    }
}

/// Rows of very different sizes, the first of them 0.
fn small_rows(rows: &Tensor) -> Tensor {
    rows * Tensor::from_slice(&[0_f32, 0.001, 0.01, 1.0]).unsqueeze(1)
}

fn with_gamma(x: Tensor, epsilon: f32, random: &Random) -> Inputs {
    let gamma = random.normal(&[x.size()[1]]) * 0.5 + 1.0;
    Inputs::default()
        .with("x", x)
        .with("gamma", gamma)
        .with("epsilon", epsilon)
}

fn with_beta(inputs: Inputs, random: &Random) -> Inputs {
    let beta = random.normal(&inputs["gamma"].size());
    inputs.with("beta", beta)
}

fn epsilon(x: &Inputs) -> f64 {
    x["epsilon"].double_value(&[])
}

/// Layer norm with the γ, β and ε of a case.
fn norm(x: &Inputs, rows: &Tensor) -> Tensor {
    kernel::layer_norm(rows, &x["gamma"], &x["beta"], epsilon(x))
}

fn affine(x: &Inputs, normalised: Tensor) -> Vec<Tensor> {
    vec![normalised * &x["gamma"] + &x["beta"]]
}

/// Layer norm with another divisor.
fn scaled(divisor: impl Fn(&Tensor, f64) -> Tensor) -> impl Fn(&Inputs) -> Vec<Tensor> {
    move |x| affine(x, centred(&x["x"], FEATURES) / divisor(&x["x"], epsilon(x)))
}

/// RMS norm with another divisor.
fn divided(divisor: impl Fn(&Tensor, f64) -> Tensor) -> impl Fn(&Inputs) -> Vec<Tensor> {
    move |x| vec![&x["x"] / divisor(&x["x"], epsilon(x)) * &x["gamma"]]
}

/// Mean 0 and variance 1 over other axes.
fn normalised(x: &Inputs, axes: &[i64]) -> Tensor {
    centred(&x["x"], axes) / (variance(&x["x"], axes) + epsilon(x)).sqrt()
}

fn mean(x: &Tensor, axes: &[i64]) -> Tensor {
    x.mean_dim(axes, true, Kind::Float)
}

fn centred(x: &Tensor, axes: &[i64]) -> Tensor {
    x - mean(x, axes)
}

/// The biased variance.
fn variance(x: &Tensor, axes: &[i64]) -> Tensor {
    mean(&centred(x, axes).square(), axes)
}

/// By what the unbiased variance is larger: n / (n − 1).
fn unbiased(x: &Tensor) -> f64 {
    let features = x.size()[1] as f64;
    features / (features - 1.0)
}
