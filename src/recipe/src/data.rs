//! The kinds of data that a recipe is for.

use serde::{Deserialize, Serialize};

/// Data that a model learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Data {
    /// Windows of a text, whose end is held out.
    Text,
    /// Sequences that are drawn anew for each step. Each is a Markov chain of its own, which a model has to find out from
    /// the sequence itself.
    Chains,
}
