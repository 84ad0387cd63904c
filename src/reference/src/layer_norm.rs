//! Layer norm and its relatives, from libtorch's own kernels, and the two ways of combining it with a residual.

mod residual;
mod rms_norm;

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::{Property, positions_are_independent};
use crate::random::Random;
use crate::task::Task;

/// Correct `f32` implementations differ most in the rows near [`FAR_MEAN`]: their mean is rounded to 2⁻¹⁸, and so is every
/// distance from it.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 5e-5,
    relative: 5e-5,
};

/// A mean far enough from 0 for E[x²] − E[x]² to lose its last four digits, and for the mean to lose two.
const FAR_MEAN: f64 = 100.0;

/// The epsilon of most cases, and libtorch's own.
const EPSILON: f32 = 1e-5;

/// An epsilon that cannot be taken for it.
const ANOTHER_EPSILON: f32 = 0.1;

/// The axes to average over: each position has a row, each feature a column.
const POSITIONS: &[i64] = &[0];
const FEATURES: &[i64] = &[1];
const BOTH: &[i64] = &[0, 1];

/// The exercise `layer-norm`.
pub fn exercise() -> Exercise {
    Exercise::new("layer-norm", TOLERANCE)
        .task(layer_norm())
        .task(rms_norm::rms_norm())
        .task(residual::add_and_norm())
        .task(residual::pre_norm())
}

/// libtorch's own kernels, along the features.
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

/// The formulas.
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
    let task =
        Task::new("layer_norm", |x| norm(x, &x["x"])).output("output", ["position", "feature"]);
    norm_cases(task, with_beta)
        .mistake(
            "unbiased-variance",
            scaled(|x, epsilon| (variance(x, FEATURES) * bessel_correction(x) + epsilon).sqrt()),
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
            kernel::rms_norm(&x["x"], &x["gamma"], epsilon(x)) + &x["beta"]
        })
        .mistake("over-positions", |x| affine(x, normalised(x, POSITIONS)))
        .mistake("over-everything", |x| affine(x, normalised(x, BOTH)))
        .mistake("gamma-forgotten", |x| normalised(x, FEATURES) + &x["beta"])
        .mistake("beta-forgotten", |x| normalised(x, FEATURES) * &x["gamma"])
        .mistake("gamma-and-beta-swapped", |x| {
            normalised(x, FEATURES) * &x["beta"] + &x["gamma"]
        })
        .mistake("beta-before-gamma", |x| {
            (normalised(x, FEATURES) + &x["beta"]) * &x["gamma"]
        })
        .mistake("gamma-and-beta-per-position", |x| {
            normalised(x, FEATURES) * x["gamma"].unsqueeze(1) + x["beta"].unsqueeze(1)
        })
        .only_in(["square"])
        .property(
            Property::new(
                "a-constant-does-not-matter",
                "adding 3 to all features of all positions changes nothing",
            )
            .in_case("plain")
            .add(["x"], 3.0)
            .expect_same(["output"]),
        )
        .property(features_in_another_order(&["x"], &["gamma", "beta"]))
        .property(positions_are_independent())
}

/// Adds the cases of the two norms; `more` adds inputs that only one of them has.
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
        "rows of size 0, 0.001, 0.01 and 1: next to the small ones epsilon matters, and without it \
         0 gives NaN",
        case(|random| small_rows(&random.normal(&[4, 6])), EPSILON),
    )
    .case(
        "square",
        "as many positions as features: here factors of the wrong axis go through",
        case(|random| random.normal(&[4, 4]) + 0.5, EPSILON),
    )
    .case(
        "far-from-zero",
        "rows near 100 and −100: the variance has to be computed from the distances to the mean, \
         not as E[x²] − E[x]²",
        case(
            |random| {
                random.normal(&[2, 5])
                    + Tensor::from_slice(&[FAR_MEAN as f32, -FAR_MEAN as f32]).unsqueeze(1)
            },
            EPSILON,
        ),
    )
    .case(
        "single",
        "one position",
        case(|random| random.normal(&[1, 3]), EPSILON),
    )
}

/// Moves the features of rows such as `x`, and of the vectors that go with them.
fn features_in_another_order(rows: &[&str], vectors: &[&str]) -> Property {
    Property::new(
        "features-in-another-order",
        "moving the features of x and of all that goes with them moves those of the output",
    )
    .in_case("plain")
    .rotate(rows.iter().copied(), 1)
    .rotate(vectors.iter().copied(), 0)
    .expect_rotated(["output"], 1)
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
    x.number("epsilon")
}

/// Layer norm with the γ, β and ε of a case.
fn norm(x: &Inputs, rows: &Tensor) -> Tensor {
    kernel::layer_norm(rows, &x["gamma"], &x["beta"], epsilon(x))
}

fn affine(x: &Inputs, normalised: Tensor) -> Tensor {
    normalised * &x["gamma"] + &x["beta"]
}

/// Layer norm with a different divisor.
fn scaled(divisor: impl Fn(&Tensor, f64) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| affine(x, centred(&x["x"], FEATURES) / divisor(&x["x"], epsilon(x)))
}

/// x with mean 0 and variance 1 over these axes.
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

/// n / (n − 1), by which the unbiased variance is larger.
fn bessel_correction(x: &Tensor) -> f64 {
    let features = x.size()[1] as f64;
    features / (features - 1.0)
}
