//! The transformer step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use super::model::{self, Decoded, decoder_layer, encoder_layer, heads, padding_mask};
use super::weights;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;

/// The steps of the encoder.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    pub(super) embed: fn(&Tensor, &Tensor) -> Tensor,
    /// From the source.
    pub(super) mask: fn(&Tensor) -> Option<Tensor>,
    /// The blocks in the order in which they are applied.
    pub(super) order: fn(Vec<Weights>) -> Vec<Weights>,
    pub(super) layer: fn(&Weights, i64, &Tensor, Option<&Tensor>) -> Tensor,
    /// From the embedding and the last state, the input of the next block.
    pub(super) next: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps of the encoder as they should be.
pub(super) const ENCODING: Encoding = Encoding {
    embed: model::embed,
    mask: |source| Some(padding_mask(source, source.size()[1])),
    order: |layers| layers,
    layer: encoder_layer,
    next: |_, last| last.shallow_clone(),
};

impl Encoding {
    pub(super) fn run(self, x: &Inputs) -> Outputs {
        let (w, source) = (weights(x), &x["source"]);
        let mask = (self.mask)(source);
        let mut states = vec![(self.embed)(source, &w["embedding"])];
        for layer in (self.order)(w.part("encoder.").layers()) {
            let input = (self.next)(&states[0], &states[states.len() - 1]);
            states.push((self.layer)(&layer, heads(&w), &input, mask.as_ref()));
        }
        encoded(&states)
    }
}

/// The states of the encoder by name.
pub(super) fn encoded(states: &[Tensor]) -> Outputs {
    let (embedded, blocks) = model::stacked(states);
    [("embedded", embedded), ("blocks", blocks)].into()
}

/// The memory and its mask, which a decoder layer reads besides its input.
pub(super) type Source<'a> = (&'a Tensor, Option<&'a Tensor>);

/// The steps of the decoder.
#[derive(Clone, Copy)]
pub(super) struct Decoding {
    pub(super) embed: fn(&Tensor, &Tensor) -> Tensor,
    /// From the source and the length of the target.
    pub(super) mask: fn(&Tensor, i64) -> Option<Tensor>,
    /// The blocks in the order in which they are applied.
    pub(super) order: fn(Vec<Weights>) -> Vec<Weights>,
    /// From a state, the next one and the weights of cross-attention.
    pub(super) layer: fn(&Weights, i64, &Tensor, Source<'_>) -> (Tensor, Tensor),
    /// From the last state and the embedding.
    pub(super) logits: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps of the decoder as they should be.
pub(super) const DECODING: Decoding = Decoding {
    embed: model::embed,
    mask: |source, queries| Some(padding_mask(source, queries)),
    order: |layers| layers,
    layer: |w, heads, x, (memory, mask)| decoder_layer(w, heads, x, memory, mask),
    logits: |last, embedding| last.matmul(&embedding.tr()),
};

impl Decoding {
    pub(super) fn run(self, x: &Inputs) -> Decoded {
        let (w, target) = (weights(x), &x["target"]);
        let mask = (self.mask)(&x["source"], target.size()[1]);
        let mut states = vec![(self.embed)(target, &w["embedding"])];
        let mut cross_weights = vec![];
        for layer in (self.order)(w.part("decoder.").layers()) {
            let source = (&x["memory"], mask.as_ref());
            let (output, weights) =
                (self.layer)(&layer, heads(&w), &states[states.len() - 1], source);
            states.push(output);
            cross_weights.push(weights);
        }
        let logits = (self.logits)(&states[states.len() - 1], &w["embedding"]);
        Decoded {
            states,
            cross_weights,
            logits,
        }
    }
}
