//! The tasks `layer_norm_backward` and `rms_norm_backward`.

mod cases;
mod mistakes;

use tch::Tensor;

use super::autograd::gradients;
use super::linear_in;
use super::rows::{mean, over_positions};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// Layer norm or RMS norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// The one that subtracts the mean of a row, and adds β.
    Layer,
    /// The one that does neither.
    Rms,
}

impl Norm {
    /// The norm of rows, with γ and β. RMS norm has no β: here it is multiplied by 0, so that its gradient is 0.
    pub fn forward(self, epsilon: f64, [x, gamma, beta]: &[Tensor; 3]) -> Tensor {
        match self {
            Self::Layer => x.layer_norm(gamma.size(), Some(gamma), Some(beta), epsilon, false),
            Self::Rms => x.rms_norm(gamma.size(), Some(gamma), epsilon) + beta * 0.0,
        }
    }

    /// The gradients of x, γ and β; that of β is not RMS norm's.
    pub fn formula(self, x: &Tensor, gamma: &Tensor, epsilon: f64, dy: &Tensor) -> [Tensor; 3] {
        let divisor = |mean_square: &Tensor| (mean_square + epsilon).sqrt();
        Steps::new(self, [x, gamma, dy], divisor).gradients()
    }

    /// The gradients that there are, with their names.
    fn named(self, gradients: [Tensor; 3]) -> Outputs {
        let names = self.outputs().iter().copied();
        names.zip(gradients).collect()
    }

    fn outputs(self) -> &'static [&'static str] {
        match self {
            Self::Layer => &["dx", "dgamma", "dbeta"],
            Self::Rms => &["dx", "dgamma"],
        }
    }

    fn right(self, x: &Inputs) -> Outputs {
        let beta = x["gamma"].zeros_like();
        self.named(gradients(
            [&x["x"], &x["gamma"], &beta],
            |inputs| self.forward(epsilon(x), inputs),
            &x["dy"],
        ))
    }
}

pub(super) fn layer_norm() -> Task {
    let task = Task::new("layer_norm_backward", |x| Norm::Layer.right(x))
        .output("dx", ["position", "feature"])
        .output("dgamma", ["feature"])
        .output("dbeta", ["feature"]);
    let task = mistakes::of_layer_norm(cases::add(task));
    properties(mistakes::of_both(task, Norm::Layer), Norm::Layer)
        .property(
            Property::new(
                "rows-sum-to-zero",
                "dx of a position adds up to 0: if all its features grow alike, nothing changes",
            )
            .in_case("plain")
            .disturb(["x", "dy"], 1, 0)
            .expect_sum_of_zero(["dx"], 1),
        )
        .property(
            Property::new(
                "a-constant-does-not-matter",
                "adding 3 to all features of all positions changes no gradient",
            )
            .in_case("plain")
            .add(["x"], 3.0)
            .expect_same(["dx", "dgamma", "dbeta"]),
        )
}

pub(super) fn rms_norm() -> Task {
    let task = Task::new("rms_norm_backward", |x| Norm::Rms.right(x))
        .output("dx", ["position", "feature"])
        .output("dgamma", ["feature"]);
    let task = mistakes::of_rms_norm(cases::add(task));
    properties(mistakes::of_both(task, Norm::Rms), Norm::Rms)
}

fn properties(task: Task, norm: Norm) -> Task {
    let of_parameters = &norm.outputs()[1..];
    task.property(linear_in("dy", norm.outputs()))
        .property(
            Property::new(
                "positions-in-another-order",
                "moving x and dy of all positions together moves dx and nothing else",
            )
            .in_case("plain")
            .rotate(["x", "dy"], 0)
            .expect_rotated(["dx"], 0)
            .expect_same(of_parameters.iter().copied()),
        )
        .property(
            Property::new(
                "features-in-another-order",
                "moving the features of x, γ and dy together moves those of all gradients",
            )
            .in_case("plain")
            .rotate(["x", "dy"], 1)
            .rotate(["gamma"], 0)
            .expect_rotated(["dx"], 1)
            .expect_rotated(of_parameters.iter().copied(), 0),
        )
        .property(
            Property::new(
                "positions-apart",
                "a different x and dy at position 2 changes nothing in dx before it",
            )
            .in_case("plain")
            .disturb(["x", "dy"], 0, 2)
            .expect_same_before(["dx"], 0, 2),
        )
}

fn epsilon(x: &Inputs) -> f64 {
    x.number("epsilon")
}

/// Numbers that the gradients of a norm are made of.
struct Steps {
    norm: Norm,
    x: Tensor,
    gamma: Tensor,
    dy: Tensor,
    /// The divisor of each row: (positions, 1).
    divisor: Tensor,
    /// The rows after this division, before γ.
    normalised: Tensor,
    /// The gradient of these.
    g: Tensor,
}

impl Steps {
    /// Computes x, γ and dy with a divisor that is a function of the variance, or of the mean square in RMS norm.
    fn new(norm: Norm, of: [&Tensor; 3], divisor: impl Fn(&Tensor) -> Tensor) -> Self {
        let [x, gamma, dy] = of.map(Tensor::shallow_clone);
        let numerator = match norm {
            Norm::Layer => &x - mean(&x),
            Norm::Rms => x.shallow_clone(),
        };
        let divisor = divisor(&mean(&numerator.square()));
        Self {
            norm,
            normalised: numerator / &divisor,
            divisor,
            g: &dy * &gamma,
            x,
            gamma,
            dy,
        }
    }

    fn gradients(&self) -> [Tensor; 3] {
        [self.dx_of(&self.g), self.dgamma(), self.dbeta()]
    }

    /// The gradient of x, if that of the normalised rows is `g`.
    fn dx_of(&self, g: &Tensor) -> Tensor {
        self.without_the_mean(g) - self.along(g) / &self.divisor
    }

    /// The part of dx that would be all of it if the divisor were a constant.
    fn without_the_mean(&self, g: &Tensor) -> Tensor {
        match self.norm {
            Norm::Layer => (g - mean(g)) / &self.divisor,
            Norm::Rms => g / &self.divisor,
        }
    }

    /// The part of g that only changes the size of a row, which the norm takes away.
    fn along(&self, g: &Tensor) -> Tensor {
        &self.normalised * mean(&(g * &self.normalised))
    }

    fn dgamma(&self) -> Tensor {
        over_positions(&(&self.dy * &self.normalised))
    }

    fn dbeta(&self) -> Tensor {
        over_positions(&self.dy)
    }
}
