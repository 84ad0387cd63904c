//! The model around the blocks: a text that is read at once, and one that is read in pieces with a cache.

use tch::{Device, Kind, Tensor};

use super::block::{self, Block};
use crate::gpt::model::rows;
use crate::inputs::Inputs;
use crate::kv_cache::{Cache, Caches};
use crate::layer_norm::kernel::rms_norm;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::linear;

/// The tensors of a block.
const OF_A_BLOCK: [&str; 9] = [
    "gamma_1", "w_q", "w_k", "w_v", "w_o", "gamma_2", "w_gate", "w_up", "w_down",
];

/// The settings that a block has from its model.
const SETTINGS: [&str; 4] = ["heads", "kv_heads", "epsilon", "base"];

/// The steps of reading, so that a mistake can take one of them differently.
#[derive(Clone, Copy)]
pub(super) struct Read {
    /// From the weights and the tokens, the vectors.
    pub(super) embed: fn(&Weights, &Tensor) -> Tensor,
    /// The blocks, and the caches to go with them, in the order in which the tokens go through them.
    pub(super) order: fn(Vec<Weights>) -> Vec<Weights>,
    /// The cache that a block continues.
    pub(super) cache: fn(&Caches<'_>) -> Cache,
    /// From the embedding and the output of the block before, what a block reads.
    pub(super) input: fn(&Tensor, &Tensor) -> Tensor,
    pub(super) block: block::Steps,
    /// From the model and the steps of a block, what the next one reads.
    pub(super) passed_on: fn(&Weights, &Block) -> Tensor,
    /// From the past and the longer cache, the one that is returned.
    pub(super) kept: fn(&Cache, &Cache) -> Cache,
    /// From the output of the last block, what the head reads.
    pub(super) norm: fn(&Weights, &Tensor) -> Tensor,
    /// From the norm, the logits.
    pub(super) head: fn(&Weights, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const READ: Read = Read {
    embed: |w, tokens| rows(&w["token_embedding"], tokens),
    order: |blocks| blocks,
    cache: |caches| caches.old[caches.block].clone(),
    input: |_, x| x.shallow_clone(),
    block: block::RIGHT,
    passed_on: |_, block| block.output.shallow_clone(),
    kept: |_, longer| longer.clone(),
    norm: last_norm,
    head: |w, x| linear(x, head(w)),
};

/// The last norm.
pub(super) fn last_norm(w: &Weights, x: &Tensor) -> Tensor {
    rms_norm(x, &w["gamma_f"], w.number("epsilon"))
}

/// The matrix of the head: E if the weights are tied.
pub(super) fn head(w: &Weights) -> &Tensor {
    match w.size("tied") {
        1 => &w["token_embedding"],
        _ => &w["head"],
    }
}

impl Read {
    /// Logits (new, vocabulary) and the longer caches.
    fn run(self, w: &Weights, tokens: &Tensor, caches: &[Cache]) -> (Tensor, Vec<Cache>) {
        let embedded = (self.embed)(w, tokens);
        let (mut x, mut longer) = (embedded.shallow_clone(), Vec::new());
        for (number, block) in (self.order)(blocks(w)).iter().enumerate() {
            let past = (self.cache)(&Caches {
                old: caches,
                longer: &longer,
                block: number,
            });
            let block = block
                .with("past_keys", past.keys.shallow_clone())
                .with("past_values", past.values.shallow_clone());
            let steps = self.block.run(&block, &(self.input)(&embedded, &x));
            longer.push((self.kept)(&past, &steps.cache));
            x = (self.passed_on)(w, &steps);
        }
        ((self.head)(w, &(self.norm)(w, &x)), longer)
    }

    /// A text in pieces, each of which is read after those before it.
    pub(super) fn pieces(self, x: &Inputs) -> Outputs {
        self.read(x, &x.ids("pieces"))
    }

    fn read(self, x: &Inputs, pieces: &[usize]) -> Outputs {
        let w = Weights::from(x);
        let (mut caches, mut logits, mut from) = (empty_caches(&w), Vec::new(), 0);
        for &length in pieces {
            let piece = x["tokens"].narrow(0, from, length as i64);
            let (of_piece, longer) = self.run(&w, &piece, &caches);
            logits.push(of_piece);
            (caches, from) = (longer, from + length as i64);
        }
        let positions: Vec<i64> = caches.iter().map(Cache::positions).collect();
        [
            ("positions", Tensor::from_slice(&positions)),
            ("logits", Tensor::cat(&logits, 0)),
        ]
        .into()
    }
}

/// The whole text at once: what every way of reading it has to give.
pub fn whole_text(x: &Inputs) -> Outputs {
    READ.read(x, &[x["tokens"].size()[0] as usize])
}

/// The text in pieces, with a cache.
pub fn in_pieces(x: &Inputs) -> Outputs {
    READ.pieces(x)
}

/// The weights of each block, with the settings of the model.
fn blocks(w: &Weights) -> Vec<Weights> {
    let stacked: Weights = OF_A_BLOCK
        .iter()
        .map(|&name| (name.to_owned(), w[name].shallow_clone()))
        .collect();
    let with_settings = |block: Weights| {
        SETTINGS.iter().fold(block, |block, name| {
            block.with(name, w[*name].shallow_clone())
        })
    };
    stacked.layers().into_iter().map(with_settings).collect()
}

/// Caches of a model that has read nothing.
fn empty_caches(w: &Weights) -> Vec<Cache> {
    let (blocks, kv_heads) = (w["w_k"].size()[0], w.size("kv_heads"));
    let head_dim = w["w_k"].size()[1] / kv_heads;
    let none = || Tensor::zeros([kv_heads, 0, head_dim], (Kind::Float, Device::Cpu));
    let empty = |_| Cache {
        keys: none(),
        values: none(),
    };
    (0..blocks).map(empty).collect()
}
