//! Llama through the functions of exercise 21, which keep keys and values.

use llama::logits;
use ndarray::Array1;

use super::Llama;
use crate::exercise_caches::ExerciseCaches;
use crate::rotary::Scaled;

/// A Llama that exercise 21 reads, with the caches of the tokens that were read.
#[derive(Debug)]
pub(crate) struct ExerciseLlama<'a> {
    model: llama::Llama<'a>,
    scaled: Option<Scaled>,
    caches: ExerciseCaches,
}

impl<'a> ExerciseLlama<'a> {
    /// A model that has read nothing. There is none if weights are in blocks: the exercise's model has no place for them.
    pub(crate) fn new(llama: &'a Llama) -> Option<Self> {
        let model = llama.view()?;
        Some(Self {
            caches: ExerciseCaches::new(model.empty_caches()),
            scaled: Scaled::new(&llama.config),
            model,
        })
    }

    /// The scores of every token that could come after a text, which has one token at least. Of a text that begins as the
    /// one before, only the rest is read.
    pub(crate) fn next(&mut self, tokens: &[usize]) -> Array1<f32> {
        let Self {
            model,
            scaled,
            caches,
        } = self;
        caches.next(tokens, |new, pasts| match scaled {
            None => logits(new, pasts, model),
            Some(scaled) => scaled.logits(new, pasts, model),
        })
    }
}
