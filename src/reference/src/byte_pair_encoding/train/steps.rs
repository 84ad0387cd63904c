//! Training step by step, so that a mistake can take one of the steps differently.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::words;
use crate::byte_pair_encoding::{Pair, bytes, joined, pairs};
use crate::inputs::Inputs;

/// A sequence of ids, and its number of occurrences.
pub(super) type Sequence = (Vec<usize>, usize);

/// The steps of training.
#[derive(Clone, Copy)]
pub(super) struct Train {
    /// From the words, the sequences in which pairs are counted, each with its number of occurrences.
    pub(super) sequences: fn(&[(String, usize)]) -> Vec<Sequence>,
    /// From a sequence, the pairs that count, as often as they count.
    pub(super) pairs: fn(&[usize]) -> Vec<Pair>,
    /// From the pairs in the order of their first occurrence, with their numbers, the one to join.
    pub(super) choose: fn(&[(Pair, usize)]) -> Option<Pair>,
    /// The joining of a pair in one sequence.
    pub(super) join: fn(&[usize], Pair, usize) -> Vec<usize>,
    /// From the rank, the id of what is joined.
    pub(super) id: fn(usize) -> usize,
    /// The fewest occurrences of a pair that is joined.
    pub(super) fewest: usize,
    /// From the number of merges that are asked for, the number that is learned.
    pub(super) count: fn(usize) -> usize,
}

/// The steps as they should be.
pub(super) const TRAIN: Train = Train {
    sequences: |words| {
        words
            .iter()
            .map(|(word, times)| (bytes(word), *times))
            .collect()
    },
    pairs: |pieces| pairs(pieces).collect(),
    choose: |found| best(found, Reverse),
    join: joined,
    id: |rank| 256 + rank,
    fewest: 1,
    count: |count| count,
};

impl Train {
    pub(super) fn run(self, x: &Inputs) -> Vec<Pair> {
        let (mut sequences, mut merges) = ((self.sequences)(&words(x)), Vec::new());
        while merges.len() < (self.count)(x.size("count") as usize) {
            let found = self.occurrences(&sequences);
            let Some(pair) = (self.choose)(&found) else {
                break;
            };
            for (pieces, _) in &mut sequences {
                *pieces = (self.join)(pieces, pair, (self.id)(merges.len()));
            }
            merges.push(pair);
        }
        merges
    }

    /// The pairs in the order of their first occurrence, with their numbers.
    pub(super) fn occurrences(self, sequences: &[Sequence]) -> Vec<(Pair, usize)> {
        let (mut places, mut found) = (HashMap::new(), Vec::new());
        for (pieces, times) in sequences {
            for pair in (self.pairs)(pieces) {
                let place = *places.entry(pair).or_insert(found.len());
                if place == found.len() {
                    found.push((pair, 0));
                }
                found[place].1 += times;
            }
        }
        found.retain(|(_, times)| *times >= self.fewest);
        found
    }
}

/// The pair that occurs most often; of equals, the one with the largest key.
pub(super) fn best<K: Ord>(found: &[(Pair, usize)], key: impl Fn(Pair) -> K) -> Option<Pair> {
    let best = found
        .iter()
        .max_by_key(|(pair, times)| (*times, key(*pair)));
    best.map(|(pair, _)| *pair)
}
