//! The models that write, whatever their kind.

use std::fmt::Debug;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::cached::{CachedGpt, CachedLlama};
use crate::gpt2::{ExerciseGpt, Gpt};
use crate::llama::{ExerciseLlama, Llama};
use crate::states::States;

/// A model that has read a text: from all of its tokens to the scores of every token that could come next. Of a text that
/// begins as the one before, it reads the rest alone.
pub type Reader<'a> = Box<dyn FnMut(&[usize]) -> Array1<f32> + 'a>;

/// A model that writes.
pub trait LanguageModel: Debug {
    /// The number of tokens that it knows.
    fn vocabulary(&self) -> usize;

    /// The most tokens of a text.
    fn context(&self) -> usize;

    /// The tokens after each of which nothing more is written.
    fn end_tokens(&self) -> &[usize];

    /// The texts before each of which an answer ends.
    fn stop_strings(&self) -> &[String];

    /// Runs the model on a text: the results of all layers, and the scores after each token, (tokens, vocabulary).
    fn run(&self, tokens: &[usize]) -> (States, Array2<f32>);

    /// The scores of every token that could come after a text, computed from its beginning by the functions of exercises.
    fn next(&self, tokens: &[usize]) -> Array1<f32>;

    /// The model with the course's cache of keys and values. Large products are divided among `threads`.
    fn cached(&self, threads: usize) -> Reader<'_>;

    /// The model through the functions of exercises that keep keys and values.
    fn by_exercise(&self) -> ExerciseReader<'_>;
}

/// A model through the functions of exercises that keep keys and values.
pub enum ExerciseReader<'a> {
    /// The exercise of the model keeps them.
    OfModel(Reader<'a>),
    /// Exercise 20 keeps them, and the exercise of the model does without.
    OfCache(Reader<'a>),
    /// No exercise has a place for all parts of the model.
    Missing,
}

impl LanguageModel for Gpt {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn context(&self) -> usize {
        self.config.context
    }

    fn end_tokens(&self) -> &[usize] {
        self.config.end_token.as_slice()
    }

    fn stop_strings(&self) -> &[String] {
        &[]
    }

    fn run(&self, tokens: &[usize]) -> (States, Array2<f32>) {
        let ids = ArrayView2::from_shape((1, tokens.len()), tokens).expect("as many tokens");
        let scores = self.all_logits(ids).index_axis_move(Axis(0), 0);
        (Self::run(self, ids), scores)
    }

    fn next(&self, tokens: &[usize]) -> Array1<f32> {
        Self::next(self, tokens)
    }

    fn cached(&self, threads: usize) -> Reader<'_> {
        let mut cached = CachedGpt::new(self, threads);
        Box::new(move |tokens| cached.next(tokens))
    }

    fn by_exercise(&self) -> ExerciseReader<'_> {
        match ExerciseGpt::new(self) {
            Some(mut read) => ExerciseReader::OfCache(Box::new(move |tokens| read.next(tokens))),
            None => ExerciseReader::Missing,
        }
    }
}

impl LanguageModel for Llama {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn context(&self) -> usize {
        self.config.context
    }

    fn end_tokens(&self) -> &[usize] {
        &self.config.end_tokens
    }

    fn stop_strings(&self) -> &[String] {
        &self.config.stop_strings
    }

    fn run(&self, tokens: &[usize]) -> (States, Array2<f32>) {
        let by_exercise = Self::run(self, tokens).zip(self.logits(tokens));
        by_exercise.unwrap_or_else(|| CachedLlama::new(self, 1).run(tokens))
    }

    fn next(&self, tokens: &[usize]) -> Array1<f32> {
        match ExerciseLlama::new(self) {
            Some(mut read) => read.next(tokens),
            None => CachedLlama::new(self, 1).next(tokens),
        }
    }

    fn cached(&self, threads: usize) -> Reader<'_> {
        let mut cached = CachedLlama::new(self, threads);
        Box::new(move |tokens| cached.next(tokens))
    }

    fn by_exercise(&self) -> ExerciseReader<'_> {
        match ExerciseLlama::new(self) {
            Some(mut read) => ExerciseReader::OfModel(Box::new(move |tokens| read.next(tokens))),
            None => ExerciseReader::Missing,
        }
    }
}
