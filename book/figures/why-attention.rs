//! The figure of the lesson on why attention is needed: how much fits into one vector.

use ndarray::{Array1, Array2};

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "bottleneck",
    compute: bottleneck,
}];

const VOCABULARY: usize = 1000;
const SENTENCES: usize = 1000;
const LENGTHS: [usize; 8] = [2, 3, 5, 7, 10, 14, 20, 40];

/// The positions of the largest numbers, largest first.
fn largest(numbers: &[f32], count: usize) -> Vec<usize> {
    let order = |a: &usize, b: &usize| numbers[*b].total_cmp(&numbers[*a]).then(a.cmp(b));
    let mut positions: Vec<usize> = (0..numbers.len()).collect();
    if count < positions.len() {
        positions.select_nth_unstable_by(count, order);
        positions.truncate(count);
    }
    positions.sort_by(order);
    positions
}

/// Sentences of random words, as long as the longest one asked for. In each, all words are different.
fn draw_sentences() -> Vec<Vec<usize>> {
    let draw = |sentence: usize| {
        // A shuffled vocabulary. Seed 1 belongs to the vectors of the words.
        let order: Array1<f32> = normals(VOCABULARY, 2 + sentence as u64);
        largest(&order.to_vec(), LENGTHS[LENGTHS.len() - 1])
    };
    (0..SENTENCES).map(draw).collect()
}

/// The share of `words` found again in sums of the first `length` of each sentence, in percent.
///
/// A word is found if its dot product with the sum is among the `length` largest of the vocabulary.
fn found_in_the_sum(words: &Array2<f32>, sentences: &[Vec<usize>], length: usize) -> f32 {
    let mut sums = Array2::zeros((sentences.len(), words.ncols()));
    for (sentence, mut sum) in sentences.iter().zip(sums.rows_mut()) {
        for &word in &sentence[..length] {
            sum += &words.row(word);
        }
    }
    let mut found = 0;
    for (sentence, likeness) in sentences.iter().zip(sums.dot(&words.t()).rows()) {
        let guessed = largest(&likeness.to_vec(), length);
        let said = &sentence[..length];
        found += guessed.iter().filter(|word| said.contains(word)).count();
    }
    100.0 * found as f32 / (sentences.len() * length) as f32
}

/// The share of a sentence's words that can be told from their sum, for sums of two widths.
fn bottleneck() -> Figure {
    let sentences = draw_sentences();
    let summed = |width: usize| {
        let words = normals((VOCABULARY, width), 1);
        let found = LENGTHS.map(|length| found_in_the_sum(&words, &sentences, length));
        Series {
            name: format!("one vector of {width}"),
            values: found.to_vec(),
        }
    };
    let kept = Series {
        name: "all vectors kept".to_owned(),
        values: vec![100.0; LENGTHS.len()],
    };
    Figure {
        caption: "Sentences of different random words, remembered as the sum of their vectors, and how many of the \
                  words can be recovered from the sum. A vector that is four times as wide holds longer sentences, \
                  but it loses words as well.",
        description: "three curves over the number of words: the narrow sum falls from 99 to 27 percent, the wide one \
                      stays near 100 up to seven words and falls to 64, and the third stays at 100.",
        panels: vec![Panel::Lines(Lines {
            title: "words recovered".to_owned(),
            x: Ticks {
                name: "words in the sentence",
                ticks: vec![2.0, 5.0, 10.0, 20.0, 40.0],
                logarithmic: true,
            },
            y: Ticks {
                name: "found, in percent",
                ticks: vec![0.0, 25.0, 50.0, 75.0, 100.0],
                logarithmic: false,
            },
            points: LENGTHS.map(|length| length as f32).to_vec(),
            series: vec![summed(64), summed(256), kept],
        })],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_sentence_has_no_word_twice() {
        for sentence in draw_sentences() {
            let different: HashSet<usize> = sentence.iter().copied().collect();
            assert_eq!((sentence.len(), different.len()), (40, 40));
        }
    }

    /// With as many numbers as words, a sum says exactly which words are in it.
    #[test]
    fn all_words_of_the_longest_sentences_can_be_found() {
        let words = Array2::eye(VOCABULARY);
        assert_eq!(found_in_the_sum(&words, &draw_sentences()[..5], 40), 100.0);
    }

    #[test]
    fn the_wider_vector_holds_more_and_falls_too() {
        let figure = bottleneck();
        let Panel::Lines(lines) = &figure.panels[0] else {
            panic!("curves")
        };
        let [narrow, wide] = [0, 1].map(|series: usize| &lines.series[series].values);
        for (narrow, wide) in narrow.iter().zip(wide) {
            assert!(narrow < wide);
        }
        for falling in [narrow, wide] {
            assert!(falling.is_sorted_by(|before, after| before >= after));
        }
        let ends = [narrow[0], narrow[7], wide[3], wide[7]].map(f32::round);
        for (end, described) in ends.into_iter().zip(["99", "27", "100", "64"]) {
            assert_eq!(end.to_string(), described);
            assert!(figure.description.contains(described));
        }
    }
}
