//! Activations and the feed-forward layers made of them, from libtorch's own kernels.

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::{Property, positions_are_independent};
use crate::task::Task;

mod layers;

/// GELU and its approximation by tanh differ by at most 5 · 10⁻⁴, and have to be told apart. Correct `f32`
/// implementations differ most in the layers, whose sums have some twenty terms.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 1e-5,
};

/// The exercise `feed-forward`.
pub fn exercise() -> Exercise {
    Exercise::new("feed-forward", TOLERANCE)
        .task(relu())
        .task(gelu())
        .task(gelu_tanh())
        .task(layers::feed_forward())
        .task(layers::swiglu())
}

/// libtorch's own kernels.
pub mod kernel {
    use tch::Tensor;

    use crate::sublayers::linear;

    /// GELU with Φ from the error function.
    pub fn gelu(x: &Tensor) -> Tensor {
        x.gelu("none")
    }

    /// GELU with Φ approximated by tanh.
    pub fn gelu_tanh(x: &Tensor) -> Tensor {
        x.gelu("tanh")
    }

    /// max(0, x W₁ᵀ + b₁) W₂ᵀ + b₂.
    pub fn feed_forward(
        x: &Tensor,
        w_1: &Tensor,
        b_1: &Tensor,
        w_2: &Tensor,
        b_2: &Tensor,
    ) -> Tensor {
        x.linear(w_1, Some(b_1)).relu().linear(w_2, Some(b_2))
    }

    /// (swish(x Wᵀ) ⊙ x Vᵀ) W₂ᵀ.
    pub fn swiglu(x: &Tensor, w: &Tensor, v: &Tensor, w_2: &Tensor) -> Tensor {
        linear(&(linear(x, w).silu() * linear(x, v)), w_2)
    }
}

/// The formulas.
pub mod formula {
    use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};

    use tch::Tensor;

    /// ½ x (1 + erf(x / √2)).
    pub fn gelu(x: &Tensor) -> Tensor {
        x * ((x * FRAC_1_SQRT_2).erf() + 1.0) * 0.5
    }

    /// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).
    pub fn gelu_tanh(x: &Tensor) -> Tensor {
        super::half_of_one_plus(
            x,
            ((x + x.pow_tensor_scalar(3) * 0.044715) * FRAC_2_PI.sqrt()).tanh(),
        )
    }

    /// max(0, x W₁ᵀ + b₁) W₂ᵀ + b₂.
    pub fn feed_forward(
        x: &Tensor,
        w_1: &Tensor,
        b_1: &Tensor,
        w_2: &Tensor,
        b_2: &Tensor,
    ) -> Tensor {
        (x.matmul(&w_1.tr()) + b_1).clamp_min(0.0).matmul(&w_2.tr()) + b_2
    }

    /// (swish(x Wᵀ) ⊙ x Vᵀ) W₂ᵀ with swish(y) = y / (1 + e^−y).
    pub fn swiglu(x: &Tensor, w: &Tensor, v: &Tensor, w_2: &Tensor) -> Tensor {
        let gate = x.matmul(&w.tr());
        let swish = &gate / (gate.neg().exp() + 1.0);
        (swish * x.matmul(&v.tr())).matmul(&w_2.tr())
    }
}

fn relu() -> Task {
    activation("relu", Tensor::relu)
        .mistake("absolute-value", of_x(Tensor::abs))
        .mistake("negative-part", of_x(|x| x.clamp_max(0.0)))
        .mistake("leaky", of_x(leaky_relu))
        .mistake("clamped-to-one", of_x(|x| x.clamp(0.0, 1.0)))
        .mistake("step", of_x(|x| x.greater(0.0).to_kind(Kind::Float)))
        .mistake("softplus", of_x(|x| x.exp().log1p()))
        .mistake("gelu-instead", of_x(kernel::gelu))
}

fn gelu() -> Task {
    activation("gelu", kernel::gelu)
        .mistake(
            "root-of-two-forgotten",
            of_x(|x| half_of_one_plus(x, x.erf())),
        )
        .mistake(
            "multiplied-by-root-of-two",
            of_x(|x| half_of_one_plus(x, (x * 2_f64.sqrt()).erf())),
        )
        .mistake("tanh-instead-of-erf", of_x(kernel::gelu_tanh))
        .mistake("sigmoid-approximation", of_x(|x| x * (x * 1.702).sigmoid()))
        .mistake("silu-instead", of_x(Tensor::silu))
        .mistake("relu-instead", of_x(Tensor::relu))
        .mistake("half-forgotten", of_x(|x| kernel::gelu(x) * 2.0))
        .mistake(
            "one-forgotten",
            of_x(|x| x * (x / 2_f64.sqrt()).erf() * 0.5),
        )
        .mistake(
            "not-multiplied-by-x",
            of_x(|x| half_of_one_plus(&x.ones_like(), (x / 2_f64.sqrt()).erf())),
        )
        .mistake(
            "density",
            of_x(|x| x * (x.square() * -0.5).exp() / (2.0 * std::f64::consts::PI).sqrt()),
        )
}

fn gelu_tanh() -> Task {
    let root = std::f64::consts::FRAC_2_PI.sqrt();
    let with = |inner: fn(&Tensor, f64) -> Tensor| {
        of_x(move |x| half_of_one_plus(x, inner(x, root).tanh()))
    };
    activation("gelu_tanh", kernel::gelu_tanh)
        .mistake("erf-instead-of-tanh", of_x(kernel::gelu))
        .mistake("factor-forgotten", with(|x, _| x + cubic(x)))
        .mistake(
            "root-forgotten",
            with(|x, root| (x + cubic(x)) * root * root),
        )
        .mistake(
            "factor-outside-tanh",
            of_x(move |x| half_of_one_plus(x, (x + cubic(x)).tanh() * root)),
        )
        .mistake("cubic-term-forgotten", with(|x, root| x * root))
        .mistake("cubic-term-outside", with(|x, root| x * root + cubic(x)))
        .mistake(
            "square-for-cube",
            with(|x, root| (x + x.square() * 0.044715) * root),
        )
        .mistake("sigmoid-approximation", of_x(|x| x * (x * 1.702).sigmoid()))
        .mistake("half-forgotten", of_x(|x| kernel::gelu_tanh(x) * 2.0))
        .mistake(
            "one-forgotten",
            of_x(move |x| x * ((x + cubic(x)) * root).tanh() * 0.5),
        )
        .mistake(
            "not-multiplied-by-x",
            of_x(move |x| half_of_one_plus(&x.ones_like(), ((x + cubic(x)) * root).tanh())),
        )
}

/// A task for a function of each entry by itself.
fn activation(name: &'static str, right: impl Fn(&Tensor) -> Tensor + 'static) -> Task {
    let x = |x: Tensor| Inputs::default().with("x", x);
    Task::new(name, of_x(right))
        .output("output", ["position", "feature"])
        .case(
            "plain",
            "5 positions of 7 features, most of them between −4 and 4",
            move |random| x(random.normal(&[5, 7]) * 2.0),
        )
        .case(
            "around-zero",
            "small numbers of both signs, and 0 itself",
            move |random| {
                x(Tensor::cat(
                    &[
                        random.normal(&[3, 4]) * 0.1,
                        Tensor::from_slice(&[0_f32, -1e-3, 1e-3]).unsqueeze(1),
                    ],
                    1,
                ))
            },
        )
        .case(
            "far-from-zero",
            "numbers near 60 and −60: there it is x itself on one side of 0, and 0 on the other",
            move |random| {
                x(random.normal(&[2, 5]) + Tensor::from_slice(&[60_f32, -60.0]).unsqueeze(1))
            },
        )
        .property(
            Property::new(
                "each-entry-by-itself",
                "moving the features of x moves those of the output",
            )
            .in_case("plain")
            .rotate(["x"], 1)
            .expect_rotated(["output"], 1),
        )
        .property(positions_are_independent())
}

fn of_x(function: impl Fn(&Tensor) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| function(&x["x"])
}

fn half_of_one_plus(x: &Tensor, y: Tensor) -> Tensor {
    x * (y + 1.0) * 0.5
}

/// With the slope that libraries give it unless told otherwise.
fn leaky_relu(x: &Tensor) -> Tensor {
    x.maximum(&(x * 0.01))
}

fn cubic(x: &Tensor) -> Tensor {
    x.pow_tensor_scalar(3) * 0.044715
}
