//! Encoding step by step, so that a mistake can take one of the steps differently.

use std::collections::HashMap;

use attentive_given::Merges;

use crate::byte_pair_encoding::{Judge, Pair, bytes, joined, pairs};

/// The steps of encoding.
#[derive(Clone, Copy)]
pub(super) struct Encode {
    /// From the text, its words.
    pub(super) words: fn(&str) -> Vec<String>,
    /// From a word, the ids that it begins with.
    pub(super) bytes: fn(&str) -> Vec<usize>,
    /// From the pairs of a word that have a rank, in their order, the rank to join.
    pub(super) choose: fn(&[usize]) -> Option<usize>,
    /// The joining of a pair in a word.
    pub(super) join: fn(&[usize], Pair, usize) -> Vec<usize>,
    /// Decides from the number of merges that were made in a word to go on.
    pub(super) goes_on: fn(usize) -> bool,
}

/// The steps as they should be.
pub(super) const ENCODE: Encode = Encode {
    words: Judge::words,
    bytes,
    choose: |ranks| ranks.iter().min().copied(),
    join: joined,
    goes_on: |_| true,
};

impl Encode {
    pub(super) fn ids(self, text: &str, merges: &Merges) -> Vec<usize> {
        (self.words)(text)
            .iter()
            .flat_map(|word| self.pieces(word, merges))
            .collect()
    }

    fn pieces(self, word: &str, merges: &Merges) -> Vec<usize> {
        let (mut pieces, mut made) = ((self.bytes)(word), 0);
        while (self.goes_on)(made) {
            let (mut ranks, mut known) = (Vec::new(), HashMap::new());
            for pair in pairs(&pieces) {
                if let Some(rank) = merges.rank(pair.0, pair.1) {
                    ranks.push(rank);
                    known.insert(rank, pair);
                }
            }
            let Some(rank) = (self.choose)(&ranks) else {
                break;
            };
            pieces = (self.join)(&pieces, known[&rank], 256 + rank);
            made += 1;
        }
        pieces
    }
}
