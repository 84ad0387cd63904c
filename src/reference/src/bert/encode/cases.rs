//! The cases of the stack: small random models.

use crate::bert::embed::{Tables, with_tables, with_tokens};
use crate::bert::{ANOTHER_EPSILON, EPSILON, GELU_DIFFERS, with_linear};
use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::model_weights::Weights;
use crate::random::Random;
use crate::random_weights::{self, Size, encoder_names};
use crate::task::Task;

/// The cases with padding next to text.
pub(super) const PADDED: &[&str] = &["padding", "square", "nothing-but-padding"];

/// The cases that are about a layer as such, and not about texts of one token or none.
pub(super) const TYPICAL: &[&str] = &["plain", "padding", "square", "gelu", "quiet"];

/// The cases in which the ε of the embeddings matters, or that of the layers.
pub(super) const WITH_EPSILONS: &[&str] = &["albert", "quiet"];

/// The cases with more than one layer.
pub(super) const SEVERAL_LAYERS: &[&str] = &["plain", "padding", "albert"];

/// A random model, so small that each of its numbers matters.
#[derive(Debug, Clone, Copy)]
struct Small {
    layers: usize,
    heads: i64,
    width: i64,
    d_ff: i64,
    /// The rows of the table of types; 0 for a model without types.
    types: i64,
    epsilon: f32,
}

/// Adds the cases.
pub(super) fn add(task: Task) -> Task {
    of_bert(task)
        .case(
            "albert",
            "embeddings of 3 features projected to 4, three layers with the same weights; an ε of 0.1",
            albert,
        )
        .case(
            "gelu",
            "numbers near −2 before GELU, where its approximation by tanh is a hundredth off",
            near_minus_2,
        )
        .case(
            "quiet",
            "numbers of about 0.001 before the norms: compared with their variance, an ε of 10⁻⁵ \
             is large",
            quiet,
        )
        .case(
            "one-token",
            "DistilBERT, which has no types, reads one token: attention is a linear layer",
            |random| {
                let model = Small {
                    layers: 1,
                    heads: 1,
                    width: 3,
                    d_ff: 4,
                    types: 0,
                    epsilon: EPSILON,
                };
                model.add(with_tokens([&[4]], [&[0]]), &[1], random)
            },
        )
}

fn of_bert(task: Task) -> Task {
    task.case(
        "plain",
        "2 layers, 2 pairs of texts of 3 tokens in all, without padding; 3 heads of 2 features",
        |random| {
            let model = Small {
                layers: 2,
                heads: 3,
                width: 6,
                d_ff: 7,
                types: 2,
                epsilon: EPSILON,
            };
            let tokens = with_tokens([&[2, 5, 7], &[6, 4, 3]], [&[0, 0, 1], &[0, 1, 1]]);
            model.add(tokens, &[3, 3], random)
        },
    )
    .case(
        "padding",
        "2 layers; of 4 places, the first text uses 3 and the second 2; what is in the others does \
         not matter",
        padded,
    )
    .case(
        "square",
        "as many tokens as features; 1 layer with 1 head",
        |random| {
            let tokens = with_tokens([&[2, 5, 3, 0]], [&[0, 1, 1, 0]]);
            one_layer(1).add(tokens, &[3], random)
        },
    )
    .case(
        "nothing-but-padding",
        "the second text is nothing but padding: its weights are 0, not NaN",
        |random| {
            let tokens = with_tokens([&[2, 4, 3], &[0, 0, 0]], [&[0; 3]; 2]);
            one_layer(2).add(tokens, &[2, 0], random)
        },
    )
}

/// A model of two layers, and two texts with padding.
pub fn small(random: &Random) -> Weights {
    Weights::from(&padded(random))
}

fn padded(random: &Random) -> Inputs {
    let model = Small {
        layers: 2,
        heads: 2,
        width: 4,
        d_ff: 6,
        types: 2,
        epsilon: EPSILON,
    };
    let tokens = with_tokens([&[2, 4, 3, 5], &[2, 3, 0, 4]], [&[0, 0, 1, 0], &[0; 4]]);
    model.add(tokens, &[3, 2], random)
}

fn one_layer(heads: i64) -> Small {
    Small {
        layers: 1,
        heads,
        width: 4,
        d_ff: 5,
        types: 2,
        epsilon: EPSILON,
    }
}

fn albert(random: &Random) -> Inputs {
    let model = Small {
        layers: 3,
        heads: 2,
        width: 4,
        d_ff: 5,
        types: 2,
        epsilon: ANOTHER_EPSILON,
    };
    let tokens = with_tokens([&[1, 6, 5, 3, 2]], [&[0; 5]]);
    let mut inputs = model.add(tokens, &[5], random);
    let tables = Tables {
        words: 8,
        positions: 6,
        types: 2,
        width: 3,
    };
    inputs = with_tables(inputs, random, tables, model.epsilon);
    inputs = with_linear(inputs, random, ["w_projection", "b_projection"], [4, 3]);
    for of_layer in &NAMES[1..] {
        for (first, name) in NAMES[0].iter().zip(*of_layer) {
            let shared = inputs[first].shallow_clone();
            inputs = inputs.with(name, shared);
        }
    }
    inputs
}

fn near_minus_2(random: &Random) -> Inputs {
    let tokens = with_tokens([&[2, 4, 5], &[3, 6, 4]], [&[0, 1, 1]; 2]);
    let inputs = one_layer(2).add(tokens, &[3, 3], random);
    let (w_1, b_1) = (
        &inputs["layer_0_w_1"] * 0.1,
        &inputs["layer_0_b_1"] * 0.2 + GELU_DIFFERS,
    );
    // What GELU leaves there is small, so the next matrix makes up for it.
    let w_2 = &inputs["layer_0_w_2"] * 20.0;
    inputs
        .with("layer_0_w_1", w_1)
        .with("layer_0_b_1", b_1)
        .with("layer_0_w_2", w_2)
}

/// A model whose first norm makes numbers of about 0.001, to which attention adds no larger ones.
fn quiet(random: &Random) -> Inputs {
    let model = Small {
        layers: 1,
        heads: 2,
        width: 4,
        d_ff: 3,
        types: 2,
        epsilon: EPSILON,
    };
    let tokens = with_tokens([&[2, 5, 3]], [&[0, 0, 1]]);
    let inputs = model.add(tokens, &[3], random);
    let small = |name: &str| &inputs[name] * 1e-3;
    let (gamma, beta, b_o) = (small("gamma_0"), small("beta_0"), small("layer_0_b_o"));
    let b_v = inputs["layer_0_b_v"].zeros_like();
    inputs
        .with("gamma_0", gamma)
        .with("beta_0", beta)
        .with("layer_0_b_o", b_o)
        .with("layer_0_b_v", b_v)
}

/// The names of the weights of each layer that a case has.
const NAMES: [&[&str]; 3] = [
    encoder_names!("layer_0_"),
    encoder_names!("layer_1_"),
    encoder_names!("layer_2_"),
];

impl Small {
    /// Adds the model and the mask of texts of these lengths.
    fn add(self, tokens: Inputs, lengths: &[i64], random: &Random) -> Inputs {
        let places = tokens["ids"].size()[1];
        let tables = Tables {
            words: 8,
            positions: 7,
            types: self.types,
            width: self.width,
        };
        let size = Size {
            layers: None,
            d_model: self.width,
            inner: self.width,
            d_ff: self.d_ff,
        };
        let inputs = tokens
            .with("mask", first_keys(places, lengths))
            .with("layers", self.layers as i64)
            .with("heads", self.heads);
        let inputs = with_tables(inputs, random, tables, self.epsilon);
        NAMES[..self.layers].iter().fold(inputs, |inputs, names| {
            random_weights::add(inputs, random, size, names)
        })
    }
}
