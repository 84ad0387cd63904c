//! Byte-pair encoding: pieces of words, learnt from counts.

use std::collections::BTreeMap;

/// Merges the most frequent pair of pieces, until each word is one piece. Returns the pairs, and how often each was
/// merged.
///
/// `words` are the words of a text, each with how often it occurs. Of two pairs that are equally frequent, the first
/// in the alphabet is taken.
pub(crate) fn merges(words: &[(&str, usize)]) -> Vec<([String; 2], usize)> {
    let letters = |word: &str| word.chars().map(String::from).collect::<Vec<_>>();
    let mut text: Vec<(Vec<String>, usize)> = words
        .iter()
        .map(|&(word, count)| (letters(word), count))
        .collect();
    let mut merges = Vec::new();
    loop {
        let mut counts: BTreeMap<[&String; 2], usize> = BTreeMap::new();
        for (pieces, count) in &text {
            for pair in pieces.windows(2) {
                *counts.entry([&pair[0], &pair[1]]).or_default() += count;
            }
        }
        // `max_by_key` takes the last of several, so the alphabet is gone through backwards.
        let Some((pair, &count)) = counts.iter().rev().max_by_key(|(_, count)| **count) else {
            return merges;
        };
        let pair = pair.map(String::clone);
        for (pieces, _) in &mut text {
            while let Some(at) = pieces.windows(2).position(|pieces| pieces == pair) {
                let second = pieces.remove(at + 1);
                pieces[at] += &second;
            }
        }
        merges.push((pair, count));
    }
}
