//! Fine-tuning: a head on frozen vectors and its training, which parameters are trained and how fast, and LoRA.
//!
//! The right gradients are those of libtorch's autograd, in `f64`, with respect to what is trained alone. A test compares
//! them with the formulas that mistakes are made of, and with finite differences.

pub mod comparison;
pub mod head;
pub mod lora;

mod train_head;
mod unfreeze;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;
use crate::property::Property;

/// The right numbers are those of `f64`. A correct `f32` program adds up at most twenty products, some of them several
/// times as large as the sum.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The exercise `fine-tuning`.
pub fn exercise() -> Exercise {
    Exercise::new("fine-tuning", TOLERANCE)
        .task(head::task())
        .task(train_head::task())
        .task(unfreeze::task())
        .task(lora::start())
        .task(lora::forward())
        .task(lora::backward())
        .task(lora::merge())
}

/// Multiplies these outputs by what these inputs are multiplied by.
fn linear_in(inputs: &[&str], outputs: &[&str]) -> Property {
    let name = inputs.join("-and-");
    let sentence = inputs.join(" and ");
    Property::new(
        format!("linear-in-{name}"),
        format!("multiplying {sentence} by −3 multiplies the result by −3"),
    )
    .in_case("plain")
    .multiply(inputs.iter().copied(), -3.0)
    .expect_multiplied(outputs.iter().copied(), -3.0)
}
