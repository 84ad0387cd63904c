//! Claims of `transformer.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use ndarray::{Array2, Array3, s};
use transformer::{END, START, decode, encode, reverse, tokens, trained, word};

use crate::lesson::{Lesson, commas, joined, shown};
use crate::lessons::three_families::{block, decoder_block};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("transformer-parameters", || {
            assert_eq!(
                (block(512, 2048), decoder_block(512, 2048)),
                (3_152_384, 4_204_032)
            );
            6.0 * (block(512, 2048) + decoder_block(512, 2048)) as f64 / 1e6
        }),
        ("transformer-embedding-scale", || 512_f64.sqrt()),
    ],
    checks: &[
        ("transformer-only-link", || {
            assert_ne!(
                best(&logits(&[START], "rust"), 0),
                best(&logits(&[START], "attention"), 0)
            );
        }),
        ("transformer-same-letter", || {
            assert_eq!(reverse("rust").ok().as_deref(), Some("tsur"));
            let mut written = vec![START];
            for _ in 0..4 {
                let logits = logits(&written, "rust");
                written.push(best(&logits, 0)); // where it should be the last position
            }
            let t = tokens("t").expect("a letter")[0];
            assert_eq!(written, [START, t, t, t, t]);
        }),
    ],
    slips: &[],
};

#[test]
fn the_parameters_of_the_trained_model() {
    let lesson = Lesson::read("transformer");
    let attention = 4 * (64 * 64 + 64);
    let network = 64 * 128 + 128 + 128 * 64 + 64;
    let norm = 2 * 64;
    let (encoder, decoder) = (
        attention + network + 2 * norm,
        2 * attention + network + 3 * norm,
    );
    assert_eq!((encoder, decoder), (block(64, 128), decoder_block(64, 128)));
    let all = 29 * 64 + 2 * encoder + 2 * decoder;
    for number in [29 * 64, attention, network, encoder, decoder, all] {
        lesson.says(format!("| {} |", commas(number)));
    }
    lesson.says(format!("| {norm} |"));

    let weights = trained();
    let embedding = weights.model().expect("the trained model").embedding;
    assert_eq!(embedding.dim(), (29, 64));
    let rms = (embedding
        .mapv(|entry| entry * entry)
        .mean()
        .unwrap_or_default())
    .sqrt();
    lesson.says(format!("of E is {}", shown(rms, 3)));
    lesson.says(format!(r"\sqrt{{64}} = 8, that is {}", shown(8.0 * rms, 2)));
}

#[test]
fn the_larger_model_of_the_paper() {
    let all = 37_000 * 1024 + 6 * (block(1024, 4096) + decoder_block(1024, 4096));
    Lesson::read("transformer").says(format!("comes to {} million", (all as f64 / 1e6).round()));
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
    for word in ["attention", "abcdefghijklm", "nopqrstuvwxyz"] {
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

fn row(tokens: &[usize]) -> Array2<usize> {
    Array2::from_shape_fn((1, tokens.len()), |(_, position)| tokens[position])
}

/// `word` and the end, as a source.
fn source(word: &str) -> Array2<usize> {
    let mut tokens = tokens(word).expect("letters");
    if tokens.last() != Some(&END) {
        tokens.push(END);
    }
    row(&tokens)
}

/// The logits at each position of `target`, for a source and the memory of another, which may be the same.
pub(crate) fn logits(target: &[usize], read: &str) -> Array3<f32> {
    let (weights, source) = (trained(), source(read));
    let model = weights.model().expect("the trained model");
    let memory = encode(source.view(), &model).pop().expect("the last state");
    decode(row(target).view(), memory.view(), source.view(), &model).logits
}

fn best(logits: &Array3<f32>, position: usize) -> usize {
    let row = logits.slice(s![0, position, ..]);
    (0..row.len())
        .max_by(|&a, &b| row[a].total_cmp(&row[b]))
        .unwrap_or_default()
}

// The code that transformer.md proposes.
// ANCHOR: word
#[test]
fn my_word() {
    println!("{:?}", reverse("ferris"));
}
// ANCHOR_END: word
