//! Claims of `attention-pooling.md` and its quiz, computed.

use attention_pooling::{pool, scores};
use attentive_book::figures::random::normals;
use ndarray::{Array2, Axis, array, concatenate};
use softmax::softmax;

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[("pooling-weight", || {
        let (hidden, mask) = (normals((1, 3, 4), 1), array![[true, true, false]]);
        let (_, weights) = pool(
            hidden.view(),
            array![[2.0, 0.0, 0.0]].view(),
            Some(mask.view()),
        );
        f64::from(weights[(0, 0)])
    })],
    checks: &[
        ("pooling-shapes", || {
            let (context, weights) = pool(
                normals((2, 5, 8), 1).view(),
                normals((2, 5), 2).view(),
                None,
            );
            assert_eq!((weights.dim(), context.dim()), ((2, 5), (2, 8)));
        }),
        ("pooling-mask-after", || {
            let mut weights = softmax(array![[2.0, 0.0, 1.0]].view());
            weights[(0, 2)] = 0.0; // the padding
            assert!(weights.sum() < 0.99);
        }),
        ("pooling-all-padding", || {
            let mask = array![[false, false]];
            let (context, _) = pool(
                normals((1, 2, 3), 1).view(),
                array![[1.0, 2.0]].view(),
                Some(mask.view()),
            );
            assert_eq!(context, Array2::<f32>::zeros((1, 3)));
        }),
    ],
    slips: &[("pooling-weight", "0.787", || {
        softmax(array![[2.0, 0.0, 0.0]].view())[(0, 0)]
    })],
};

#[test]
fn a_sequence_of_three_tokens_pooled() {
    let lesson = Lesson::read("attention-pooling");
    let hidden = array![[[1.0, 0.0], [0.0, 1.0], [2.0, 1.0], [5.0, 5.0]]];
    let scores = scores(hidden.view(), array![0.5, 1.0].view(), 0.5);
    assert_eq!(scores, array![[1.0, 1.5, 2.5, 8.0]]);
    let mask = array![[true, true, true, false]];
    let (right, weights) = pool(hidden.view(), scores.view(), Some(mask.view()));
    for (position, vector) in ["(1, 0)", "(0, 1)", "(2, 1)"].into_iter().enumerate() {
        let (score, weight) = (scores[(0, position)], weights[(0, position)]);
        let [score, exp, weight] = [shown(score, 1), shown(score.exp(), 3), shown(weight, 3)];
        lesson.says(format!(
            "| {position} | {vector} | {score} | {exp} | {weight} |"
        ));
    }
    let sum: f32 = scores.iter().take(3).map(|score| score.exp()).sum();
    lesson.says(format!("exponentials is {}", shown(sum, 3)));
    lesson.vector(&right.row(0).to_vec(), 3);
    lesson.says("(1, 0.667)"); // the plain mean
    assert_eq!((1.0 + 0.0 + 2.0, 0.0 + 1.0 + 1.0), (3.0, 2.0));

    let (unmasked, all) = pool(hidden.view(), scores.view(), None);
    lesson.says(format!("taken {} of the weight", shown(all[(0, 3)], 3)));
    lesson.vector(&unmasked.row(0).to_vec(), 3);
    let rest = array![5.0, 5.0] * all[(0, 3)];
    lesson.vector(&(&unmasked.row(0) - &rest).to_vec(), 3);
}

/// The scale undoes something for products of queries and keys, and nothing for a fresh linear layer.
#[test]
fn only_products_of_queries_and_keys_start_larger_in_wider_models() {
    for width in [16, 256] {
        let [hidden, queries, keys] = [1, 2, 3].map(|seed| normals((200, width), seed));
        let root = (width as f32).sqrt();
        let fresh: Array2<f32> = normals((200, width), 4) / root;
        let size = |scores: Array2<f32>| scores.std(0.0);
        assert!((size(hidden.dot(&fresh.t())) - 1.0).abs() < 0.05);
        assert!((size(queries.dot(&keys.t())) / root - 1.0).abs() < 0.05);
    }
}

#[test]
fn a_sentence_that_comes_twice_has_the_same_mean() {
    let once = normals((1, 5, 3), 1);
    let twice = concatenate![Axis(1), once, once];
    let pooled = [&once, &twice].map(|hidden| {
        let scores = scores(hidden.view(), array![0.5, 1.0, -1.0].view(), 0.5);
        pool(hidden.view(), scores.view(), None).0
    });
    let difference = (&pooled[0] - &pooled[1]).abs().sum();
    assert!(difference < 1e-5, "{difference}");
}

#[test]
fn the_last_token_repeated() {
    let lesson = Lesson::read("attention-pooling");
    let scores = array![[1.0_f32, 1.5, 2.5, 2.5]];
    let weights = softmax(scores.view());
    let together = weights[(0, 2)] + weights[(0, 3)];
    lesson.says(format!("Together {}", shown(together, 3)));
    let [before, after] = [3, 4].map(|tokens| {
        let exponentials = scores.iter().take(tokens).map(|score| score.exp());
        shown(exponentials.sum(), 3)
    });
    lesson.says(format!("from {before} to {after}"));
}
