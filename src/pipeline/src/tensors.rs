//! `--tensors`: hidden states, attentions and logits in a file, so that anybody can compare them with another program's.

use std::path::Path;

use attentive_models::States;
use ndarray::{Array2, Array3, ArrayD, Dimension, s};
use safetensors::tensor::{Dtype, TensorView};

use crate::error::PipelineError;
use crate::pieces::Piece;
use crate::print;

/// Everything that a model computed for one piece, without padding.
#[derive(Debug)]
pub(crate) struct Tensors {
    /// The embeddings, and the output of each layer: (tokens, width).
    hidden: Vec<Array2<f32>>,
    /// The weights of each layer: (heads, tokens, tokens).
    attentions: Vec<Array3<f32>>,
    /// The output of the task's head, if it has one.
    logits: Option<ArrayD<f32>>,
}

impl Tensors {
    /// Takes those of one row of a batch, which has so many tokens that are no padding, and its logits.
    pub(crate) fn of_row(
        states: &States,
        row: usize,
        length: usize,
        logits: Option<ArrayD<f32>>,
    ) -> Self {
        let hidden = states.hidden.iter();
        let attentions = states.attentions.iter();
        Self {
            hidden: hidden
                .map(|layer| layer.slice(s![row, ..length, ..]).to_owned())
                .collect(),
            attentions: attentions
                .map(|layer| layer.slice(s![row, .., ..length, ..length]).to_owned())
                .collect(),
            logits,
        }
    }
}

/// Writes the tensors of all pieces: those of the first are called `0.hidden_states.0` and so on, `0.attentions.0` and so
/// on, `0.logits` and `0.ids`.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(
    path: &Path,
    pieces: &[Piece],
    tensors: &[Tensors],
) -> Result<(), PipelineError> {
    let mut named: Vec<(String, Vec<usize>, Vec<u8>, Dtype)> = Vec::new();
    for (number, (piece, computed)) in pieces.iter().zip(tensors).enumerate() {
        let ids = piece.ids.iter().flat_map(|&id| (id as i64).to_le_bytes());
        let shape = vec![piece.ids.len()];
        named.push((format!("{number}.ids"), shape, ids.collect(), Dtype::I64));
        for (layer, hidden) in computed.hidden.iter().enumerate() {
            let (shape, bytes) = bytes(hidden);
            named.push((
                format!("{number}.hidden_states.{layer}"),
                shape,
                bytes,
                Dtype::F32,
            ));
        }
        for (layer, weights) in computed.attentions.iter().enumerate() {
            let (shape, bytes) = bytes(weights);
            named.push((
                format!("{number}.attentions.{layer}"),
                shape,
                bytes,
                Dtype::F32,
            ));
        }
        if let Some(logits) = &computed.logits {
            let (shape, bytes) = bytes(logits);
            named.push((format!("{number}.logits"), shape, bytes, Dtype::F32));
        }
    }
    let mut views = Vec::new();
    for (name, shape, bytes, dtype) in &named {
        views.push((name, TensorView::new(*dtype, shape.clone(), bytes)?));
    }
    let file = safetensors::serialize(views, None)?;
    print::write(path, file)
}

/// The shape and the numbers of an array, in the order of its axes.
fn bytes<D: Dimension>(array: &ndarray::Array<f32, D>) -> (Vec<usize>, Vec<u8>) {
    let bytes = array.iter().flat_map(|number| number.to_le_bytes());
    (array.shape().to_vec(), bytes.collect())
}
