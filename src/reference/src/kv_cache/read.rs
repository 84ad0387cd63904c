//! A text that is read at once without a cache, and one that is read in pieces with one.

use tch::{Device, Kind, Tensor};

use super::{append, attended};
use crate::gpt::block::{feed_forward, thirds};
use crate::gpt::model::{blocks, head, rows, run};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::sublayers::norm;

/// The keys and values of a block, each (heads, positions, head_dim).
#[derive(Debug)]
pub(crate) struct Cache {
    pub(crate) keys: Tensor,
    pub(crate) values: Tensor,
}

impl Cache {
    pub(crate) fn positions(&self) -> i64 {
        self.keys.size()[1]
    }

    /// These positions, and then others.
    pub(crate) fn followed_by(&self, new: &Self) -> Self {
        Self {
            keys: append(&self.keys, &new.keys),
            values: append(&self.values, &new.values),
        }
    }
}

/// The same tensors; no number is copied.
impl Clone for Cache {
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.shallow_clone(),
            values: self.values.shallow_clone(),
        }
    }
}

/// Queries, keys and values of new positions: each (heads, new, head_dim).
pub(super) struct Projected {
    pub(super) queries: Tensor,
    pub(super) new: Cache,
}

/// Caches that a block finds, and those that it leaves.
#[derive(Debug)]
pub(crate) struct Caches<'a> {
    /// The caches before the call, one for each block.
    pub(crate) old: &'a [Cache],
    /// The caches of the blocks before this one, with the new positions in them.
    pub(crate) longer: &'a [Cache],
    /// The number of this block.
    pub(crate) block: usize,
}

/// The steps of reading, so that a mistake can take one of them differently.
#[derive(Clone, Copy)]
pub(super) struct Read {
    /// From the caches and the number of new tokens, the position of the first of them.
    pub(super) position: fn(&[Cache], i64) -> i64,
    /// Takes queries, keys and values from what was projected.
    pub(super) projected: fn(Projected) -> Projected,
    /// The cache that a block continues.
    pub(super) cache: fn(&Caches<'_>) -> Cache,
    /// From the past and what was projected, the keys and values that are attended to, under the causal mask.
    pub(super) attended: fn(&Cache, &Projected) -> Cache,
    /// From the past and what was projected, the cache that is returned.
    pub(super) kept: fn(&Cache, &Projected) -> Cache,
    /// From the embedding and the output of the block before, what a block reads.
    pub(super) input: fn(&Tensor, &Tensor) -> Tensor,
    /// From the embedding and what a block reads, what its residual connection adds to.
    pub(super) residual: fn(&Tensor, &Tensor) -> Tensor,
    /// From the logits of all new positions, those that are returned.
    pub(super) logits: fn(Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const READ: Read = Read {
    position: |caches, _| caches[0].positions(),
    projected: |projected| projected,
    cache: |caches| caches.old[caches.block].clone(),
    attended: |past, projected| past.followed_by(&projected.new),
    kept: |past, projected| past.followed_by(&projected.new),
    input: |_, x| x.shallow_clone(),
    residual: |_, input| input.shallow_clone(),
    logits: |logits| logits,
};

impl Read {
    /// Logits (new, vocabulary) and the longer caches.
    pub(super) fn run(
        self,
        w: &Weights,
        tokens: &Tensor,
        caches: &[Cache],
    ) -> (Tensor, Vec<Cache>) {
        let position = (self.position)(caches, tokens.size()[0]);
        let embedded = embed(w, tokens, position);
        let (mut x, mut longer) = (embedded.shallow_clone(), Vec::new());
        for (number, block) in blocks(w).iter().enumerate() {
            let past = (self.cache)(&Caches {
                old: caches,
                longer: &longer,
                block: number,
            });
            let input = (self.input)(&embedded, &x);
            let projected = (self.projected)(project(block, &input));
            let Cache { keys, values } = (self.attended)(&past, &projected);
            let contexts = attended([&projected.queries, &keys, &values], None)
                .0
                .output;
            longer.push((self.kept)(&past, &projected));
            x = finish(block, &(self.residual)(&embedded, &input), &contexts);
        }
        ((self.logits)(head(w, &x)), longer)
    }

    /// A text in pieces, each of which is read after those before it.
    pub(super) fn pieces(self, x: &Inputs) -> Outputs {
        let w = Weights::from(x);
        let (mut caches, mut logits, mut from) = (empty_caches(&w), Vec::new(), 0);
        for length in x.ids("pieces") {
            let piece = x["tokens"].narrow(0, from, length as i64);
            let (of_piece, longer) = self.run(&w, &piece, &caches);
            logits.push(of_piece);
            (caches, from) = (longer, from + length as i64);
        }
        outputs(&caches, Tensor::cat(&logits, 0), from)
    }
}

/// The whole text at once, without a cache: what every way of reading it has to give.
pub fn whole_text(x: &Inputs) -> Outputs {
    read_for(x, x["tokens"].size()[0])
}

/// The whole text, for so many rows of keys in each block.
pub(super) fn read_for(x: &Inputs, projected: i64) -> Outputs {
    let (w, tokens) = (Weights::from(x), &x["tokens"]);
    let mut state = embed(&w, tokens, 0);
    let mut caches = Vec::new();
    for block in blocks(&w) {
        caches.push(project(&block, &state).new);
        state = run(&block, &state.unsqueeze(0)).squeeze_dim(0);
    }
    outputs(&caches, head(&w, &state), projected)
}

/// The text in pieces, with a cache.
pub fn with_cache(x: &Inputs) -> Outputs {
    READ.pieces(x)
}

/// Caches of a model that has read nothing.
pub(super) fn empty_caches(w: &Weights) -> Vec<Cache> {
    let (heads, d_model) = (w.size("heads"), w["token_embedding"].size()[1]);
    let none = || Tensor::zeros([heads, 0, d_model / heads], (Kind::Float, Device::Cpu));
    let empty = |_: &Weights| Cache {
        keys: none(),
        values: none(),
    };
    blocks(w).iter().map(empty).collect()
}

/// The outputs of the task. If the caches hold different numbers of positions, as many of each as the shortest has.
fn outputs(caches: &[Cache], logits: Tensor, projected: i64) -> Outputs {
    let positions: Vec<i64> = caches.iter().map(Cache::positions).collect();
    let shortest = positions.iter().copied().min().unwrap_or_default();
    let stack = |tensor: fn(&Cache) -> &Tensor| {
        let cut = caches
            .iter()
            .map(|cache| tensor(cache).narrow(1, 0, shortest));
        Tensor::stack(&cut.collect::<Vec<_>>(), 0)
    };
    [
        ("positions", Tensor::from_slice(&positions)),
        ("keys", stack(|cache| &cache.keys)),
        ("values", stack(|cache| &cache.values)),
        ("logits", logits),
        ("projected", Tensor::from(caches.len() as i64 * projected)),
    ]
    .into()
}

/// E[token] + P[position], (new, d_model).
fn embed(w: &Weights, tokens: &Tensor, first: i64) -> Tensor {
    let positions = w["position_embedding"].narrow(0, first, tokens.size()[0]);
    rows(&w["token_embedding"], tokens) + positions
}

/// The first layer norm, W_qkv, and the split into heads.
fn project(block: &Weights, x: &Tensor) -> Projected {
    let heads = block.size("heads");
    let fused = norm(block, 1, x).linear(&block["w_qkv"].tr(), Some(&block["b_qkv"]));
    let [queries, keys, values] = thirds(&fused, heads).map(|third| {
        let of_heads = third.reshape([x.size()[0], heads, -1]);
        of_heads.transpose(0, 1)
    });
    Projected {
        queries,
        new: Cache { keys, values },
    }
}

/// W_o, and the second half of the block.
fn finish(block: &Weights, x: &Tensor, contexts: &Tensor) -> Tensor {
    let merged = contexts.transpose(0, 1).reshape(x.size());
    let a = x + merged.linear(&block["w_o"].tr(), Some(&block["b_o"]));
    &a + feed_forward(block, &norm(block, 2, &a))
}
