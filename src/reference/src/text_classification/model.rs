//! The classifier in `f64`, step by step, so that a mistake can take one of the steps differently.

use tch::{Kind, Reduction, Tensor};

use super::dropout::Dropout;
use super::pool;
use crate::attention_backward::multi_head;
use crate::gpt::model::rows;
use crate::inputs::Inputs;
use crate::layer_norm::kernel::layer_norm;
use crate::model_weights::Weights;
use crate::random::Random;
use crate::sublayers::EPSILON;

/// The parameters of the classifier.
pub const PARAMETERS: [&str; 14] = [
    "token_embedding",
    "position_embedding",
    "w_q",
    "b_q",
    "w_k",
    "b_k",
    "w_v",
    "b_v",
    "w_o",
    "b_o",
    "gamma",
    "beta",
    "w_head",
    "b_head",
];

/// The id that libtorch ignores unless it is told otherwise. It is no class.
const NONE_IGNORED: i64 = -100;

/// Texts that go through the model together.
#[derive(Debug)]
pub(super) struct Batch {
    /// The ids (batch, length).
    pub(super) tokens: Tensor,
    /// The mask (batch, length) of words.
    pub(super) mask: Tensor,
    pub(super) heads: i64,
    pub(super) dropout: Dropout,
}

impl Batch {
    /// The batch of a case.
    pub(super) fn of(x: &Inputs) -> Self {
        Self {
            tokens: x["tokens"].shallow_clone(),
            mask: x["mask"].shallow_clone(),
            heads: x.size("heads"),
            dropout: Dropout::of(x),
        }
    }

    /// The mask (batch, queries, keys) by which words and padding attend to words.
    pub(super) fn keys(&self) -> Tensor {
        let (batch, length) = (self.mask.size()[0], self.mask.size()[1]);
        self.mask
            .unsqueeze(1)
            .expand([batch, length, length], false)
    }
}

/// The results of the classifier.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) embedded: Tensor,
    pub(super) attended: Tensor,
    pub(super) states: Tensor,
    pub(super) pooled: Tensor,
    pub(super) logits: Tensor,
}

/// The steps of the classifier.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// The vectors of the words.
    pub(super) embed: fn(&Weights, &Tensor) -> Tensor,
    /// The vectors that attention adds to them.
    pub(super) attend: fn(&Weights, &Batch, &Tensor) -> Tensor,
    /// The sum of both.
    pub(super) sum: fn(&Tensor, &Tensor) -> Tensor,
    /// The layer norm after it.
    pub(super) norm: fn(&Weights, &Tensor) -> Tensor,
    /// A vector for each text, from the states and the mask.
    pub(super) pool: fn(&Tensor, &Tensor) -> Tensor,
    /// Dropout.
    pub(super) drop: fn(&Dropout, &Tensor) -> Tensor,
    /// The logits.
    pub(super) head: fn(&Weights, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Way = Way {
    embed: |w, tokens| words(w, tokens) + positions(w, tokens),
    attend: |w, batch, x| attention(w, batch.heads, x, Some(&batch.keys())),
    sum: |x, attention| x + attention,
    norm,
    pool: pool::mean,
    drop: Dropout::run,
    head: |w, pooled| pooled.linear(&w["w_head"], Some(&w["b_head"])),
};

/// The rows of E that belong to the words.
pub(super) fn words(w: &Weights, tokens: &Tensor) -> Tensor {
    rows(&w["token_embedding"], tokens)
}

/// The rows of P that are used: (length, d_model).
pub(super) fn positions(w: &Weights, tokens: &Tensor) -> Tensor {
    w["position_embedding"].narrow(0, 0, tokens.size()[1])
}

/// Self-attention of all heads, with its last layer. The mask is (batch, queries, keys).
pub(super) fn attention(w: &Weights, heads: i64, x: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let [query, key, value] = [(); 3].map(|()| x.shallow_clone());
    let [w_q, b_q, w_k, b_k, w_v, b_v, w_o, b_o] =
        ["w_q", "b_q", "w_k", "b_k", "w_v", "b_v", "w_o", "b_o"]
            .map(|name| w[name].shallow_clone());
    let inputs = [query, key, value, w_q, b_q, w_k, b_k, w_v, b_v, w_o, b_o];
    multi_head::forward(heads, mask, &inputs)
}

/// The layer norm after attention.
pub(super) fn norm(w: &Weights, x: &Tensor) -> Tensor {
    layer_norm(x, &w["gamma"], &w["beta"], EPSILON)
}

impl Way {
    /// All steps, from the parameters.
    pub(super) fn run(self, w: &Weights, batch: &Batch) -> Steps {
        let embedded = (self.embed)(w, &batch.tokens);
        let attended = (self.sum)(&embedded, &(self.attend)(w, batch, &embedded));
        let states = (self.norm)(w, &attended);
        let pooled = (self.drop)(&batch.dropout, &(self.pool)(&states, &batch.mask));
        let logits = (self.head)(w, &pooled);
        Steps {
            embedded,
            attended,
            states,
            pooled,
            logits,
        }
    }
}

/// The mean cross-entropy of labels.
pub(super) fn loss(logits: &Tensor, labels: &Tensor) -> Tensor {
    logits.cross_entropy_loss(labels, None::<Tensor>, Reduction::Mean, NONE_IGNORED, 0.0)
}

/// The parameters of a case, in `f64`.
pub(super) fn parameters(x: &Inputs) -> Weights {
    let tensors = PARAMETERS.into_iter();
    tensors
        .map(|name| (name.to_owned(), x[name].to_kind(Kind::Double)))
        .collect()
}

/// The logits of texts, nothing dropped, and the loss of their labels. `parameters` go by the names in [`PARAMETERS`].
pub fn logits_and_loss(
    parameters: &Weights,
    heads: i64,
    [tokens, mask, labels]: [&Tensor; 3],
) -> [Tensor; 2] {
    let batch = Batch {
        tokens: tokens.shallow_clone(),
        mask: mask.shallow_clone(),
        heads,
        dropout: Dropout::none(mask),
    };
    let logits = RIGHT.run(parameters, &batch).logits;
    let loss = loss(&logits, labels);
    [logits, loss]
}

/// Sets the parameters of [`with_parameters`] to what a program begins to train with: biases and β of 0, a γ of 1, and
/// positions that say little next to the words.
pub(super) fn at_the_start(mut inputs: Inputs) -> Inputs {
    for name in ["b_q", "b_k", "b_v", "b_o", "beta", "b_head"] {
        let zeros = inputs[name].zeros_like();
        inputs = inputs.with(name, zeros);
    }
    let ones = inputs["gamma"].ones_like();
    let positions = &inputs["position_embedding"] * 0.3;
    inputs
        .with("gamma", ones)
        .with("position_embedding", positions)
}

/// The sizes of a classifier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) entries: i64,
    /// The number of rows of P.
    pub(super) longest: i64,
    pub(super) d_model: i64,
    pub(super) heads: i64,
    pub(super) classes: i64,
}

/// The size of the small cases.
pub(super) const SMALL: Size = Size {
    entries: 9,
    longest: 6,
    d_model: 4,
    heads: 2,
    classes: 3,
};

/// Adds parameters such that the variance stays near 1.
pub(super) fn with_parameters(inputs: Inputs, random: &Random, size: Size) -> Inputs {
    let d_model = size.d_model;
    let matrix = |rows: i64| random.normal(&[rows, d_model]) / (d_model as f64).sqrt();
    let vector = |length: i64| random.normal(&[length]) * 0.3;
    let mut inputs = inputs
        .with("heads", size.heads)
        .with(
            "token_embedding",
            random.normal(&[size.entries, d_model]) * 0.5,
        )
        .with(
            "position_embedding",
            random.normal(&[size.longest, d_model]) * 0.3,
        );
    for name in ["w_q", "w_k", "w_v", "w_o"] {
        inputs = inputs.with(name, matrix(d_model));
    }
    for name in ["b_q", "b_k", "b_v", "b_o", "beta"] {
        inputs = inputs.with(name, vector(d_model));
    }
    inputs
        .with("gamma", vector(d_model) + 1.0)
        .with("w_head", matrix(size.classes))
        .with("b_head", vector(size.classes))
}
