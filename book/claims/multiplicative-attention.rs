//! Claims of `multiplicative-attention.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use multiplicative_attention::{attend, concat, dot, general};
use ndarray::{Array2, array, concatenate};
use softmax::softmax;

use crate::assert_close;
use crate::lesson::{Lesson, joined, shown};
use crate::lessons::additive_attention::{Additive, additive};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("multiplicative-general", || {
            let w_a = array![[0.0, 2.0], [-1.0, 0.0]];
            f64::from(
                general(
                    array![[1.0, 2.0]].view(),
                    array![[3.0, 1.0]].view(),
                    w_a.view(),
                )[(0, 0)],
            )
        }),
        ("multiplicative-longer-query", || {
            let (query, keys) = (array![[1.0]], array![[2_f32.ln()], [0.0]]);
            let (_, weights) = attend(dot((query * 3.0).view(), keys.view()).view(), keys.view());
            f64::from(weights[(0, 0)] / weights[(0, 1)])
        }),
    ],
    checks: &[
        ("multiplicative-transposed", || {
            let (q, k, w) = (normals((2, 3), 1), normals((4, 3), 2), normals((3, 3), 3));
            let symmetric = &w + &w.t();
            let difference = |w: &Array2<f32>| {
                (general(q.view(), k.view(), w.t()) - general(q.view(), k.view(), w.view()))
                    .abs()
                    .sum()
            };
            assert!(difference(&symmetric) < 1e-4 && difference(&w) > 1.0);
        }),
        ("multiplicative-twice", || {
            let once = softmax(array![[0.0, 2.0, 4.0]].view());
            assert_close(f64::from(once[(0, 2)]), 0.87, 0.005);
            assert_close(f64::from(softmax(once.view())[(0, 2)]), 0.53, 0.005);
        }),
    ],
    slips: &[
        ("multiplicative-general", "11", || {
            let w_a: Array2<f32> = array![[0.0, 2.0], [-1.0, 0.0]];
            general(
                array![[1.0, 2.0]].view(),
                array![[3.0, 1.0]].view(),
                w_a.t(),
            )[(0, 0)]
        }),
        ("multiplicative-general", "5", || {
            dot(array![[1.0, 2.0]].view(), array![[3.0, 1.0]].view())[(0, 0)]
        }),
    ],
};

#[test]
fn three_ways_of_scoring() {
    let lesson = Lesson::read("multiplicative-attention");
    let Additive {
        queries,
        keys,
        values,
        w_a,
        u_a,
    } = additive();
    let query = queries.slice(ndarray::s![..1, ..]);
    let side_by_side = concatenate![ndarray::Axis(1), w_a, u_a];
    let general_matrix = array![[0.0, 2.0], [-1.0, 0.0]];
    for (name, scores, decimals) in [
        ("dot", dot(query, keys.view()), 0),
        (
            "general",
            general(query, keys.view(), general_matrix.view()),
            0,
        ),
        (
            "concat",
            concat(
                query,
                keys.view(),
                side_by_side.view(),
                array![2.0, -1.0].view(),
            ),
            3,
        ),
    ] {
        let (output, weights) = attend(scores.view(), values.view());
        let [scores, weights, output] = [(&scores, decimals), (&weights, 3), (&output, 3)]
            .map(|(row, decimals)| joined(&row.row(0).to_vec(), decimals, ", "));
        lesson.says(format!("| {name} | {scores} | {weights} | ({output}) |"));
    }
}

#[test]
fn a_query_twice_as_long_is_more_determined() {
    let lesson = Lesson::read("multiplicative-attention");
    let keys = array![[0.0], [1.0], [2.0]];
    for (length, decimals) in [(1.0, 3), (2.0, 2)] {
        let (_, weights) = attend(
            dot(array![[length]].view(), keys.view()).view(),
            keys.view(),
        );
        let [a, b, c] = [0, 1, 2].map(|i| shown(weights[(0, i)], decimals));
        lesson.says(format!("{a}, {b} and {c}"));
    }
}

#[test]
fn the_middle_of_the_matrix_is_the_right_place_for_few_widths() {
    let right = |query: usize, key: usize| (query + key) / 2 == query;
    assert!(right(4, 4) && right(3, 4));
    assert!(!right(4, 3) && !right(3, 5) && !right(5, 2));
    Lesson::read("multiplicative-attention").says("equal, or the key is wider by one");
}

#[test]
fn a_query_half_as_long_spreads_its_weights() {
    let lesson = Lesson::read("multiplicative-attention");
    let keys = array![[0.0], [1.0], [2.0]];
    let (_, weights) = attend(dot(array![[0.5]].view(), keys.view()).view(), keys.view());
    let [a, b, c] = [0, 1, 2].map(|i| shown(weights[(0, i)], 3));
    lesson.says(format!("{a}, {b} and {c}"));
    let ratio = weights[(0, 2)] / weights[(0, 1)];
    lesson.says(format!(
        r"{c}/{b} is \sqrt{{e}} \approx {}",
        shown(ratio, 3)
    ));
}
