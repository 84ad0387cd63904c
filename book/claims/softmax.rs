//! Claims of `softmax.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use ndarray::{Array2, Axis, array};
use softmax::{log_softmax, masked_softmax, softmax};

use crate::assert_close;
use crate::lesson::{Lesson, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("softmax-one-apart", || {
            let weights = softmax(array![[-3.0, -2.0, 7.0]].view());
            f64::from(weights[(0, 1)] / weights[(0, 0)])
        }),
        ("softmax-masked", || {
            let weights = masked_softmax(
                array![[1.0, 2.0, 4.0]].view(),
                array![[true, true, false]].view(),
            );
            f64::from(weights[(0, 1)])
        }),
    ],
    checks: &[
        ("softmax-overflow", || {
            let e = array![101_f32, 102.0, 104.0].exp();
            assert!((&e / e.sum()).iter().all(|weight| weight.is_nan()));
        }),
        ("softmax-flat-sums", || {
            let x = normals((3, 3), 1);
            let e = x.exp();
            let sums = e.sum_axis(Axis(1));
            assert_eq!(
                &e / &sums,
                Array2::from_shape_fn((3, 3), |(i, j)| e[(i, j)] / sums[j])
            );
            let down = &e / &e.sum_axis(Axis(0));
            assert!(
                (down - softmax(x.t()).t())
                    .iter()
                    .all(|difference| difference.abs() < 1e-6)
            );
        }),
        ("softmax-log", || {
            let x = array![[0.0, 120.0]];
            let logarithms = log_softmax(x.view());
            assert!(
                logarithms
                    .iter()
                    .all(|logarithm| logarithm.is_finite() && *logarithm <= 0.0)
            );
            assert_close(f64::from(logarithms.exp().sum()), 1.0, 1e-6);
            assert_eq!(softmax(x.view()).ln()[(0, 0)], f32::NEG_INFINITY);
        }),
    ],
    slips: &[
        ("softmax-masked", "0.114", || {
            softmax(array![[1.0, 2.0, 4.0]].view())[(0, 1)]
        }),
        ("softmax-masked", "0.156", || {
            let weights = softmax(array![[1.0, 2.0, 4.0]].view());
            weights[(0, 0)] + weights[(0, 1)]
        }),
    ],
};

fn weights(logits: [f32; 3]) -> Vec<f32> {
    softmax(array![logits].view()).row(0).to_vec()
}

#[test]
fn only_differences_count() {
    let lesson = Lesson::read("softmax");
    let (one, moved, doubled) = (
        weights([1.0, 2.0, 4.0]),
        weights([101.0, 102.0, 104.0]),
        weights([2.0, 4.0, 8.0]),
    );
    assert_eq!(joined(&one, 3, ", "), joined(&moved, 3, ", "));
    for [first, second, third] in [&one, &doubled].map(|row| [0, 1, 2].map(|i| shown(row[i], 3))) {
        lesson.says(format!("{first}, {second} and {third}"));
    }
}

#[test]
fn the_worked_example() {
    let lesson = Lesson::read("softmax");
    let x = array![[1.0, 2.0, 4.0]];
    let exp = (&x - 4.0).exp();
    lesson.row(
        "e^{x-4}",
        &[&exp.row(0).to_vec()[..], &[exp.sum()]].concat(),
        4,
    );
    lesson.says(format!(
        "| softmax | {} | 1 |",
        joined(&softmax(x.view()).row(0).to_vec(), 4, " | ")
    ));
    let logs = log_softmax(x.view()).row(0).to_vec();
    lesson.says(format!("| {} | |", joined(&logs, 4, " | ")));
    lesson.says(format!(
        r"\ln {} \approx {}",
        shown(exp.sum(), 4),
        shown(exp.sum().ln(), 4)
    ));

    let blocked = masked_softmax(x.view(), array![[true, true, false]].view());
    lesson.says(format!(
        "which is {} and {}",
        shown(blocked[(0, 0)], 4),
        shown(blocked[(0, 1)], 4)
    ));
    let whole = softmax(x.view());
    lesson.says(format!(
        "add up to {}",
        shown(whole[(0, 0)] + whole[(0, 1)], 4)
    ));
    lesson.says(format!(
        "a weight of {}",
        shown(weights([1.0, 2.0, 0.0])[2], 4)
    ));
}

#[test]
fn numbers_in_the_mistakes() {
    let lesson = Lesson::read("softmax");
    let two_to_the: Array2<f32> = array![[1.0_f32, 2.0, 4.0]].mapv(f32::exp2);
    let [first, second, third] = [0, 1, 2].map(|i| shown(two_to_the[(0, i)] / two_to_the.sum(), 3));
    lesson.says(format!("{first}, {second} and {third}"));
    lesson.says(format!(
        r"\ln 10^{{-9}} \approx {}",
        shown(1e-9_f32.ln(), 1)
    ));

    let x = array![[1.0_f32, 2.0, 4.0]] - 4.0;
    let sum = x.exp().sum();
    let [base_2, base_10] = [sum.log2(), sum.log10()].map(|log| shown((&x - log).exp().sum(), 3));
    lesson.says(format!(
        "to {base_2} with `log2` and to {base_10} with `log10`"
    ));
}

#[test]
fn where_exponentials_end() {
    assert!(88_f32.exp().is_finite() && 89_f32.exp().is_infinite());
    assert!((-103_f32).exp() > 0.0 && (-104_f32).exp() == 0.0 && (-110_f32).exp() == 0.0);
    // The largest number of 16 bits is 65,504.
    assert!(11_f32.exp() < 65_504.0 && 12_f32.exp() > 65_504.0);
}

#[test]
fn twelve_is_too_large_for_the_exponential_in_float16() {
    const LARGEST: f32 = 65_504.0;
    assert!(12_f32.exp() > LARGEST && 11_f32.exp() < LARGEST);
    Lesson::read("softmax").says("In float16, e^{12} is already infinite");
}
