//! GPT-2 through the functions of exercise 20, which keep keys and values.

use kv_cache::{Model, read};
use ndarray::Array1;

use super::Gpt;
use crate::exercise_caches::ExerciseCaches;

/// A GPT-2 that exercise 20 reads, with the caches of the tokens that were read.
#[derive(Debug)]
pub(crate) struct ExerciseGpt<'a> {
    model: Model<'a>,
    caches: ExerciseCaches,
}

impl<'a> ExerciseGpt<'a> {
    /// A model that has read nothing. There is none if the matrix of the scores is not the table of tokens: the
    /// exercise's model has no place for it.
    pub(crate) fn new(gpt: &'a Gpt) -> Option<Self> {
        if gpt.head.is_some() {
            return None;
        }
        let model = Model::new(&gpt.view());
        Some(Self {
            caches: ExerciseCaches::new(model.empty_caches()),
            model,
        })
    }

    /// The scores of every token that could come after a text, which has one token at least. Of a text that begins as the
    /// one before, only the rest is read.
    pub(crate) fn next(&mut self, tokens: &[usize]) -> Array1<f32> {
        let model = &self.model;
        self.caches
            .next(tokens, |new, pasts| read(new, pasts, model))
    }
}
