//! The encoder–decoder in libtorch (Vaswani et al. 2017, sections 3.1 to 3.5).
//!
//! A model is [`Weights`] of these names: `embedding` (vocabulary, d_model), which the source, the target and the
//! projection before the softmax share; `encoder.…` and `decoder.…`, the stacks of layers, each tensor with the layers
//! on its first axis; and `heads`.

use tch::{Device, Kind, Tensor};

use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::positional_encoding;
use crate::sublayers::{attention, causal_mask, feed_forward, norm};
use crate::vocabulary::{END, PADDING, START};

/// Tokens (batch, length) as vectors: √d_model times a row of the embedding, plus the positional encoding.
pub fn embed(tokens: &Tensor, embedding: &Tensor) -> Tensor {
    let (length, d_model) = (tokens.size()[1], embedding.size()[1]);
    rows(embedding, tokens) * (d_model as f64).sqrt()
        + positional_encoding::formula(length, d_model, 0)
}

/// The rows of a table that the tokens choose: (batch, length, width).
pub(super) fn rows(table: &Tensor, tokens: &Tensor) -> Tensor {
    Tensor::embedding(table, tokens, -1, false, false)
}

/// One layer of the encoder.
pub(crate) fn encoder_layer(w: &Weights, heads: i64, x: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let x = norm(w, 1, &(x + attention(w, heads, x, x, mask).output));
    norm(w, 2, &(&x + feed_forward(w, &x)))
}

/// One layer of the decoder, and the weights of its cross-attention.
pub(crate) fn decoder_layer(
    w: &Weights,
    heads: i64,
    x: &Tensor,
    memory: &Tensor,
    memory_mask: Option<&Tensor>,
) -> (Tensor, Tensor) {
    let own = attention(&w.part("self_"), heads, x, x, Some(&causal_mask(x)));
    let x = norm(w, 1, &(x + own.output));
    let cross = attention(&w.part("cross_"), heads, &x, memory, memory_mask);
    let x = norm(w, 2, &(x + cross.output));
    let output = norm(w, 3, &(&x + feed_forward(w, &x)));
    (output, cross.weights)
}

/// Runs the encoder and returns the embedded source and what each layer puts out: the last is the memory.
pub fn encode(w: &Weights, source: &Tensor) -> Vec<Tensor> {
    let mask = padding_mask(source, source.size()[1]);
    let mut states = vec![embed(source, &w["embedding"])];
    for layer in w.part("encoder.").layers() {
        let x = states.last().expect("it begins with the embedding");
        states.push(encoder_layer(&layer, heads(w), x, Some(&mask)));
    }
    states
}

/// The results of the decoder's steps for a target, given the memory of a source.
pub struct Decoded {
    /// The embedded target and what each layer puts out.
    pub states: Vec<Tensor>,
    /// The weights of each layer's cross-attention (batch, heads, target, source).
    pub cross_weights: Vec<Tensor>,
    /// The scores of the next token (batch, target, vocabulary).
    pub logits: Tensor,
}

impl From<Decoded> for Outputs {
    fn from(decoded: Decoded) -> Self {
        let (embedded, blocks) = stacked(&decoded.states);
        [
            ("embedded", embedded),
            ("cross_weights", Tensor::stack(&decoded.cross_weights, 0)),
            ("blocks", blocks),
            ("logits", decoded.logits),
        ]
        .into()
    }
}

/// Returns the embedding and, with the blocks on the first axis, what each block puts out.
pub(super) fn stacked(states: &[Tensor]) -> (Tensor, Tensor) {
    let (embedded, blocks) = states.split_first().expect("at least the embedding");
    (embedded.shallow_clone(), Tensor::stack(blocks, 0))
}

/// Runs the decoder over a whole target, given the memory of `source`.
pub fn decode(w: &Weights, target: &Tensor, memory: &Tensor, source: &Tensor) -> Decoded {
    let mask = padding_mask(source, target.size()[1]);
    let (mut states, mut cross_weights) = (vec![embed(target, &w["embedding"])], vec![]);
    for layer in w.part("decoder.").layers() {
        let x = states.last().expect("it begins with the embedding");
        let (output, weights) = decoder_layer(&layer, heads(w), x, memory, Some(&mask));
        states.push(output);
        cross_weights.push(weights);
    }
    let logits = states
        .last()
        .expect("at least the embedding")
        .matmul(&w["embedding"].tr());
    Decoded {
        states,
        cross_weights,
        logits,
    }
}

/// Chooses the most likely token again and again, for each of a batch of sources (batch, length): (batch, up to
/// `longest`) tokens, of which those after the first end token mean nothing.
pub fn greedy_decode(w: &Weights, source: &Tensor, longest: i64) -> Tensor {
    let memory = encode(w, source).pop().expect("at least the embedding");
    let mut target = Tensor::full([source.size()[0], 1], START, (Kind::Int64, Device::Cpu));
    let mut ended = target.eq(END);
    while target.size()[1] <= longest && !bool::try_from(ended.all()).unwrap_or(true) {
        let logits = decode(w, &target, &memory, source).logits;
        let next = logits.select(1, -1).argmax(-1, true);
        ended = ended.logical_or(&next.eq(END));
        target = Tensor::cat(&[target, next], 1);
    }
    target.slice(1, 1, None, 1)
}

/// The number of a model's heads.
pub(crate) fn heads(w: &Weights) -> i64 {
    w.size("heads")
}

/// A mask (batch, queries, length) that blocks padding.
pub(crate) fn padding_mask(tokens: &Tensor, queries: i64) -> Tensor {
    let [batch, length] = [tokens.size()[0], tokens.size()[1]];
    tokens
        .not_equal(PADDING)
        .unsqueeze(1)
        .expand([batch, queries, length], false)
}
