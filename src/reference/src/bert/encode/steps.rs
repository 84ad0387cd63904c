//! The stack step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use super::Encoded;
use crate::attention_weights::Attention;
use crate::bert::{embed, gelu, own_norm};
use crate::model_weights::Weights;
use crate::sublayers::{attention, feed_forward_with};

/// The steps of the stack.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    pub(super) embed: fn(&Weights) -> Tensor,
    /// The mask (batch, queries, keys).
    pub(super) mask: fn(&Weights) -> Option<Tensor>,
    /// The layers in the order in which they are applied.
    pub(super) order: fn(Vec<Weights>) -> Vec<Weights>,
    pub(super) layer: Layer,
    /// From the embeddings and the last state, the input of the next layer.
    pub(super) next: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps of a layer. Each gets the weights and what was computed before it.
#[derive(Clone, Copy)]
pub(super) struct Layer {
    /// From x and the mask.
    pub(super) attention: fn(&Weights, &Tensor, Option<&Tensor>) -> Attention,
    /// From x and attention.
    pub(super) after_attention: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From x and the state after attention.
    pub(super) feed_forward: fn(&Weights, &Tensor, &Tensor) -> Tensor,
    /// From x, the state after attention, and feed-forward.
    pub(super) output: fn(&Weights, &Tensor, &Tensor, &Tensor) -> Tensor,
}

/// The steps of the stack as they should be.
pub(super) const ENCODING: Encoding = Encoding {
    embed: embed::vectors,
    mask: |w| Some(keys(w)),
    order: |layers| layers,
    layer: LAYER,
    next: |_, last| last.shallow_clone(),
};

/// The steps of a layer as they should be.
pub(super) const LAYER: Layer = Layer {
    attention: attend,
    after_attention: |w, x, attention| own_norm(w, 1, &(x + attention)),
    feed_forward: |w, _, h| feed_forward_with(w, h, gelu),
    output: |w, _, h, feed_forward| own_norm(w, 2, &(h + feed_forward)),
};

impl Encoding {
    pub(super) fn run(self, w: &Weights) -> Encoded {
        let mask = (self.mask)(w);
        let mut states = vec![(self.embed)(w)];
        let mut attention = Vec::new();
        for layer in (self.order)(layers(w)) {
            let x = (self.next)(&states[0], &states[states.len() - 1]);
            let (output, weights) = self.layer.run(&layer, &x, mask.as_ref());
            states.push(output);
            attention.push(weights);
        }
        Encoded { states, attention }
    }
}

impl Layer {
    /// The output of a layer and its weights.
    fn run(self, w: &Weights, x: &Tensor, mask: Option<&Tensor>) -> (Tensor, Tensor) {
        let attention = (self.attention)(w, x, mask);
        let h = (self.after_attention)(w, x, &attention.output);
        let feed_forward = (self.feed_forward)(w, x, &h);
        let output = (self.output)(w, x, &h, &feed_forward);
        (output, attention.weights)
    }
}

/// The weights of each layer, with the number of heads, ε and the mask.
fn layers(w: &Weights) -> Vec<Weights> {
    let of_all = ["heads", "epsilon", "mask"];
    (0..w.size("layers"))
        .map(|layer| {
            of_all
                .iter()
                .fold(w.part(&format!("layer_{layer}_")), |layer, name| {
                    layer.with(name, w[*name].shallow_clone())
                })
        })
        .collect()
}

/// The mask (batch, queries, keys) that lets every token read what is not padding.
pub(super) fn keys(w: &Weights) -> Tensor {
    let [batch, tokens] = [0, 1].map(|axis| w["mask"].size()[axis]);
    w["mask"]
        .unsqueeze(1)
        .expand([batch, tokens, tokens], false)
}

/// Self-attention under a mask.
pub(super) fn attend(w: &Weights, x: &Tensor, mask: Option<&Tensor>) -> Attention {
    attention(w, w.size("heads"), x, x, mask)
}
