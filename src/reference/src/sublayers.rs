//! What the blocks of a transformer are made of, in libtorch: attention, layer norm, feed-forward, and their weights.

use std::collections::BTreeMap;
use std::ops::Index;

use tch::Tensor;

use crate::case::Inputs;
use crate::{layer_norm, multi_head_attention};

/// The epsilon of every layer norm that does not say otherwise.
pub(crate) const EPSILON: f64 = 1e-5;

/// Tensors by name: those of a layer, of a stack of layers, or of a whole model.
#[derive(Debug, Default)]
pub struct Weights(BTreeMap<String, Tensor>);

impl Weights {
    /// Those whose names begin so, under the rest of their names.
    pub fn part(&self, prefix: &str) -> Self {
        let named = self.0.iter().filter_map(|(name, tensor)| {
            name.strip_prefix(prefix)
                .map(|rest| (rest.to_owned(), tensor.shallow_clone()))
        });
        named.collect()
    }

    /// Those of one layer of a stack, which has the layers on the first axis of every tensor.
    pub fn layer(&self, index: i64) -> Self {
        self.0
            .iter()
            .map(|(name, stack)| (name.clone(), stack.select(0, index)))
            .collect()
    }

    /// The layers of a stack.
    pub fn layers(&self) -> Vec<Self> {
        let count = self.0.values().next().map_or(0, |stack| stack.size()[0]);
        (0..count).map(|index| self.layer(index)).collect()
    }

    /// The same with another tensor under one of the names.
    #[must_use]
    pub fn with(&self, name: &str, tensor: Tensor) -> Self {
        let mut all = self.part("");
        all.0.insert(name.to_owned(), tensor);
        all
    }

    /// The same with the tensors of these pairs of names in each other's place.
    #[must_use]
    pub(crate) fn swapped(&self, pairs: &[[&str; 2]]) -> Self {
        pairs.iter().fold(self.part(""), |all, [one, other]| {
            all.with(one, self[*other].shallow_clone())
                .with(other, self[*one].shallow_clone())
        })
    }

    /// The same without one of the names.
    #[must_use]
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut all = self.part("");
        all.0.remove(name);
        all
    }

    /// A tensor that only some cases have.
    pub(crate) fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name)
    }

    /// A size, such as a number of heads.
    pub(crate) fn size(&self, name: &str) -> i64 {
        self[name].int64_value(&[])
    }

    /// All names with their tensors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }
}

impl From<&Inputs> for Weights {
    fn from(inputs: &Inputs) -> Self {
        inputs
            .iter()
            .map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()))
            .collect()
    }
}

impl FromIterator<(String, Tensor)> for Weights {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(named: I) -> Self {
        Self(named.into_iter().collect())
    }
}

impl Index<&str> for Weights {
    type Output = Tensor;

    fn index(&self, name: &str) -> &Tensor {
        &self.0[name]
    }
}

/// The eight tensors of a multi-head attention.
const PROJECTIONS: [&str; 8] = ["w_q", "b_q", "w_k", "b_k", "w_v", "b_v", "w_o", "b_o"];

/// What multi-head attention reads from `source` for `query`, and its weights.
pub(crate) fn attention(
    w: &Weights,
    heads: i64,
    query: &Tensor,
    source: &Tensor,
    mask: Option<&Tensor>,
) -> (Tensor, Tensor) {
    attention_from(w, heads, [query, source, source], mask)
}

/// The same with keys and values from two places.
pub(crate) fn attention_from(
    w: &Weights,
    heads: i64,
    [query, key, value]: [&Tensor; 3],
    mask: Option<&Tensor>,
) -> (Tensor, Tensor) {
    let inputs = PROJECTIONS.iter().fold(Inputs::default(), |all, name| {
        all.with(name, w[*name].shallow_clone())
    });
    let inputs = inputs
        .with("heads", Tensor::from(heads))
        .with("query", query.shallow_clone())
        .with("key", key.shallow_clone())
        .with("value", value.shallow_clone());
    multi_head_attention::kernel(&match mask {
        Some(mask) => inputs.with("mask", mask.shallow_clone()),
        None => inputs,
    })
}

/// Layer norm with the gamma and the beta of this number, counted from 1.
pub(crate) fn norm(w: &Weights, number: usize, x: &Tensor) -> Tensor {
    norm_with(w, number, x, EPSILON)
}

/// The same with another epsilon.
pub(crate) fn norm_with(w: &Weights, number: usize, x: &Tensor, epsilon: f64) -> Tensor {
    layer_norm::kernel::layer_norm(
        x,
        &w[&format!("gamma_{number}")],
        &w[&format!("beta_{number}")],
        epsilon,
    )
}

/// max(0, x W_1ᵀ + b_1) W_2ᵀ + b_2.
pub(crate) fn feed_forward(w: &Weights, x: &Tensor) -> Tensor {
    feed_forward_with(w, x, Tensor::relu)
}

/// The same with another activation.
pub(crate) fn feed_forward_with(
    w: &Weights,
    x: &Tensor,
    activation: impl Fn(&Tensor) -> Tensor,
) -> Tensor {
    activation(&x.linear(&w["w_1"], Some(&w["b_1"]))).linear(&w["w_2"], Some(&w["b_2"]))
}
