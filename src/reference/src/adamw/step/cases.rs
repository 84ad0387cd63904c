//! The cases of `adamw_step`.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// As many cases have two axes as have three: otherwise the most frequent kind would decide the name of a mistake that is
/// made in one of them only.
pub(super) fn add(task: Task) -> Task {
    task.case(
        "matrix",
        "3 steps of a matrix, which decays; the gradients of its columns differ by factors of a thousand",
        |random| {
            let sizes = Tensor::from_slice(&[1.0_f32, 1e-3, 1e3]);
            let gradients = random.normal(&[3, 1, 3]) * sizes;
            case(random, gradients, Settings::default())
        },
    )
    .case(
        "vector",
        "3 steps of a vector, which does not decay; the gradient of its last entry is always 0",
        |random| {
            let used = Tensor::from_slice(&[1.0_f32, 1.0, 1.0, 0.0]);
            let settings = Settings {
                learning_rate: 0.05,
                weight_decay: 0.4,
                ..Settings::default()
            };
            case(random, random.normal(&[3, 4]) * used, settings)
        },
    )
    .case(
        "long",
        "30 steps of a tensor with three axes and one entry; β₂ is 0.98",
        |random| {
            let settings = Settings {
                learning_rate: 0.01,
                beta_2: 0.98,
                ..Settings::default()
            };
            // A direction, and noise that is larger.
            case(random, random.normal(&[30, 1, 1, 1]) + 0.5, settings)
        },
    )
    .case(
        "tiny",
        "2 steps of a vector with gradients from 10⁻⁷ to 10⁻⁴; ε is 10⁻⁶, so its place shows",
        |random| {
            let sizes = Tensor::from_slice(&[1e-7_f32, 1e-6, 1e-5, 1e-4]);
            let settings = Settings {
                epsilon: 1e-6,
                ..Settings::default()
            };
            let signs = random.normal(&[2, 4]).sign() * random.uniform(&[2, 4], 0.5, 1.5);
            case(random, signs * sizes, settings)
        },
    )
    .case(
        "zero-gradient",
        "2 steps of a matrix whose gradient is 0: only its decay is left",
        |random| {
            let settings = Settings {
                learning_rate: 0.1,
                weight_decay: 0.3,
                ..Settings::default()
            };
            case(random, random.normal(&[2, 2, 2]) * 0.0, settings)
        },
    )
    .case(
        "later",
        "steps 6 and 7 of a parameter with three axes, which decays; β₁ is 0.6 and β₂ 0.8",
        |random| {
            let settings = Settings {
                learning_rate: 0.1,
                beta_1: 0.6,
                beta_2: 0.8,
                weight_decay: 0.5,
                ..Settings::default()
            };
            let inputs = case(random, random.normal(&[2, 2, 1, 2]), settings);
            let m = random.normal(&[2, 1, 2]) * 0.3;
            let v = random.uniform(&[2, 1, 2], 0.1, 0.4);
            inputs.with("m", m).with("v", v).with("step", 6_i64)
        },
    )
}

struct Settings {
    learning_rate: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    weight_decay: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            learning_rate: 0.02,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.1,
        }
    }
}

/// A run from its first step: a random parameter, whose entries are not close to 0, and these gradients.
fn case(random: &Random, gradients: Tensor, settings: Settings) -> Inputs {
    let shape = &gradients.size()[1..];
    let signs = random.normal(shape).sign();
    Inputs::default()
        .with("parameter", signs * random.uniform(shape, 0.5, 2.0))
        .with("m", gradients.get(0).zeros_like())
        .with("v", gradients.get(0).zeros_like())
        .with("gradients", gradients)
        .with("step", 1_i64)
        .with("learning_rate", settings.learning_rate)
        .with("beta_1", settings.beta_1)
        .with("beta_2", settings.beta_2)
        .with("epsilon", settings.epsilon)
        .with("weight_decay", settings.weight_decay)
}
