//! Claims of `t5.md` and its quiz, computed.

use ndarray::{Array2, Array3, array, aview1};
use t5::{
    AttentionWeights, Head, RmsNorm, attention, embed, logits, position_bias,
    relative_position_bucket,
};

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("t5-encoder-bucket", || bucket(5 - 15, true) as f64),
        ("t5-decoder-bucket", || bucket(5 - 25, false) as f64),
        ("t5-root", || f64::from(24.0 + 1.0_f32)),
        ("t5-tied", || f64::from(logit(16.0, 64, true))),
    ],
    checks: &[
        ("t5-vectors", || {
            let table = array![[1.0, 2.0], [3.0, 4.0]];
            let vectors = embed(array![[1, 0, 1]].view(), table.view());
            let row = |position: usize| vectors.slice(ndarray::s![0, position, ..]).to_owned();
            assert_eq!(row(0), row(2));
        }),
        ("t5-length", || {
            let table = Array2::from_shape_fn((32, 1), |(bucket, _)| bucket as f32);
            let bias = position_bias(table.view(), 1, 5000, true, 128);
            assert_eq!(bias[(0, 0, 0)], 15.0);
        }),
        ("t5-negated", || {
            // Every key that a causal mask allows has an offset of 0 or less.
            assert!((0..200).all(|offset| bucket(offset, false) == 0));
        }),
    ],
    slips: &[
        ("t5-encoder-bucket", "24", || bucket(15 - 5, true) as f32),
        ("t5-encoder-bucket", "10", || bucket(5 - 15, false) as f32),
        ("t5-decoder-bucket", "10", || bucket(5 - 25, true) as f32),
        ("t5-decoder-bucket", "20", || 20.0),
        ("t5-decoder-bucket", "18", || {
            (16.0 + (20.0_f32 / 16.0).ln() / 8.0_f32.ln() * 16.0).round()
        }),
        ("t5-root", "4", || 24.0 / 64.0_f32.sqrt() + 1.0),
        ("t5-root", "3.125", || (24.0 + 1.0) / 64.0_f32.sqrt()),
        ("t5-tied", "16", || logit(16.0, 64, false)),
        ("t5-tied", "0.25", || 16.0 / 64.0),
    ],
};

/// The bucket of an offset in T5.
fn bucket(offset: isize, bidirectional: bool) -> usize {
    relative_position_bucket(offset, bidirectional, 32, 128)
}

/// The logit of a token whose row of the head has this product with the normalised vector.
fn logit(product: f32, d_model: usize, tied: bool) -> f32 {
    let ones = Array3::ones((1, 1, d_model));
    let matrix = Array2::from_elem((1, d_model), product / d_model as f32);
    let gamma = vec![1.0; d_model];
    let norm = RmsNorm {
        gamma: aview1(&gamma),
    };
    let head = if tied {
        Head::Tied(matrix.view())
    } else {
        Head::Untied(matrix.view())
    };
    // The norm's ε leaves a little less than 1.
    let logit = logits(ones.view(), &norm, &head)[(0, 0, 0)];
    (logit * 1000.0).round() / 1000.0
}

#[test]
fn the_table_of_buckets() {
    let lesson = Lesson::read("t5");
    for distance in [0, 1, 7, 8, 16, 20, 64, 127, 1000] {
        let (before, decoder) = (bucket(-distance, true), bucket(-distance, false));
        let after = match distance {
            0 => String::new(),
            _ => format!("{} ", bucket(distance, true)),
        };
        lesson.says(format!("| {distance} | {before} | {after}| {decoder} |"));
    }
    // Bucket 16 is never used.
    assert!((-1000..1000).all(|offset| bucket(offset, true) != 16));
}

#[test]
fn the_prediction_at_the_end() {
    let first = (0..).find(|&distance| bucket(-distance, false) == 31);
    let lesson = Lesson::read("t5");
    lesson.says(format!(
        "the last bucket begins at a distance of {}",
        first.unwrap_or_default()
    ));
}

#[test]
fn the_buckets_of_the_worked_example() {
    let lesson = Lesson::read("t5");
    let share = |d: f32| shown((d / 2.0).ln() / 10.0_f32.ln() * 2.0, 3);
    let few = |offset: isize| relative_position_bucket(offset, true, 8, 20);
    assert_eq!([few(0), few(-1)], [0, 1]);
    lesson.says(format!(
        "For $d = 6$ the logarithms give {}, so it is bucket {}.",
        share(6.0),
        few(-6)
    ));
    lesson.says(format!(
        "For $d = 7$ they give {}, so it is bucket {}, the last one.",
        share(7.0),
        few(-7)
    ));
    assert_eq!(few(-7), few(-1000));
    lesson.says(format!("$d = 7$ has bucket {}", few(7)));
}

/// Attention of the worked example's query to its keys, with matrices that change nothing.
fn weights(bias: &Array3<f32>, query: f32) -> Vec<f32> {
    let identity = Array2::eye(4);
    let matrices = AttentionWeights {
        w_q: identity.view(),
        w_k: identity.view(),
        w_v: identity.view(),
        w_o: identity.view(),
    };
    let query = Array3::from_elem((1, 1, 4), query);
    let keys = array![[
        [1.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0]
    ]];
    let (_, weights) = attention(
        query.view(),
        keys.view(),
        &matrices,
        1,
        Some(bias.view()),
        None,
    );
    weights.iter().copied().collect()
}

#[test]
fn the_scores_of_the_worked_example() {
    let lesson = Lesson::read("t5");
    let table = array![[1.0], [0.0], [-1.0], [0.0], [0.0], [0.0]];
    let bias = position_bias(table.view(), 1, 3, false, 20);
    assert_eq!(bias, array![[[-1.0, 0.0, 1.0]]]);
    lesson.row("weight", &weights(&bias, 1.0), 3);
    // A query that is half as long has scores that are divided by √4.
    let divided = weights(&bias, 0.5);
    let [a, b, c] = [0, 1, 2].map(|key| shown(divided[key], 3));
    lesson.says(format!("the weights are {a}, {b} and {c}"));
}

#[test]
fn the_logits_of_the_worked_example() {
    let lesson = Lesson::read("t5");
    let x = array![[[1.0, -1.0, 1.0, 1.0]]];
    let table = array![
        [4.0, 0.0, 2.0, 0.0],
        [0.0, -2.0, 0.0, 2.0],
        [0.0, 0.0, 0.0, 0.0]
    ];
    let gamma = [1.0; 4];
    let norm = RmsNorm {
        gamma: aview1(&gamma),
    };
    let of = |head: Head<'_>| {
        let logits = logits(x.view(), &norm, &head);
        let exponentials: Vec<f32> = logits.iter().map(|logit| logit.exp()).collect();
        let sum: f32 = exponentials.iter().sum();
        let [a, b, c] = [0, 1, 2].map(|token| shown(exponentials[token] / sum, 3));
        let [p, q, r] = [0, 1, 2].map(|token| shown(logits[(0, 0, token)], 0));
        (format!("{p}, {q} and {r}"), format!("{a}, {b} and {c}"))
    };
    let (tied, probabilities) = of(Head::Tied(table.view()));
    let (products, without) = of(Head::Untied(table.view()));
    lesson.says(format!("The products are {products}."));
    lesson.says(format!(
        "are {tied}, and the probabilities {probabilities}."
    ));
    lesson.says(format!("they would be {without}."));
}
