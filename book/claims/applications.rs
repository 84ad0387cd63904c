//! Claims of `applications.md` and its quiz, computed.

use attentive_book::figures::lessons::applications::patches;
use ndarray::{Array1, Array3, Axis, array, s};
use softmax::softmax;

use crate::lesson::Lesson;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("vit-patches", || f64::from((224 / 16) * (224 / 16) + 1)),
        ("vit-numbers", || f64::from(32 * 32 * 3)),
        ("generation-temperature", || {
            f64::from(softmax((array![[2.0, 1.0]] / 0.5).view())[(0, 0)])
        }),
    ],
    checks: &[
        ("qa-span", || {
            let (start, end) = ([1, 4, 3, 0], [5, 0, 3, 1]);
            let spans = (0..4).flat_map(|first| (first..4).map(move |last| (first, last)));
            let best = spans.max_by_key(|&(first, last)| start[first] + end[last]);
            assert_eq!(best, Some((1, 2)));
        }),
        ("vit-reshape", || {
            let image = Array1::range(0.0, 16.0, 1.0)
                .into_shape_with_order((4, 4, 1))
                .expect("16 numbers");
            assert_eq!(patches(&image, 2).row(0).to_vec(), [0.0, 1.0, 4.0, 5.0]);
            let pixels = image.index_axis(Axis(2), 0);
            assert_eq!(pixels.row(0).to_vec(), [0.0, 1.0, 2.0, 3.0]);
            assert_eq!(
                pixels
                    .slice(s![..;2, ..;2])
                    .iter()
                    .copied()
                    .collect::<Vec<f32>>(),
                [0.0, 2.0, 8.0, 10.0]
            );
            assert_eq!(
                pixels
                    .slice(s![..2, ..2])
                    .t()
                    .iter()
                    .copied()
                    .collect::<Vec<f32>>(),
                [0.0, 4.0, 1.0, 5.0]
            );
        }),
    ],
    slips: &[("generation-temperature", "0.62", || {
        softmax((array![[2.0, 1.0]] * 0.5).view())[(0, 0)]
    })],
};

#[test]
fn an_image_in_patches() {
    let image = Array1::range(0.0, 16.0, 1.0)
        .into_shape_with_order((4, 4, 1))
        .expect("16 numbers");
    let expected = array![
        [0., 1., 4., 5.],
        [2., 3., 6., 7.],
        [8., 9., 12., 13.],
        [10., 11., 14., 15.]
    ];
    assert_eq!(patches(&image, 2), expected);
    let reshaped = image.to_shape((4, 4)).expect("16 numbers");
    assert_eq!(
        reshaped.row(0).to_vec(),
        [0., 1., 2., 3.],
        "the mistake on the page: a row of the image, not a patch"
    );

    for (side, size, tokens) in [(224, 16, 196), (224, 32, 49), (384, 16, 576)] {
        assert_eq!(
            patches(&Array3::zeros((side, side, 3)), size).dim(),
            (tokens, size * size * 3)
        );
    }
}

#[test]
fn patches_in_place_of_pixels_make_the_weights_65_536_times_fewer() {
    let weights = |tokens: u64| tokens * tokens;
    assert_eq!((weights(224 * 224), weights(196)), (2_517_630_976, 38_416));
    assert_eq!(weights(224 * 224) / weights(196), 65_536);
}

#[test]
fn temperature_makes_the_choice_bolder_or_more_even() {
    let lesson = Lesson::read("applications");
    let logits = array![[2.0, 1.0, 0.0]];
    for temperature in [0.5, 0.7, 1.0, 2.0] {
        lesson.row(
            &temperature.to_string(),
            &softmax((&logits / temperature).view()).row(0).to_vec(),
            3,
        );
    }
}

#[test]
fn the_best_span_is_not_made_of_the_best_start_and_the_best_end() {
    let (start, end) = ([0.5, 1.0, 3.0, 2.5, 0.0], [0.0, 3.2, 0.5, 3.0, 1.0_f32]);
    let largest = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    assert_eq!((largest(&start), largest(&end)), (Some(2), Some(1)));
    let spans = (0..5).flat_map(|first| (first..5).map(move |last| (first, last)));
    let score = |(first, last): (usize, usize)| start[first] + end[last];
    let best = spans.max_by(|&a, &b| score(a).total_cmp(&score(b)));
    assert_eq!(best.map(|span| (span, score(span))), Some(((2, 3), 6.0)));
}
