//! The ways in which a T5 writes the target of a source.

use t5::{PADDING, generate};

use crate::cached::CachedT5;
use crate::language_model::Reader;
use crate::t5::{ExerciseT5, T5};

/// A search for the likeliest target: from the number of beams, and that of tokens at most, to the tokens after the start
/// token. If the target has ended, the last one is an end token.
pub type Search<'a> = Box<dyn FnMut(usize, usize) -> Vec<usize> + 'a>;

impl T5 {
    /// The model with the course's cache of keys and values, for one source: from a target, which begins with the start
    /// token, to the scores of every token that could come next. Large products are divided among `threads`.
    ///
    /// The source is read at the first call.
    pub fn cached(&self, source: &[usize], threads: usize) -> Reader<'_> {
        let source = source.to_vec();
        let mut cached = None;
        Box::new(move |target| {
            let cached = cached.get_or_insert_with(|| CachedT5::new(self, &source, threads));
            cached.next(target)
        })
    }

    /// The same by the functions of exercise 22, which compute all of a target for each new token.
    pub fn by_exercise(&self, source: &[usize]) -> Reader<'_> {
        let source = source.to_vec();
        let mut exercise = None;
        Box::new(move |target| {
            let exercise = exercise.get_or_insert_with(|| ExerciseT5::new(self, &source));
            exercise.next(target)
        })
    }

    /// The search of exercise 22's `generate` for a source. There is none if targets do not begin with its start token, or do
    /// not have exactly one end.
    pub fn search_by_exercise(&self, source: &[usize]) -> Option<Search<'_>> {
        let &[end] = self.config.end_tokens.as_slice() else {
            return None;
        };
        let source = source.to_vec();
        let search = move |width, longest| {
            let search = t5::Search {
                width,
                longest,
                end,
                length_penalty: 1.0,
            };
            let mut target = generate(&source, &self.view(), &search);
            // The exercise leaves out the end.
            if target.len() < longest {
                target.push(end);
            }
            target
        };
        (self.config.start_token == PADDING).then(|| -> Search<'_> { Box::new(search) })
    }
}
