//! The weights of layers, of stacks of layers and of whole models.

use std::collections::BTreeMap;
use std::ops::Index;

use tch::Tensor;

use crate::inputs::Inputs;

/// The tensors of a layer, of a stack of layers, or of a whole model.
#[derive(Debug, Default)]
pub struct Weights(BTreeMap<String, Tensor>);

impl Weights {
    /// The tensors whose names begin with a prefix, under the rest of their names.
    pub fn part(&self, prefix: &str) -> Self {
        let named = self.0.iter().filter_map(|(name, tensor)| {
            name.strip_prefix(prefix)
                .map(|rest| (rest.to_owned(), tensor.shallow_clone()))
        });
        named.collect()
    }

    /// The same names, each with what its tensor becomes.
    #[must_use]
    pub fn map(&self, change: impl Fn(&Tensor) -> Tensor) -> Self {
        let tensors = self.0.iter();
        tensors
            .map(|(name, tensor)| (name.clone(), change(tensor)))
            .collect()
    }

    /// The tensors of one layer of a stack, which has the layers on the first axis of every tensor.
    pub fn layer(&self, index: i64) -> Self {
        self.map(|stack| stack.select(0, index))
    }

    /// The layers of a stack.
    pub fn layers(&self) -> Vec<Self> {
        let count = self.0.values().next().map_or(0, |stack| stack.size()[0]);
        (0..count).map(|index| self.layer(index)).collect()
    }

    /// These tensors, one of them replaced.
    #[must_use]
    pub fn with(&self, name: &str, tensor: Tensor) -> Self {
        let mut all = self.clone();
        all.0.insert(name.to_owned(), tensor);
        all
    }

    /// These tensors, with those of each pair of names in each other's place.
    #[must_use]
    pub(crate) fn swapped(&self, pairs: &[[&str; 2]]) -> Self {
        let mut all = self.clone();
        for [one, other] in pairs {
            let (first, second) = (self[*one].shallow_clone(), self[*other].shallow_clone());
            all = all.with(one, second).with(other, first);
        }
        all
    }

    /// These tensors, but for one.
    #[must_use]
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut all = self.clone();
        all.0.remove(name);
        all
    }

    /// A tensor that only some cases have.
    pub(crate) fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name)
    }

    /// A whole number, such as a count of heads.
    pub(crate) fn size(&self, name: &str) -> i64 {
        self[name].int64_value(&[])
    }

    /// A real number, such as a rate.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self[name].double_value(&[])
    }

    /// All names with their tensors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }
}

/// The same tensors under the same names; no number is copied.
impl Clone for Weights {
    fn clone(&self) -> Self {
        self.map(Tensor::shallow_clone)
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

    /// # Panics
    /// When there is no such tensor; the recorder adds the task, the case and the mistake.
    #[track_caller]
    fn index(&self, name: &str) -> &Tensor {
        self.get(name)
            .unwrap_or_else(|| panic!("expected a weight `{name}`, found none"))
    }
}
