//! `attention-pooling.md`, `additive-attention.md` and `multiplicative-attention.md`.

use additive_attention::{alignment, context};
use attention_pooling::{pool, scores};
use multiplicative_attention::{attend, concat, dot, general};
use ndarray::{Array2, array, concatenate};

use super::{Lesson, joined, shown};

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
    let zeroed = array![[1.0, 1.5, 2.5, 0.0]];
    lesson.says(format!(
        "above {}",
        shown(pool(hidden.view(), zeroed.view(), None).1[(0, 3)], 3)
    ));
}

struct Additive {
    queries: Array2<f32>,
    keys: Array2<f32>,
    values: Array2<f32>,
    w_a: Array2<f32>,
    u_a: Array2<f32>,
}

fn additive() -> Additive {
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
    let (asked, offered) = (
        queries.dot(&w_a.t()).dot(&v_a),
        keys.dot(&u_a.t()).dot(&v_a),
    );
    let straight = Array2::from_shape_fn((2, 3), |(query, key)| asked[query] + offered[key]);
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
