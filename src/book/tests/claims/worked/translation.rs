//! `decoder-block.md` and `transformer.md`: what the trained model does.

use ndarray::{Array2, Axis, s};
use transformer::{END, START, decode, encode, reading, reverse, symbols, trained, word};

use super::{Lesson, joined, shown};
use crate::sample::normals;

#[test]
fn what_the_last_block_reads() {
    let lesson = Lesson::read("decoder-block");
    let reading = reading("rust").expect("letters");
    let last = reading.weights.last().and_then(|weights| weights.mean_axis(Axis(0))).expect("a block");
    for (step, row) in last.rows().into_iter().enumerate() {
        let (given, written) = (&reading.given[step], &reading.written[step]);
        lesson.row(&format!("`{given}` → `{written}`"), &row.to_vec(), 2);
    }
}

#[test]
fn the_logits_while_a_word_is_written() {
    let lesson = Lesson::read("transformer");
    let weights = trained();
    let model = weights.model().expect("the trained model");
    let source = symbols("rust").expect("letters");
    let source = Array2::from_shape_vec((1, source.len()), source).expect("one row");
    let memory = encode(source.view(), &model).pop().expect("the last state");
    let mut target = vec![START];
    while target.last() != Some(&END) {
        let given = Array2::from_shape_vec((1, target.len()), target.clone()).expect("one row");
        let logits = decode(given.view(), memory.view(), source.view(), &model).logits;
        let row = logits.slice(s![0, -1, ..]);
        let mut ranked: Vec<usize> = (0..row.len()).collect();
        ranked.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let probability = 1.0 / row.mapv(|logit| (logit - row[ranked[0]]).exp()).sum();
        lesson.says(format!(
            "| `{}` | `{}` | {} | {} | `{}` | {} |",
            word(&target),
            word(&ranked[..1]),
            shown(row[ranked[0]], 2),
            shown(probability, 5),
            word(&ranked[1..2]),
            shown(row[ranked[1]], 2),
        ));
        target.push(ranked[0]);
    }
}

#[test]
fn what_the_model_can_and_cannot_do() {
    let lesson = Lesson::read("transformer");
    let wrote = |word: &str| reverse(word).expect("letters");
    for word in ["attention", "abcdefghijklm"] {
        lesson.says(format!("`{}`", wrote(word)));
        lesson.says(format!("`{word}`"));
    }
    lesson.says("`zzzzzzzzzzzz`, 12 letters, comes out with 13");
    assert_eq!(wrote("zzzzzzzzzzzz").len(), 13);

    // A sample of what the training measured on 2,000 words.
    let numbers = normals((40, 12), 3);
    for row in numbers.rows() {
        let length = 1 + (row[0].to_bits() % 12) as usize;
        let word: String =
            row.iter().take(length).map(|n| char::from(b'a' + (n.to_bits() % 26) as u8)).collect();
        assert_eq!(wrote(&word), word.chars().rev().collect::<String>());
    }
}

#[test]
fn mean_weights_are_weights() {
    let reading = reading("rust").expect("letters");
    let sums: Vec<f32> = reading.weights[0].sum_axis(Axis(2)).into_iter().collect();
    assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5), "{}", joined(&sums, 3, ", "));
}
