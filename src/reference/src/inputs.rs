//! The inputs of a case.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Index;

use tch::Tensor;

/// Tensors by name: what one call of a task's function gets.
#[derive(Debug, Default)]
pub struct Inputs(BTreeMap<&'static str, Tensor>);

impl Inputs {
    /// Adds an input, or replaces its tensor.
    #[must_use]
    pub fn with(mut self, name: &'static str, tensor: impl Into<Tensor>) -> Self {
        self.0.insert(name, tensor.into());
        self
    }

    /// Adds a tensor to one of the inputs, entry by entry.
    #[must_use]
    pub fn add_to(self, name: &'static str, addend: impl Borrow<Tensor>) -> Self {
        let sum = &self[name] + addend.borrow();
        self.with(name, sum)
    }

    /// An input that only some cases have.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name)
    }

    /// A whole number: a count of heads, a length, an offset.
    pub fn size(&self, name: &str) -> i64 {
        self[name].int64_value(&[])
    }

    /// A real number: an epsilon, a rate, a temperature.
    pub fn number(&self, name: &str) -> f64 {
        self[name].double_value(&[])
    }

    /// All inputs by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (*name, tensor))
    }
}

/// The same tensors under the same names; no number is copied.
impl Clone for Inputs {
    fn clone(&self) -> Self {
        let tensors = self.iter();
        Self(
            tensors
                .map(|(name, tensor)| (name, tensor.shallow_clone()))
                .collect(),
        )
    }
}

impl Index<&str> for Inputs {
    type Output = Tensor;

    /// # Panics
    /// When there is no such input; the recorder adds the task, the case and the mistake.
    #[track_caller]
    fn index(&self, name: &str) -> &Tensor {
        self.get(name).unwrap_or_else(|| {
            let known: Vec<_> = self.0.keys().map(|name| format!("`{name}`")).collect();
            panic!(
                "expected an input `{name}`, found {}; add it to the case, or read it with `get`",
                known.join(", ")
            )
        })
    }
}
