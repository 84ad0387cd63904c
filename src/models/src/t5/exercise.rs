//! T5 through the functions of exercise 22, which keep nothing but the encoder's output.

use ndarray::{Array1, Array3, s};
use t5::{decoder_block, embed, logits, position_bias};

use super::{T5, one_text};

/// A T5 that exercise 22 runs, with the encoder's output for one source.
#[derive(Debug)]
pub(crate) struct ExerciseT5<'a> {
    model: t5::T5<'a>,
    memory: Array3<f32>,
}

impl<'a> ExerciseT5<'a> {
    /// A model that has read a source, of one token at least.
    pub(crate) fn new(t5: &'a T5, source: &[usize]) -> Self {
        Self {
            model: t5.view(),
            memory: t5.memory(source),
        }
    }

    /// The scores of every token that could come after a target, which has one token at least.
    pub(crate) fn next(&self, target: &[usize]) -> Array1<f32> {
        let model = &self.model;
        let length = target.len();
        let bias = position_bias(
            model.decoder_bias,
            length,
            length,
            false,
            model.max_distance,
        );
        let mut x = embed(one_text(target), model.embedding);
        for weights in &model.decoder {
            let memory = self.memory.view();
            x = decoder_block(x.view(), memory, weights, model.heads, bias.view(), None).output;
        }
        // The scores are half of the work in a small model, and all but the last are not read.
        let last = x.slice(s![.., length - 1.., ..]);
        let scores = logits(last, &model.decoder_norm, &model.head);
        scores.slice(s![0, 0, ..]).to_owned()
    }
}
