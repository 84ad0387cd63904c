//! The caches of exercise 20, which exercise 21 has as well.

use kv_cache::Cache;
use ndarray::{Array1, Array2, Axis, s};

use crate::prefix::kept;

/// The caches of the tokens that were read.
#[derive(Debug)]
pub(crate) struct ExerciseCaches {
    /// The tokens whose keys and values are in the caches.
    read: Vec<usize>,
    caches: Vec<Cache>,
}

impl ExerciseCaches {
    /// Caches without positions.
    pub(crate) fn new(empty: Vec<Cache>) -> Self {
        Self {
            read: Vec::new(),
            caches: empty,
        }
    }

    /// The scores of every token that could come after a text, which has one token at least. Of a text that begins as the
    /// one before, only the rest goes through `read`, which returns the scores after each of its tokens and the longer
    /// caches.
    pub(crate) fn next(
        &mut self,
        tokens: &[usize],
        read: impl FnOnce(&[usize], &[Cache]) -> (Array2<f32>, Vec<Cache>),
    ) -> Array1<f32> {
        let past = kept(&self.read, tokens);
        if past < self.read.len() {
            self.caches.iter_mut().for_each(|cache| cut(cache, past));
        }
        let (scores, longer) = read(&tokens[past..], &self.caches);
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
