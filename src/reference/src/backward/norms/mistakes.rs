//! The mistakes in the gradients of the norms.

use tch::{Kind, Tensor};

use super::super::rows::{count, over_features, over_positions};
use super::{Norm, Steps, epsilon, mean};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

pub(super) fn of_layer_norm(task: Task) -> Task {
    let wrong = |gradients: fn(&Steps) -> [Tensor; 3]| wrong(Norm::Layer, gradients);
    let task = task
        .mistake(
            "mean-left-out",
            wrong(|x| x.with_dx((&x.g - x.along(&x.g)) / &x.divisor)),
        )
        .mistake(
            "variance-left-out",
            wrong(|x| x.with_dx(x.without_the_mean(&x.g))),
        )
        .mistake(
            "statistics-as-constants",
            wrong(|x| x.with_dx(&x.g / &x.divisor)),
        )
        .mistake(
            "last-term-not-normalised",
            wrong(|x| {
                let centred = &x.normalised * &x.divisor;
                let along = &centred * mean(&(&x.g * &centred));
                x.with_dx((&x.g - mean(&x.g) - along) / &x.divisor)
            }),
        )
        .form(
            "last-term-not-normalised",
            "one-factor-not-normalised",
            wrong(|x| x.with_dx((&x.g - mean(&x.g) - x.along(&x.g) * &x.divisor) / &x.divisor)),
        )
        .mistake(
            "unbiased-variance",
            divided_by(Norm::Layer, |variance, x| {
                let features = x["x"].size()[1] as f64;
                (variance * (features / (features - 1.0)) + epsilon(x)).sqrt()
            }),
        );
    of_gamma_and_beta(of_sums(task))
}

/// Mistakes in the gradients of γ and β together, or of β alone, that confuse positions and features, or lose positions.
fn of_sums(task: Task) -> Task {
    let wrong = |gradients: fn(&Steps) -> [Tensor; 3]| wrong(Norm::Layer, gradients);
    task.form(
        "summed-over-features",
        "dbeta-over-features",
        wrong(|x| [x.dx_of(&x.g), x.dgamma(), over_features(&x.dy)]),
    )
    .form(
        "summed-over-features",
        "both-over-features",
        wrong(|x| {
            let dgamma = over_features(&(&x.dy * &x.normalised));
            [x.dx_of(&x.g), dgamma, over_features(&x.dy)]
        }),
    )
    .form(
        "averaged-over-positions",
        "only-dbeta-averaged",
        wrong(|x| [x.dx_of(&x.g), x.dgamma(), x.dbeta() / count(&x.dy)]),
    )
    .form(
        "averaged-over-positions",
        "both-averaged",
        wrong(|x| {
            let positions = count(&x.dy);
            [x.dx_of(&x.g), x.dgamma() / positions, x.dbeta() / positions]
        }),
    )
    .form(
        "overwritten",
        "dbeta-overwritten",
        wrong(|x| [x.dx_of(&x.g), x.dgamma(), last(&x.dy)]),
    )
    .form(
        "overwritten",
        "both-overwritten",
        wrong(|x| [x.dx_of(&x.g), last(&(&x.dy * &x.normalised)), last(&x.dy)]),
    )
}

/// Other mistakes in the gradients of γ and β.
fn of_gamma_and_beta(task: Task) -> Task {
    let wrong = |gradients: fn(&Steps) -> [Tensor; 3]| wrong(Norm::Layer, gradients);
    task.form(
        "gamma-in-its-own-gradient",
        "gamma-in-both",
        wrong(|x| {
            let dgamma = over_positions(&(&x.g * &x.normalised));
            [x.dx_of(&x.g), dgamma, over_positions(&x.g)]
        }),
    )
    .form(
        "gamma-in-its-own-gradient",
        "gamma-in-dbeta",
        wrong(|x| [x.dx_of(&x.g), x.dgamma(), over_positions(&x.g)]),
    )
    .form(
        "dgamma-not-normalised",
        "dgamma-not-divided",
        wrong(|x| x.with_dgamma(over_positions(&(&x.dy * &x.normalised * &x.divisor)))),
    )
    .mistake(
        "dgamma-and-dbeta-swapped",
        wrong(|x| [x.dx_of(&x.g), x.dbeta(), x.dgamma()]),
    )
}

pub(super) fn of_rms_norm(task: Task) -> Task {
    let wrong = |gradients: fn(&Steps) -> [Tensor; 3]| wrong(Norm::Rms, gradients);
    task.mistake(
        "mean-subtracted",
        wrong(|x| x.with_dx((&x.g - mean(&x.g) - x.along(&x.g)) / &x.divisor)),
    )
    .form("mean-subtracted", "layer-norm-instead", |x| {
        let divisor = |variance: &Tensor| (variance + epsilon(x)).sqrt();
        let [x, gamma, dy] = ["x", "gamma", "dy"].map(|name| &x[name]);
        Norm::Rms.named(Steps::new(Norm::Layer, [x, gamma, dy], divisor).gradients())
    })
    .mistake("variance-left-out", wrong(|x| x.with_dx(&x.g / &x.divisor)))
    .mistake(
        "last-term-not-normalised",
        wrong(|x| {
            let along = &x.x * mean(&(&x.g * &x.x));
            x.with_dx((&x.g - along) / &x.divisor)
        }),
    )
    .form(
        "last-term-not-normalised",
        "one-factor-not-normalised",
        wrong(|x| x.with_dx((&x.g - x.along(&x.g) * &x.divisor) / &x.divisor)),
    )
}

/// Mistakes that both norms have.
pub(super) fn of_both(task: Task, norm: Norm) -> Task {
    let task = of_dx(of_divisors(task, norm), norm);
    of_positions(of_parameters(task, norm), norm)
}

/// Mistakes in the gradient of x.
fn of_dx(task: Task, norm: Norm) -> Task {
    let wrong = |gradients: fn(&Steps) -> [Tensor; 3]| wrong(norm, gradients);
    task.mistake("gamma-forgotten", wrong(|x| x.with_dx(x.dx_of(&x.dy))))
        .form(
            "gamma-forgotten",
            "gamma-forgotten-in-the-means",
            wrong(|x| x.with_dx(x.dx_of(&x.dy) + (&x.g - &x.dy) / &x.divisor)),
        )
        .mistake(
            "gamma-at-the-end",
            wrong(|x| x.with_dx(x.dx_of(&x.dy) * &x.gamma)),
        )
        .mistake(
            "not-divided",
            wrong(|x| x.with_dx(x.dx_of(&x.g) * &x.divisor)),
        )
        .mistake(
            "sign-of-the-last-term",
            wrong(|x| x.with_dx(x.without_the_mean(&x.g) + x.along(&x.g) / &x.divisor)),
        )
        .mistake(
            "last-factor-forgotten",
            wrong(|x| {
                let product = mean(&(&x.g * &x.normalised));
                x.with_dx(x.without_the_mean(&x.g) - product / &x.divisor)
            }),
        )
        .mistake(
            "features-not-averaged",
            wrong(|x| x.with_dx(x.dx_with(|rows| over_features(rows).unsqueeze(1)))),
        )
}

/// Mistakes in the gradient of γ.
fn of_parameters(task: Task, norm: Norm) -> Task {
    let wrong = |gradients: fn(&Steps) -> [Tensor; 3]| wrong(norm, gradients);
    task.mistake(
        "dgamma-not-normalised",
        wrong(|x| x.with_dgamma(over_positions(&(&x.dy * &x.x)))),
    )
    .mistake(
        "gamma-in-its-own-gradient",
        wrong(|x| x.with_dgamma(over_positions(&(&x.g * &x.normalised)))),
    )
}

/// Mistakes that confuse positions and features, or lose positions.
fn of_positions(task: Task, norm: Norm) -> Task {
    let wrong = |gradients: fn(&Steps) -> [Tensor; 3]| wrong(norm, gradients);
    task.mistake(
        "summed-over-features",
        wrong(|x| x.with_dgamma(over_features(&(&x.dy * &x.normalised)))),
    )
    .mistake(
        "averaged-over-positions",
        wrong(|x| x.with_dgamma(x.dgamma() / count(&x.dy))),
    )
    .mistake(
        "overwritten",
        wrong(|x| x.with_dgamma(last(&(&x.dy * &x.normalised)))),
    )
    .mistake(
        "over-positions",
        wrong(|x| x.with_dx(x.dx_with(|rows| over_positions(rows) / count(rows)))),
    )
    .mistake(
        "over-everything",
        wrong(|x| x.with_dx(x.dx_with(|rows| rows.mean(None::<Kind>)))),
    )
}

/// Wrong numbers that a row is divided by.
fn of_divisors(task: Task, norm: Norm) -> Task {
    task.mistake(
        "no-epsilon",
        divided_by(norm, |mean_square, _| mean_square.sqrt()),
    )
    .mistake("epsilon-fixed", with_epsilon(norm, 1e-5))
    .form(
        "epsilon-fixed",
        "epsilon-of-llama",
        with_epsilon(norm, 1e-6),
    )
    .form(
        "epsilon-fixed",
        "epsilon-of-bert",
        with_epsilon(norm, 1e-12),
    )
    .mistake(
        "epsilon-outside-the-root",
        divided_by(norm, |mean_square, x| mean_square.sqrt() + epsilon(x)),
    )
    .mistake(
        "divided-by-variance",
        divided_by(norm, |mean_square, x| mean_square + epsilon(x)),
    )
}

impl Steps {
    /// The right gradients but for dx.
    fn with_dx(&self, dx: Tensor) -> [Tensor; 3] {
        [dx, self.dgamma(), self.dbeta()]
    }

    /// The gradient of x with something else for the means over the features.
    fn dx_with(&self, mean: fn(&Tensor) -> Tensor) -> Tensor {
        let along = &self.normalised * mean(&(&self.g * &self.normalised));
        let rest = match self.norm {
            Norm::Layer => &self.g - mean(&self.g),
            Norm::Rms => self.g.shallow_clone(),
        };
        (rest - along) / &self.divisor
    }

    /// The right gradients but for that of γ.
    fn with_dgamma(&self, dgamma: Tensor) -> [Tensor; 3] {
        [self.dx_of(&self.g), dgamma, self.dbeta()]
    }
}

/// The last row.
fn last(rows: &Tensor) -> Tensor {
    rows.get(rows.size()[0] - 1)
}

fn wrong(norm: Norm, gradients: impl Fn(&Steps) -> [Tensor; 3]) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let divisor = |mean_square: &Tensor| (mean_square + epsilon(x)).sqrt();
        norm.named(gradients(&steps(norm, x, divisor)))
    }
}

/// The formula with a different divisor.
fn divided_by(
    norm: Norm,
    divisor: impl Fn(&Tensor, &Inputs) -> Tensor,
) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let steps = steps(norm, x, |mean_square| divisor(mean_square, x));
        norm.named(steps.gradients())
    }
}

/// The formula with this ε instead of the argument.
fn with_epsilon(norm: Norm, epsilon: f64) -> impl Fn(&Inputs) -> Outputs {
    divided_by(norm, move |mean_square, _| (mean_square + epsilon).sqrt())
}

fn steps(norm: Norm, x: &Inputs, divisor: impl Fn(&Tensor) -> Tensor) -> Steps {
    Steps::new(norm, [&x["x"], &x["gamma"], &x["dy"]], divisor)
}
