//! The results of a model on the way to its output.

use ndarray::{Array3, Array4};

/// The results of all layers, as the hub's library returns them.
#[derive(Debug, Clone)]
pub struct States {
    /// The embeddings, and then the output of each layer: (batch, tokens, width). GPT-2's last has gone through the last
    /// norm.
    pub hidden: Vec<Array3<f32>>,
    /// The attention weights of each layer: (batch, heads, tokens, tokens).
    pub attentions: Vec<Array4<f32>>,
}
