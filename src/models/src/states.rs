//! The results of a model on the way to its output.

use ndarray::{Array2, Array3, Array4, Axis};

/// The results of all layers, as the hub's library returns them.
#[derive(Debug, Clone, Default)]
pub struct States {
    /// The embeddings, and then the output of each layer: (batch, tokens, width). The last of GPT-2 and Llama has gone
    /// through the last norm.
    pub hidden: Vec<Array3<f32>>,
    /// The attention weights of each layer: (batch, heads, tokens, tokens).
    pub attentions: Vec<Array4<f32>>,
}

impl States {
    /// Adds the input (tokens, width) of a layer and its attention weights (heads, tokens, tokens), for a single text.
    pub(crate) fn push(&mut self, input: Array2<f32>, attention: Array3<f32>) {
        self.hidden.push(input.insert_axis(Axis(0)));
        self.attentions.push(attention.insert_axis(Axis(0)));
    }
}
