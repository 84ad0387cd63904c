//! The inputs of a case.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Index;

use tch::Tensor;

use crate::bridge::to_grader;
use crate::texts::{of_bytes, of_ids, of_pairs, of_texts};

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

    /// Adds a text.
    #[must_use]
    pub fn with_text(self, name: &'static str, text: &str) -> Self {
        self.with(name, of_bytes(text))
    }

    /// Adds a list of texts.
    #[must_use]
    pub fn with_texts<T: AsRef<[u8]>>(self, name: &'static str, texts: &[T]) -> Self {
        self.with(name, of_texts(texts))
    }

    /// Adds pairs of ids.
    #[must_use]
    pub fn with_pairs(self, name: &'static str, pairs: &[(usize, usize)]) -> Self {
        self.with(name, of_pairs(pairs))
    }

    /// Adds a sequence of ids, or of sizes.
    #[must_use]
    pub fn with_ids(self, name: &'static str, ids: &[usize]) -> Self {
        self.with(name, of_ids(ids))
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

    /// A text.
    ///
    /// # Panics
    /// When the input is no text.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let text = self.in_grader(name).to_bytes().map(String::from_utf8);
        text.and_then(Result::ok)
            .unwrap_or_else(|| panic!("expected `{name}` to be a text"))
    }

    /// A list of texts.
    ///
    /// # Panics
    /// When the input is no list of texts.
    #[track_caller]
    pub fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.in_grader(name).to_texts().unwrap_or_default();
        let texts = texts.into_iter().map(String::from_utf8);
        texts
            .collect::<Result<_, _>>()
            .unwrap_or_else(|_| panic!("expected `{name}` to be a list of texts"))
    }

    /// Pairs of ids.
    ///
    /// # Panics
    /// When the input has no pairs.
    #[track_caller]
    pub fn pairs(&self, name: &str) -> Vec<(usize, usize)> {
        let pairs = self.in_grader(name).to_pairs();
        pairs.unwrap_or_else(|| panic!("expected `{name}` to be pairs of ids"))
    }

    /// A sequence of ids, or of sizes.
    ///
    /// # Panics
    /// When the input has no ids.
    #[track_caller]
    pub fn ids(&self, name: &str) -> Vec<usize> {
        let ids = self.in_grader(name).to_ids();
        ids.unwrap_or_else(|| panic!("expected `{name}` to be ids"))
    }

    #[track_caller]
    fn in_grader(&self, name: &str) -> attentive_grader::Tensor {
        to_grader(&self[name]).expect("whole numbers")
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
