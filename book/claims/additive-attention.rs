//! Claims of `additive-attention.md` and its quiz, computed.

use additive_attention::{alignment, context};
use attentive_book::figures::random::normals;
use ndarray::{Array1, Array2, array};
use softmax::softmax;

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("additive-score", || {
            let (half, one) = (array![[0.5, 0.0]], Array2::eye(2));
            f64::from(
                alignment(
                    half.view(),
                    half.view(),
                    one.view(),
                    one.view(),
                    array![3.0, 1.0].view(),
                )[(0, 0)],
            )
        }),
        ("additive-tanh-count", || {
            let (queries, keys, hidden) = (20, 30, 10);
            let pairs = alignment(
                Array2::zeros((queries, 3)).view(),
                Array2::zeros((keys, 4)).view(),
                Array2::zeros((hidden, 3)).view(),
                Array2::zeros((hidden, 4)).view(),
                Array1::zeros(hidden).view(),
            );
            (pairs.len() * hidden) as f64
        }),
    ],
    checks: &[("additive-tanh-each", || {
        let (queries, keys, v) = (
            normals((3, 4), 1).tanh(),
            normals((5, 4), 2).tanh(),
            normals(4, 3),
        );
        let scores = Array2::from_shape_fn((3, 5), |(i, j)| {
            v.dot(&queries.row(i)) + v.dot(&keys.row(j))
        });
        let weights = softmax(scores.view());
        assert!(
            (&weights - &weights.row(0))
                .iter()
                .all(|difference| difference.abs() < 1e-6)
        );
    })],
    slips: &[("additive-score", "2.77", || {
        3.0 * (0.5_f32.tanh() + 0.5_f32.tanh())
    })],
};

/// The numbers of the worked example.
pub(crate) struct Additive {
    pub(crate) queries: Array2<f32>,
    pub(crate) keys: Array2<f32>,
    pub(crate) values: Array2<f32>,
    pub(crate) w_a: Array2<f32>,
    pub(crate) u_a: Array2<f32>,
}

pub(crate) fn additive() -> Additive {
    Additive {
        queries: array![[1.0, 2.0], [-1.0, 0.0]],
        keys: array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
        values: array![[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]],
        w_a: array![[1.0, 0.0], [0.5, -0.5]],
        u_a: array![[1.0, -1.0], [0.5, 1.0]],
    }
}

#[test]
fn two_queries_aligned_with_three_keys() {
    let lesson = Lesson::read("additive-attention");
    let Additive {
        queries,
        keys,
        values,
        w_a,
        u_a,
    } = additive();
    let v_a = array![2.0, -1.0];
    let e = alignment(
        queries.view(),
        keys.view(),
        w_a.view(),
        u_a.view(),
        v_a.view(),
    );
    let (contexts, weights) = context(e.view(), values.view(), None);
    for key in 0..3 {
        lesson.says(format!(
            "| {} | {} |",
            shown(e[(0, key)], 3),
            shown(weights[(0, key)], 3)
        ));
    }
    lesson.vector(&contexts.row(0).to_vec(), 3);
    assert_eq!(e[(1, 0)], 0.0);
    lesson.says(format!(
        "the alignments 0, {} and {}",
        shown(e[(1, 1)], 3),
        shown(e[(1, 2)], 3)
    ));
    let second = |i| shown(weights[(1, i)], 3);
    lesson.says(format!(
        "the weights {}, {} and {}",
        second(0),
        second(1),
        second(2)
    ));

    // Without the tanh.
    let (query_terms, key_terms) = (
        queries.dot(&w_a.t()).dot(&v_a),
        keys.dot(&u_a.t()).dot(&v_a),
    );
    let straight =
        Array2::from_shape_fn((2, 3), |(query, key)| query_terms[query] + key_terms[key]);
    assert_eq!(straight, array![[4.0, -0.5, 1.0], [0.0, -4.5, -3.0]]);
    let (_, same) = context(straight.view(), values.view(), None);
    for row in same.rows() {
        let row = row
            .iter()
            .map(|&weight| shown(weight, 3))
            .collect::<Vec<_>>();
        lesson.says(format!("the weights {}, {} and {}", row[0], row[1], row[2]));
    }
}

/// The exponential in a tanh by hand overflows where the lesson and its successor say.
#[test]
fn the_tanh_by_hand_overflows_above_a_number() {
    let by_hand = |x: f32| ((2.0 * x).exp() - 1.0) / ((2.0 * x).exp() + 1.0);
    assert_eq!(by_hand(44.36), 1.0);
    assert!(by_hand(44.37).is_nan());
    for lesson in ["additive-attention", "multiplicative-attention"] {
        Lesson::read(lesson).says("for x above 44.36");
    }
}

#[test]
fn without_the_tanh_the_query_is_of_no_importance() {
    let lesson = Lesson::read("additive-attention");
    for query in [-7.0, 0.0, 5.0] {
        let weights = softmax(array![[query + 3.0, query + 1.0]].view());
        let ratio = weights[(0, 0)] / weights[(0, 1)];
        lesson.says(format!(r"e^{{2}} \approx {} times", shown(ratio, 3)));
    }
    lesson.says(format!("The scores are {} and {}", -7 + 3, -7 + 1));
}
