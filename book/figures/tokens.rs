//! The figure of the lesson on tokens: a text that gets shorter while merges are learned.

use std::collections::BTreeMap;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "merges",
    compute: merging,
}];

/// Merges the most frequent pair of tokens, until each word is one token. Returns the pairs, and how often each was
/// merged.
///
/// `words` are the words of a text, each with how often it occurs. Of two pairs that are equally frequent, the first
/// in the alphabet is taken.
pub fn merges(words: &[(&str, usize)]) -> Vec<([String; 2], usize)> {
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

/// The lesson's text: each word with how often it occurs.
const WORDS: [(&str, usize); 4] = [("cat", 4), ("mat", 3), ("cats", 2), ("sat", 1)];

/// The number of tokens after each merge, next to the numbers of letters and words.
fn merging() -> Figure {
    let merges = merges(&WORDS);
    let letters: usize = WORDS.iter().map(|(word, count)| word.len() * count).sum();
    let words: usize = WORDS.iter().map(|(_, count)| count).sum();
    // Each merge turns two tokens into one.
    let mut pieces = vec![letters as f32];
    merges
        .iter()
        .for_each(|(_, count)| pieces.push(pieces[pieces.len() - 1] - *count as f32));
    let flat = |name: &str, number: usize| Series {
        name: name.to_owned(),
        values: vec![number as f32; merges.len() + 1],
    };
    Figure {
        caption: "The length of the example’s text while pairs are merged. The first merges save most, because their \
                  pairs are the most frequent. Later ones cost an entry of the vocabulary each, and save little.",
        description: "a curve that falls from 32 letters to 10 words in five steps, each smaller than the one before, \
                      between two level lines.",
        panels: vec![Panel::Lines(Lines {
            title: "learning merges".to_owned(),
            x: Ticks {
                name: "merges",
                ticks: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "tokens in the text",
                ticks: vec![0.0, 10.0, 20.0, 30.0, 40.0],
                logarithmic: false,
            },
            points: (0..=merges.len()).map(|step| step as f32).collect(),
            series: vec![
                Series {
                    name: "tokens".to_owned(),
                    values: pieces,
                },
                flat("letters", letters),
                flat("words", words),
            ],
        })],
    }
}
