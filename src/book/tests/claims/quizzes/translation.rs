//! The quizzes on the decoder block and the whole transformer, checked with the model that the course has trained: it
//! writes words backwards.

use ndarray::{Array2, Array3, Axis, s};
use transformer::{END, START, decode, encode, reverse, tokens, trained};

use super::Checks;

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
fn logits(target: &[usize], read: &str) -> Array3<f32> {
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

pub(super) const CHECKS: Checks = &[
    ("decoder-leak", || {
        let letters = tokens("tsu").expect("letters");
        let (one, other) = (
            [START, letters[0], letters[1]],
            [START, letters[0], letters[2]],
        );
        let [one, other] = [one, other].map(|target| logits(&target, "rust"));
        let same =
            |position| one.index_axis(Axis(1), position) == other.index_axis(Axis(1), position);
        assert_eq!([same(0), same(1), same(2)], [true, true, false]);
    }),
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
];

// What transformer.md proposes.
// ANCHOR: word
#[test]
fn my_word() {
    println!("{:?}", reverse("ferris"));
}
// ANCHOR_END: word
