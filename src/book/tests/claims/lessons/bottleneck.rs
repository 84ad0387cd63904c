//! `why-attention.md`: a sentence kept in one vector.

use std::collections::HashSet;

use ndarray::{Array2, Axis};

use crate::assert_close;
use crate::sample::normals;

const VOCABULARY: usize = 1000;
const SENTENCES: usize = 50;

/// The share of `words` found again in sums of `length` of them, in percent.
///
/// A word is found if its dot product with the sum is among the `length` largest of the vocabulary.
fn found_in_the_sum(words: &Array2<f32>, length: usize) -> f64 {
    let mut found = 0;
    for sentence in 0..SENTENCES {
        let word = |i| (7919 * sentence + 104_729 * i + 31 * i * i) % VOCABULARY;
        let said: Vec<usize> = (0..length).map(word).collect();
        let likeness = words.dot(&words.select(Axis(0), &said).sum_axis(Axis(0)));
        let mut ranked: Vec<usize> = (0..VOCABULARY).collect();
        ranked.sort_by(|&a, &b| likeness[b].total_cmp(&likeness[a]));
        let said: HashSet<usize> = said.into_iter().collect();
        found += ranked[..length].iter().filter(|word| said.contains(word)).count();
    }
    100.0 * found as f64 / (SENTENCES * length) as f64
}

#[test]
fn a_sum_of_words_holds_few_of_them_and_a_wider_one_some_more() {
    for (width, found) in [(64, [100.0, 70.0, 52.0, 34.0, 23.0]), (256, [100.0, 100.0, 97.0, 82.0, 48.0])] {
        let words = normals((VOCABULARY, width), 1);
        for (length, percent) in [2, 5, 10, 20, 40].into_iter().zip(found) {
            assert_close(found_in_the_sum(&words, length), percent, 0.5);
        }
    }
}

#[test]
fn the_first_word_fades_from_a_recurrent_state() {
    // h ← 0.9 h + 0.1 x, where only the first x is not 0.
    let part_of_the_first = |length: usize| (1..length).fold(0.1, |h, _| 0.9 * h);
    assert_close(part_of_the_first(5), 0.0656, 0.00005);
    assert_close(part_of_the_first(30), 0.0047, 0.00005);
}
