//! Claims of `layer-norm.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use layer_norm::{layer_norm, pre_norm, rms_norm};
use ndarray::{Array1, Array2, array, s};

use crate::lesson::{Lesson, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("norm-largest", || {
            f64::from(normed(&array![[1.0, 2.0, 3.0]])[(0, 2)])
        }),
        ("norm-rms", || {
            f64::from(rms_norm(array![[3.0, 4.0]].view(), array![1.0, 1.0].view(), EPSILON)[(0, 0)])
        }),
    ],
    checks: &[
        ("norm-scaled-row", || {
            let x = normals((2, 6), 1);
            assert!(
                (normed(&(&x * 10.0 + 3.0)) - normed(&x))
                    .iter()
                    .all(|difference| difference.abs() < 1e-3)
            );
        }),
        ("norm-pre", || {
            let (x, f) = (normals((3, 4), 1), |x: &Array2<f32>| x.mapv(|x| x * x));
            let (gamma, beta) = (Array1::ones(4), Array1::zeros(4));
            let expected = pre_norm(
                x.view(),
                |x| f(&x.to_owned()),
                gamma.view(),
                beta.view(),
                EPSILON,
            );
            let differs = |other: Array2<f32>| {
                (other - &expected)
                    .iter()
                    .any(|difference| difference.abs() > 0.1)
            };
            assert!(!differs(&x + &f(&normed(&x))));
            assert!(differs(normed(&(&x + &f(&x)))));
            assert!(differs(&x + &normed(&f(&x))));
            assert!(differs(&normed(&x) + &f(&normed(&x))));
        }),
        ("norm-batch", || {
            let (one, two) = (normals((2, 6), 1), normals((4, 6), 1)); // the same two rows, and two more
            assert_eq!(one, two.slice(s![..2, ..]));
            assert_eq!(normed(&one), normed(&two).slice(s![..2, ..]));
            let everything = |x: &Array2<f32>| (x - x.mean().unwrap_or_default()) / x.std(0.0);
            assert_ne!(everything(&one), everything(&two).slice(s![..2, ..]));
        }),
    ],
    slips: &[
        ("norm-largest", "1", || {
            array![1.0_f32, 2.0, 3.0].std(1.0).recip()
        }),
        ("norm-rms", "0.6", || {
            3.0 / array![3.0_f32, 4.0].dot(&array![3.0, 4.0]).sqrt()
        }),
    ],
};

const EPSILON: f32 = 1e-5;

/// Layer norm of rows with γ = 1 and β = 0.
fn normed(x: &Array2<f32>) -> Array2<f32> {
    normed_with(x, EPSILON)
}

fn normed_with(x: &Array2<f32>, epsilon: f32) -> Array2<f32> {
    let (gamma, beta) = (Array1::ones(x.ncols()), Array1::zeros(x.ncols()));
    layer_norm(x.view(), gamma.view(), beta.view(), epsilon)
}

fn normed_row(row: [f32; 4], epsilon: f32) -> Vec<f32> {
    normed_with(&array![row], epsilon).row(0).to_vec()
}

#[test]
fn rows_of_one_shape() {
    let lesson = Lesson::read("layer-norm");
    for row in [
        [2.0, 4.0, 4.0, 6.0],
        [102.0, 104.0, 104.0, 106.0],
        [-20.0, -40.0, -40.0, -60.0],
    ] {
        let [first, second, third, last] = [0, 1, 2, 3].map(|i| normed_row(row, 1e-9)[i]);
        assert_eq!((second, third), (0.0, 0.0));
        lesson.says(format!("{}, 0, 0 and {}", shown(first, 3), shown(last, 3)));
    }
}

#[test]
fn the_worked_example_of_layer_norm() {
    let lesson = Lesson::read("layer-norm");
    let row = [1.0, 3.0, 5.0, 11.0];
    let right = normed_row(row, EPSILON);
    lesson.says(format!(
        "({}, {}, 0, {})",
        shown(right[0], 3),
        shown(right[1], 3),
        shown(right[3], 3)
    ));
    let unbiased: Vec<f32> = right
        .iter()
        .map(|number| number * 0.75_f32.sqrt())
        .collect();
    let [a, b, d] = [0, 1, 3].map(|i| shown(unbiased[i], 3));
    lesson.says(format!(
        "{} and the row {a}, {b}, 0, {d}",
        shown(56.0 / 3.0, 2)
    ));
    let rms = rms_norm(array![row].view(), Array1::ones(4).view(), EPSILON)
        .row(0)
        .to_vec();
    lesson.says(format!(
        r"\approx {} and gives {}",
        shown(39_f32.sqrt(), 3),
        joined(&rms, 3, ", ")
    ));
}

#[test]
fn where_epsilon_shows() {
    let lesson = Lesson::read("layer-norm");
    let row = [0.001, 0.003, -0.002, -0.002];
    let sigma = (4.5e-6_f32).sqrt();
    let outside: Vec<f32> = row.iter().map(|x| x / (sigma + EPSILON)).collect();
    for (name, numbers) in [
        ("under the root", normed_row(row, EPSILON)),
        ("added to the root", outside),
        ("left out", normed_row(row, 0.0)),
    ] {
        lesson.says(format!("| {name} | {} |", joined(&numbers, 3, ", ")));
    }
}

#[test]
fn squares_overflow_early_in_float16() {
    const LARGEST: f32 = 65_504.0;
    assert!(256_f32.powi(2) > LARGEST && 255_f32.powi(2) < LARGEST);
    Lesson::read("layer-norm").says("in float16 the square of 256 already overflows");
}
