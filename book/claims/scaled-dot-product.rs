//! Claims of `scaled-dot-product.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use multiplicative_attention::dot;
use ndarray::array;
use scaled_dot_product::{attention, scores};
use softmax::softmax;

use crate::assert_close;
use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("scaled-deviation", || {
            // Of 256 products of independent numbers whose variance is 1: the same with the largest and the smallest.
            let (q, k) = (normals((200, 256), 1), normals((200, 256), 2));
            let measured = f64::from(q.dot(&k.t()).std(0.0));
            assert_close(measured, 16.0, 0.3);
            256_f64.sqrt()
        }),
        ("scaled-weight", || {
            let k = array![[2.0, 0.0], [0.0, 0.0]];
            f64::from(attention(array![[1.0, 1.0]].view(), k.view(), k.view(), None).1[(0, 0)])
        }),
    ],
    checks: &[
        // The lesson's answer to its prediction gives both numbers, too.
        ("scaled-largest-weight", || {
            assert_close(largest_weight(64, Scale::Missing), 0.90, 0.01);
            assert_close(largest_weight(64, Scale::Root), 0.46, 0.01);
        }),
        ("scaled-ratio", || {
            let (q, k) = (normals((2, 64), 1), normals((3, 64), 2));
            let (expected, product) = (scores(q.view(), k.view()), dot(q.view(), k.view()));
            assert!(
                (&product / &expected)
                    .iter()
                    .all(|ratio| (ratio - 8.0).abs() < 1e-3)
            );
            assert!(
                (product * 8.0 / expected)
                    .iter()
                    .all(|ratio| (ratio - 64.0).abs() < 1e-2)
            );
        }),
        ("scaled-zeroed", || {
            let weights = softmax(array![[0.5, -1.5, 0.0]].view());
            assert!(weights[(0, 0)] > weights[(0, 2)] && weights[(0, 2)] > weights[(0, 1)]);
        }),
        ("scaled-nothing-allowed", || {
            let (k, mask) = (normals((3, 2), 1), array![[false, false, false]]);
            let (output, weights) = attention(
                array![[1.0, 2.0]].view(),
                k.view(),
                k.view(),
                Some(mask.view()),
            );
            assert_eq!((output.sum(), weights.sum()), (0.0, 0.0));
        }),
    ],
    slips: &[
        ("scaled-weight", "0.881", || of_first(2_f32.sqrt())),
        ("scaled-weight", "0.731", || of_first(1.0 / 2_f32.sqrt())),
    ],
};

#[test]
fn two_queries_and_three_keys() {
    let lesson = Lesson::read("scaled-dot-product");
    let q = array![[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0]];
    let k = array![
        [2.0, 0.0, 2.0, 0.0],
        [1.0, 1.0, 1.0, 0.0],
        [0.0, 2.0, 0.0, 1.0]
    ];
    let v = array![[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]];
    lesson.matrix(&scores(q.view(), k.view()), 1);
    let (output, weights) = attention(q.view(), k.view(), v.view(), None);
    lesson.matrix(&weights, 3);
    lesson.matrix(&output, 3);
    let exp = [2.0_f32, 1.0, 0.0].map(f32::exp);
    let [first, second] = [exp[0], exp[1]].map(|exp| shown(exp, 3));
    let sum = shown(exp.iter().sum(), 3);
    lesson.says(format!(r"{first} + {second} + 1 = {sum}"));
    lesson.says(format!(
        r"{first} / {sum} \approx {}",
        shown(weights[(0, 0)], 3)
    ));
}

#[test]
fn the_gap_between_unscaled_scores_is_often_five_or_more() {
    let gap = |seed: u64| {
        let (q, k) = (normals((1, 64), seed), normals((5, 64), seed + 1000));
        let mut row = (scores(q.view(), k.view()) * 8.0).row(0).to_vec();
        row.sort_by(|a, b| b.total_cmp(a));
        row[0] - row[1]
    };
    let often = (0..400).filter(|&seed| gap(seed) >= 5.0).count();
    assert!((100..300).contains(&often), "{often} of 400");
    Lesson::read("scaled-dot-product").says(format!(r"e^5 \approx {:.0}", 5_f32.exp()));
}

/// The weight of the first key in `scaled-weight`, with its scores multiplied by `factor`.
fn of_first(factor: f32) -> f32 {
    let scores = scores(
        array![[1.0, 1.0]].view(),
        array![[2.0, 0.0], [0.0, 0.0]].view(),
    );
    softmax((scores * factor).view())[(0, 0)]
}

/// The scale of the scores.
#[derive(Clone, Copy)]
enum Scale {
    Root,
    Missing,
}

/// Returns the largest of five weights, on average over many random queries and keys of this width.
fn largest_weight(width: usize, scale: Scale) -> f64 {
    const DRAWS: u64 = 400;
    let factor = match scale {
        Scale::Root => 1.0,
        Scale::Missing => (width as f32).sqrt(),
    };
    let mut sum = 0.0;
    for seed in 0..DRAWS {
        let scores = scores(
            normals((1, width), seed).view(),
            normals((5, width), seed + 1000).view(),
        );
        let weights = softmax((scores * factor).view());
        sum += weights.fold(0.0, |max: f32, &weight| max.max(weight));
    }
    f64::from(sum) / DRAWS as f64
}

#[test]
fn the_largest_weight_of_narrow_keys() {
    let lesson = Lesson::read("scaled-dot-product");
    for (scale, claimed) in [(Scale::Missing, 0.63), (Scale::Root, 0.45)] {
        assert_close(largest_weight(4, scale), claimed, 0.015);
        lesson.says(format!("about {claimed}"));
    }
}
