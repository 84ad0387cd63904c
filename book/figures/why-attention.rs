//! The figure of the lesson on why attention is needed: how much fits into one vector.

use std::collections::HashSet;

use ndarray::Array2;

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "bottleneck",
    compute: bottleneck,
}];

const VOCABULARY: usize = 1000;
const SENTENCES: usize = 50;
const LENGTHS: [usize; 8] = [2, 3, 5, 7, 10, 14, 20, 40];

/// The share of `words` found again in sums of `length` of them, in percent.
///
/// A word is found if its dot product with the sum is among the `length` largest of the vocabulary.
fn found_in_the_sum(words: &Array2<f32>, length: usize) -> f32 {
    let word =
        |sentence: usize, i: usize| (7919 * sentence + 104_729 * i + 31 * i * i) % VOCABULARY;
    let said = |sentence: usize| -> Vec<usize> { (0..length).map(|i| word(sentence, i)).collect() };
    let mut sums = Array2::zeros((SENTENCES, words.ncols()));
    for (sentence, mut sum) in sums.rows_mut().into_iter().enumerate() {
        said(sentence)
            .iter()
            .for_each(|&word| sum += &words.row(word));
    }
    let mut found = 0;
    for (sentence, likeness) in sums.dot(&words.t()).rows().into_iter().enumerate() {
        let mut ranked: Vec<usize> = (0..VOCABULARY).collect();
        ranked.sort_by(|&a, &b| likeness[b].total_cmp(&likeness[a]));
        let said: HashSet<usize> = said(sentence).into_iter().collect();
        found += ranked[..length]
            .iter()
            .filter(|word| said.contains(word))
            .count();
    }
    100.0 * found as f32 / (SENTENCES * length) as f32
}

/// The share of a sentence's words that can be told from their sum, for sums of two widths.
fn bottleneck() -> Figure {
    let summed = |width: usize| {
        let words = normals((VOCABULARY, width), 1);
        let found = LENGTHS.map(|length| found_in_the_sum(&words, length));
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
        caption: "Sentences of random words, remembered as the sum of their vectors, and how many of the words can be \
                  told from the sum. A vector four times as wide moves the fall to longer sentences and does not \
                  prevent it.",
        description: "three curves over the number of words: the narrow sum falls from 100 to 23 percent, the wide one \
                      stays at 100 up to five words and falls to 48, and the third stays at 100.",
        panels: vec![Panel::Lines(Lines {
            title: "words found again".to_owned(),
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
    use super::*;

    #[test]
    fn the_wider_vector_holds_more_and_falls_too() {
        let Panel::Lines(lines) = &bottleneck().panels[0] else {
            panic!("curves")
        };
        let [narrow, wide] = [0, 1].map(|series: usize| &lines.series[series].values);
        assert!(narrow.iter().zip(wide).all(|(narrow, wide)| narrow <= wide));
        assert!(narrow[2] < 100.0 && wide[2] == 100.0 && wide[7] < 50.0);
    }
}
