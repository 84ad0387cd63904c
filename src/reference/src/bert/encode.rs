//! The stack of layers, step by step and by libtorch's kernel for `nn.TransformerEncoderLayer`.

mod cases;
mod mistakes;
mod steps;

use tch::Tensor;

use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

pub use cases::small;
use steps::{ENCODING, keys};

/// The results of a stack.
#[derive(Debug)]
pub struct Encoded {
    /// The embeddings, and then what each layer puts out: (batch, tokens, width).
    pub states: Vec<Tensor>,
    /// The weights of each layer (batch, heads, tokens, tokens).
    pub attention: Vec<Tensor>,
}

impl From<Encoded> for Outputs {
    fn from(encoded: Encoded) -> Self {
        [
            ("states", Tensor::stack(&encoded.states, 0)),
            ("attention", Tensor::stack(&encoded.attention, 0)),
        ]
        .into()
    }
}

/// The stack step by step. The weights also have `ids`, `types`, `mask`, `layers`, `heads` and `epsilon`.
pub fn formula(w: &Weights) -> Encoded {
    ENCODING.run(w)
}

/// The output of a layer from libtorch's own kernel, for texts of at least one token each.
pub fn kernel(w: &Weights, layer: i64, x: &Tensor) -> Tensor {
    let layer = w.part(&format!("layer_{layer}_"));
    let stack = |names: [&str; 3]| Tensor::cat(&names.map(|name| &layer[name]), 0);
    let (heads, epsilon) = (w.size("heads"), w.number("epsilon"));
    let [batch, tokens, width] = [0, 1, 2].map(|axis| x.size()[axis]);
    // This kernel's masks are true where attention is *not* allowed, and kind 2 has one for each head.
    let mask = keys(w)
        .logical_not()
        .unsqueeze(1)
        .expand([batch, heads, tokens, tokens], false)
        .contiguous();
    Tensor::internal_transformer_encoder_layer_fwd(
        x,
        width,
        heads,
        &stack(["w_q", "w_k", "w_v"]),
        &stack(["b_q", "b_k", "b_v"]),
        &layer["w_o"],
        &layer["b_o"],
        true,
        false,
        epsilon,
        &layer["gamma_1"],
        &layer["beta_1"],
        &layer["gamma_2"],
        &layer["beta_2"],
        &layer["w_1"],
        &layer["b_1"],
        &layer["w_2"],
        &layer["b_2"],
        Some(mask),
        2,
    )
}

pub(super) fn task() -> Task {
    let task = Task::new("encode", |x: &Inputs| formula(&x.into()))
        .output("states", ["state", "text", "token", "feature"])
        .output("attention", ["layer", "text", "head", "query", "key"]);
    properties(mistakes::add(cases::add(task)))
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "padding-does-not-matter",
            "a different token in a padded place changes no state before it",
        )
        .in_case("padding")
        .fill(["ids"], 1, 3, 6.0)
        .expect_same_before(["states"], 2, 3),
    )
    .property(
        Property::new(
            "texts-in-another-order",
            "moving the texts moves their states, and changes nothing else",
        )
        .in_case("padding")
        .rotate(["ids", "types", "mask"], 0)
        .expect_rotated(["states", "attention"], 1),
    )
    .property(
        Property::new("texts-apart", "changing text 1 changes nothing in text 0")
            .in_case("padding")
            .fill(["ids"], 0, 1, 6.0)
            .expect_same_before(["states", "attention"], 1, 1),
    )
    .property(
        Property::new(
            "weights-of-a-text-add-up",
            "the weights with which a token reads add up to 1",
        )
        .in_case("padding")
        .add(["layer_1_b_2"], 1.0)
        .expect_sum_of_one(["attention"], 4),
    )
    .property(
        Property::new(
            "an-offset-of-the-keys-is-not-seen",
            "a number added to the biases of all keys changes no weight: the softmax takes it out",
        )
        .in_case("plain")
        .add(["layer_0_b_k", "layer_1_b_k"], 0.5)
        .expect_same(["states", "attention"]),
    )
}
