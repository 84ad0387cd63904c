//! GPT-2 through the functions of exercise 20, which keep keys and values.

use kv_cache::{Cache, Model, read};
use ndarray::{Array1, Axis, s};

use super::{Gpt, kept};

/// A GPT-2 that exercise 20 reads, with the caches of the tokens that were read.
#[derive(Debug)]
pub struct ExerciseGpt<'a> {
    model: Model<'a>,
    /// The tokens whose keys and values are in the caches.
    read: Vec<usize>,
    caches: Vec<Cache>,
}

impl<'a> ExerciseGpt<'a> {
    /// A model that has read nothing. There is none if the matrix of the scores is not the table of tokens: the
    /// exercise's model has no place for it.
    pub fn new(gpt: &'a Gpt) -> Option<Self> {
        if gpt.head.is_some() {
            return None;
        }
        let model = Model::new(&gpt.view());
        Some(Self {
            caches: model.empty_caches(),
            model,
            read: Vec::new(),
        })
    }

    /// The scores of every token that could come after a text, which has one token at least. Of a text that begins as the
    /// one before, only the rest is read.
    pub fn next(&mut self, tokens: &[usize]) -> Array1<f32> {
        let past = kept(&self.read, tokens);
        if past == 0 {
            self.caches = self.model.empty_caches();
        } else if past < self.read.len() {
            self.caches.iter_mut().for_each(|cache| cut(cache, past));
        }
        let (scores, longer) = read(&tokens[past..], &self.caches, &self.model);
        self.caches = longer;
        self.read = tokens.to_vec();
        let last = scores.nrows() - 1;
        scores.index_axis_move(Axis(0), last)
    }
}

/// Leaves the first positions in a cache, and drops the others.
fn cut(cache: &mut Cache, positions: usize) {
    for part in [&mut cache.keys, &mut cache.values] {
        part.slice_collapse(s![.., ..positions, ..]);
    }
}
