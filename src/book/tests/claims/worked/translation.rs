//! `decoder-block.md` and `transformer.md`: what the trained model does.

use ndarray::{Array2, Axis, s};
use transformer::{END, START, decode, encode, reading, reverse, tokens, trained, word};

use super::{Lesson, joined, shown};
use crate::random::normals;

#[test]
fn what_the_last_block_reads() {
    let lesson = Lesson::read("decoder-block");
    let reading = reading("rust").expect("letters");
    let last = reading
        .weights
        .last()
        .and_then(|weights| weights.mean_axis(Axis(0)))
        .expect("a block");
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
    let source = tokens("rust").expect("letters");
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
        let word: String = row
            .iter()
            .take(length)
            .map(|n| char::from(b'a' + (n.to_bits() % 26) as u8))
            .collect();
        assert_eq!(wrote(&word), word.chars().rev().collect::<String>());
    }
}

#[test]
fn the_shapes_on_the_way() {
    let lesson = Lesson::read("transformer");
    let weights = trained();
    let model = weights.model().expect("the trained model");
    let row =
        |tokens: Vec<usize>| Array2::from_shape_vec((1, tokens.len()), tokens).expect("one row");
    let (source, mut target) = (
        row(tokens("rust").expect("letters")),
        tokens("ts").expect("letters"),
    );
    target.pop(); // the end
    target.insert(0, START);
    let target = row(target);
    let states = encode(source.view(), &model);
    let memory = states.last().expect("the memory");
    let decoded = decode(target.view(), memory.view(), source.view(), &model);
    let mut shapes = vec![source.shape(), target.shape(), decoded.logits.shape()];
    shapes.extend(
        states
            .iter()
            .chain(&decoded.states)
            .map(|state| state.shape()),
    );
    shapes.extend(decoded.cross_weights.iter().map(|weights| weights.shape()));
    for shape in shapes {
        let lengths: Vec<f32> = shape.iter().map(|&length| length as f32).collect();
        lesson.says(format!("| ({}) |", joined(&lengths, 0, ", ")));
    }
}

#[test]
fn losses_and_rates() {
    let lesson = Lesson::read("transformer");
    lesson.says(format!(r"\ln 29 \approx {}", shown(29_f32.ln(), 2)));
    let rate = |step: f32| step.powf(-0.5).min(step * 4000_f32.powf(-1.5)) / 512_f32.sqrt();
    assert!(rate(4000.0) >= rate(3999.0) && rate(4000.0) > rate(4001.0));
    lesson.says(format!(
        "its peak of {} at step 4000",
        shown(rate(4000.0), 4)
    ));
}
