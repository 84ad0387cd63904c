//! The transformer step by step, so that a mistake can take one of them differently.

use tch::Tensor;

use super::model::{self, Decoded, END, START, decoder_layer, encoder_layer, heads, real};
use super::weights;
use crate::case::Inputs;
use crate::sublayers::Weights;

/// The steps of the encoder.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    pub(super) embed: fn(&Tensor, &Tensor) -> Tensor,
    /// From the source.
    pub(super) mask: fn(&Tensor) -> Option<Tensor>,
    /// Which blocks are gone through.
    pub(super) order: fn(Vec<Weights>) -> Vec<Weights>,
    pub(super) layer: fn(&Weights, i64, &Tensor, Option<&Tensor>) -> Tensor,
    /// From the embedding and the last state, what the next block begins with.
    pub(super) next: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps of the encoder as they should be.
pub(super) const ENCODING: Encoding = Encoding {
    embed: model::embed,
    mask: |source| Some(real(source, source.size()[1])),
    order: |layers| layers,
    layer: encoder_layer,
    next: |_, last| last.shallow_clone(),
};

impl Encoding {
    pub(super) fn run(self, x: &Inputs) -> Vec<Tensor> {
        let (w, source) = (weights(x), &x["source"]);
        let mask = (self.mask)(source);
        let mut states = vec![(self.embed)(source, &w["embedding"])];
        for layer in (self.order)(w.part("encoder.").layers()) {
            let input = (self.next)(&states[0], &states[states.len() - 1]);
            states.push((self.layer)(&layer, heads(&w), &input, mask.as_ref()));
        }
        states
    }
}

/// What a decoder layer reads besides its input: the memory and its mask.
pub(super) type Source<'a> = (&'a Tensor, Option<&'a Tensor>);

/// The steps of the decoder.
#[derive(Clone, Copy)]
pub(super) struct Decoding {
    pub(super) embed: fn(&Tensor, &Tensor) -> Tensor,
    /// From the source and the length of the target.
    pub(super) mask: fn(&Tensor, i64) -> Option<Tensor>,
    /// Which blocks are gone through.
    pub(super) order: fn(Vec<Weights>) -> Vec<Weights>,
    /// The output and the weights of cross-attention.
    pub(super) layer: fn(&Weights, i64, &Tensor, Source<'_>) -> (Tensor, Tensor),
    /// From the last state and the embedding.
    pub(super) logits: fn(&Tensor, &Tensor) -> Tensor,
}

/// The steps of the decoder as they should be.
pub(super) const DECODING: Decoding = Decoding {
    embed: model::embed,
    mask: |source, queries| Some(real(source, queries)),
    order: |layers| layers,
    layer: |w, heads, x, (memory, mask)| decoder_layer(w, heads, x, memory, mask),
    logits: |last, embedding| last.matmul(&embedding.tr()),
};

impl Decoding {
    pub(super) fn run(self, x: &Inputs) -> Vec<Tensor> {
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
        outputs(Decoded {
            states,
            cross_weights,
            logits,
        })
    }
}

/// In the order of computation.
pub(super) fn outputs(
    Decoded {
        states,
        cross_weights,
        logits,
    }: Decoded,
) -> Vec<Tensor> {
    let mut states = states.into_iter();
    let embedded = states.next();
    let blocks = cross_weights
        .into_iter()
        .zip(states)
        .flat_map(|(weights, state)| [weights, state]);
    embedded.into_iter().chain(blocks).chain([logits]).collect()
}

/// The tokens that the trained model writes, without start and end.
pub(super) fn greedy(x: &Inputs) -> Vec<Tensor> {
    let source = x["source"].unsqueeze(0);
    let tokens = model::greedy_decode(&weights(x), &source, x.size("longest"));
    let tokens = Vec::<i64>::try_from(tokens.get(0)).expect("a row of tokens");
    let until_end: Vec<_> = tokens
        .into_iter()
        .take_while(|&token| token != END)
        .collect();
    vec![Tensor::from_slice(&until_end)]
}

/// How to write token by token.
#[derive(Clone, Copy)]
pub(super) struct Greedy {
    /// The token that the target begins with.
    pub(super) first: i64,
    /// From the states of the encoder, what the decoder reads.
    pub(super) memory: fn(Vec<Tensor>) -> Tensor,
    /// From what is written so far, what the decoder is given.
    pub(super) given: fn(&[i64]) -> Vec<i64>,
    /// From the logits (length, vocabulary), the next token.
    pub(super) choose: fn(&Tensor) -> i64,
    /// Whether to stop, from the next token.
    pub(super) ends: fn(i64) -> bool,
    /// From what is written, with its first token, and the token at which it stopped, what is returned.
    pub(super) result: fn(Vec<i64>, Option<i64>) -> Vec<i64>,
    /// How many tokens more than asked for there may be.
    pub(super) more: i64,
}

/// As it should be done.
pub(super) const GREEDY: Greedy = Greedy {
    first: START,
    memory: |mut states| states.pop().expect("at least the embedding"),
    given: <[i64]>::to_vec,
    choose: |logits| logits.get(-1).argmax(-1, false).int64_value(&[]),
    ends: |next| next == END,
    result: |written, _| written[1..].to_vec(),
    more: 0,
};

impl Greedy {
    pub(super) fn run(self, x: &Inputs) -> Vec<Tensor> {
        let (w, source) = (weights(x), x["source"].unsqueeze(0));
        let memory = (self.memory)(model::encode(&w, &source));
        let (mut written, mut stopped_at) = (vec![self.first], None);
        while (written.len() as i64) <= x.size("longest") + self.more {
            let target = Tensor::from_slice(&(self.given)(&written)).unsqueeze(0);
            let next = (self.choose)(&model::decode(&w, &target, &memory, &source).logits.get(0));
            if (self.ends)(next) {
                stopped_at = Some(next);
                break;
            }
            written.push(next);
        }
        vec![Tensor::from_slice(&(self.result)(written, stopped_at))]
    }
}
