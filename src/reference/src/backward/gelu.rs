//! The task `gelu_tanh_backward`.

use tch::Tensor;

use super::autograd::gradients;
use super::linear_in;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The coefficient of the cubic term.
const CUBIC: f64 = 0.044715;

/// GELU in its tanh form.
pub fn forward([x]: &[Tensor; 1]) -> Tensor {
    x.gelu("tanh")
}

/// dy times the derivative.
pub fn formula(x: &Tensor, dy: &Tensor) -> Tensor {
    dy * Parts::of(x).derivative()
}

pub(super) fn task() -> Task {
    let right = |x: &Inputs| {
        let [dx] = gradients([&x["x"]], forward, &x["dy"]);
        dx
    };
    let task = Task::new("gelu_tanh_backward", right).output("dx", ["position", "feature"]);
    mistakes_of_the_inner_derivative(mistakes_of_the_tanh(mistakes(cases(task))))
        .property(linear_in("dy", &["dx"]))
        .property(
            Property::new(
                "each-entry-by-itself",
                "moving the features of x and dy together moves those of dx",
            )
            .in_case("plain")
            .rotate(["x", "dy"], 1)
            .expect_rotated(["dx"], 1),
        )
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "4 positions of 6 features, most of them between −3 and 3",
        |random| with_dy(random.normal(&[4, 6]) * 1.5, random),
    )
    .case(
        "around-zero",
        "small numbers of both signs, and 0 itself, where the slope is ½",
        |random| {
            let small = Tensor::from_slice(&[0_f32, -1e-3, 1e-3]).unsqueeze(1);
            with_dy(
                Tensor::cat(&[random.normal(&[3, 2]) * 0.1, small], 1),
                random,
            )
        },
    )
    .case(
        "far-from-zero",
        "numbers near 60 and −60: the slope is 1 on one side of 0, and 0 on the other",
        |random| {
            let far = Tensor::from_slice(&[60_f32, -60.0]).unsqueeze(1);
            with_dy(random.normal(&[2, 5]) + far, random)
        },
    )
}

fn mistakes(task: Task) -> Task {
    task.mistake("second-term-forgotten", slope(Parts::phi))
        .mistake("first-term-forgotten", slope(Parts::rest))
        .mistake("dy-ignored", |x| Parts::of(&x["x"]).derivative())
        .mistake("forward-instead", |x| {
            &x["dy"] * forward(&[x["x"].shallow_clone()])
        })
        .mistake("half-forgotten", slope(|x| x.phi() + x.rest() * 2.0))
        .form(
            "half-forgotten",
            "both-halves-forgotten",
            slope(|x| x.derivative() * 2.0),
        )
        .mistake(
            "x-forgotten",
            slope(|x| x.phi() + x.sech() * x.inner() * 0.5),
        )
        .mistake("exact-form", |x| &x["dy"] * exact(&x["x"]))
        .mistake("relu-instead", |x| &x["dy"] * x["x"].greater(0.0))
}

fn mistakes_of_the_tanh(task: Task) -> Task {
    task.mistake("tanh-derivative", slope(|x| x.with_sech(1.0 - &x.tanh)))
        .form(
            "tanh-derivative",
            "one-plus-square",
            slope(|x| x.with_sech(x.tanh.square() + 1.0)),
        )
        .form(
            "tanh-derivative",
            "tanh-instead",
            slope(|x| x.with_sech(x.tanh.shallow_clone())),
        )
        .mistake(
            "exponential-overflows",
            slope(|x| {
                let exponential = (argument(&x.x) * 2.0).exp();
                Parts {
                    tanh: (&exponential - 1.0) / (&exponential + 1.0),
                    x: x.x.shallow_clone(),
                }
                .derivative()
            }),
        )
}

fn mistakes_of_the_inner_derivative(task: Task) -> Task {
    let root = std::f64::consts::FRAC_2_PI.sqrt();
    task.mistake(
        "inner-derivative-forgotten",
        slope(|x| x.with_inner(x.x.ones_like())),
    )
    .mistake(
        "factor-forgotten",
        slope(|x| x.with_inner(cubic_slope(&x.x, 3.0 * CUBIC))),
    )
    .mistake(
        "power-rule-forgotten",
        slope(move |x| x.with_inner(cubic_slope(&x.x, CUBIC) * root)),
    )
    .form(
        "power-rule-forgotten",
        "power-not-lowered",
        slope(move |x| x.with_inner((x.x.pow_tensor_scalar(3) * (3.0 * CUBIC) + 1.0) * root)),
    )
    .mistake(
        "cubic-term-forgotten",
        slope(move |x| x.with_inner(x.x.ones_like() * root)),
    )
}

/// The parts of GELU and of its derivative.
struct Parts {
    x: Tensor,
    tanh: Tensor,
}

impl Parts {
    fn of(x: &Tensor) -> Self {
        Self {
            x: x.shallow_clone(),
            tanh: argument(x).tanh(),
        }
    }

    /// The derivative of the argument.
    fn inner(&self) -> Tensor {
        cubic_slope(&self.x, 3.0 * CUBIC) * std::f64::consts::FRAC_2_PI.sqrt()
    }

    /// The derivative of the tanh.
    fn sech(&self) -> Tensor {
        1.0 - self.tanh.square()
    }

    /// The first term of the derivative.
    fn phi(&self) -> Tensor {
        (&self.tanh + 1.0) * 0.5
    }

    /// The second term.
    fn rest(&self) -> Tensor {
        &self.x * self.sech() * self.inner() * 0.5
    }

    fn derivative(&self) -> Tensor {
        self.phi() + self.rest()
    }

    fn with_sech(&self, sech: Tensor) -> Tensor {
        self.phi() + &self.x * sech * self.inner() * 0.5
    }

    fn with_inner(&self, inner: Tensor) -> Tensor {
        self.phi() + &self.x * self.sech() * inner * 0.5
    }
}

/// The argument of the tanh.
fn argument(x: &Tensor) -> Tensor {
    (x + x.pow_tensor_scalar(3) * CUBIC) * std::f64::consts::FRAC_2_PI.sqrt()
}

/// 1 + c x².
fn cubic_slope(x: &Tensor, coefficient: f64) -> Tensor {
    x.square() * coefficient + 1.0
}

/// The derivative of the exact form: Φ(x) + x φ(x).
fn exact(x: &Tensor) -> Tensor {
    let density = (x.square() * -0.5).exp() / (2.0 * std::f64::consts::PI).sqrt();
    ((x / 2_f64.sqrt()).erf() + 1.0) * 0.5 + x * density
}

/// dy times a different derivative.
fn slope(derivative: impl Fn(&Parts) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| &x["dy"] * derivative(&Parts::of(&x["x"]))
}

fn with_dy(x: Tensor, random: &Random) -> Inputs {
    let dy = random.normal(&x.size());
    Inputs::default().with("x", x).with("dy", dy)
}
