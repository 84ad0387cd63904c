//! Claims of `rotary-embedding.md` and its quiz, computed.

use std::f64::consts::TAU;

use attentive_book::figures::random::normals;
use ndarray::array;
use rotary_embedding::{Layout, attention_with_rotary, rotate};

use crate::assert_close;
use crate::lesson::{Lesson, commas, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("rotary-second", || {
            f64::from(rotate(array![[1.0, 0.0]].view(), 3, Layout::Interleaved)[(0, 1)])
        }),
        ("rotary-theta", || {
            f64::from(rotate(array![[0.0, 0.0, 1.0, 0.0]].view(), 1, Layout::Interleaved)[(0, 3)])
                .asin()
        }),
    ],
    checks: &[
        ("rotary-shift", || {
            let (q, k, v) = (normals((2, 4), 1), normals((5, 4), 2), normals((5, 3), 3));
            let at = |offset| {
                attention_with_rotary(q.view(), k.view(), v.view(), None, offset, Layout::Halves)
            };
            assert!(
                (at(0).0 - at(100).0)
                    .iter()
                    .chain(&(at(0).1 - at(100).1))
                    .all(|difference| difference.abs() < 1e-4)
            );
            let keys = |offset| rotate(k.view(), offset, Layout::Halves);
            assert!(
                (keys(0) - keys(100))
                    .iter()
                    .any(|difference| difference.abs() > 0.1)
            );
            assert_close(
                f64::from(keys(0).mapv(|x| x * x).sum()),
                f64::from(keys(100).mapv(|x| x * x).sum()),
                1e-4,
            );
        }),
        ("rotary-layout", || {
            let k = normals((3, 4), 1);
            let [pairs, halves] =
                [Layout::Interleaved, Layout::Halves].map(|layout| rotate(k.view(), 0, layout));
            assert!(pairs.row(0) == halves.row(0) && pairs.row(1) != halves.row(1));
        }),
    ],
    slips: &[
        ("rotary-second", "−0.141", || {
            -rotate(array![[1.0, 0.0]].view(), 3, Layout::Interleaved)[(0, 1)]
        }),
        ("rotary-theta", "0.1", || 10_000_f32.powf(-1.0 / 4.0)),
    ],
};

#[test]
fn a_vector_is_rotated_in_both_layouts() {
    let lesson = Lesson::read("rotary-embedding");
    let x = array![
        [1.0, 0.0, 1.0, 0.0],
        [1.0, 0.0, 1.0, 0.0],
        [1.0, 0.0, 1.0, 0.0]
    ];
    let [pairs, halves] =
        [Layout::Interleaved, Layout::Halves].map(|layout| rotate(x.view(), 0, layout));
    assert_eq!((pairs.row(0), halves.row(0)), (x.row(0), x.row(0)));
    for position in [1, 2] {
        let halves: Vec<String> = halves
            .row(position)
            .iter()
            .map(|&number| {
                if number == 0.0 {
                    "0".to_owned()
                } else {
                    shown(number, 5)
                }
            })
            .collect();
        let pairs = joined(&pairs.row(position).to_vec(), 5, ", ");
        lesson.says(format!("| {position} | {pairs} | {} |", halves.join(", ")));
    }
    for row in pairs.rows().into_iter().chain(halves.rows()) {
        assert_close(f64::from(row.dot(&row)), 2.0, 1e-5);
    }
}

/// Returns the dot product of the lesson's query at position `m` and its key at position `n`.
fn rotated_product(m: usize, n: usize, layout: Layout) -> f32 {
    let (q, k) = (array![[1.0, 2.0, 0.0, 1.0]], array![[0.0, 1.0, 1.0, 1.0]]);
    let [q, k] = [(q, m), (k, n)].map(|(row, position)| rotate(row.view(), position, layout));
    q.row(0).dot(&k.row(0))
}

#[test]
fn rotated_dot_products() {
    let lesson = Lesson::read("rotary-embedding");
    for (m, n) in [(3, 1), (4, 2), (1002, 1000), (3, 2), (6, 2), (1, 3)] {
        let [pairs, halves] = [Layout::Interleaved, Layout::Halves]
            .map(|layout| shown(rotated_product(m, n, layout), 4));
        let distance = m as i64 - n as i64;
        lesson.says(format!("| {m} | {n} | {distance} | {pairs} | {halves} |"));
    }
}

#[test]
fn only_the_same_distance_gives_the_same_product() {
    let lesson = Lesson::read("rotary-embedding");
    let product = |m, n| shown(rotated_product(m, n, Layout::Interleaved), 4);
    assert_eq!(
        (product(3, 1), product(3, 2)),
        (product(4, 2), product(503, 502))
    );
    lesson.says(format!("their dot product is {}.", product(3, 1)));
    lesson.says(format!("but the product is {}.", product(6, 2)));
    lesson.says(format!("At 1 and 3 it is {}:", product(1, 3)));
    lesson.says(format!("the dot product is {}. Query first", product(3, 2)));
    lesson.says(format!(
        "At 2 and 3 it is {}, and at 9 and 6 it is {}.",
        product(2, 3),
        product(9, 6)
    ));
}

#[test]
fn a_larger_base_slows_the_slowest_pair() {
    let lesson = Lesson::read("rotary-embedding");
    let turn = |base: f64| TAU * base.powf(126.0 / 128.0);
    let thousands = commas(turn(10_000.0).round() as usize);
    lesson.says(format!(
        "turns once in {thousands} positions with the base 10,000, and once in {:.1} million with 500,000",
        turn(500_000.0) / 1e6
    ));
}

#[test]
fn far_out() {
    // The second pair of a head with 128 features at position 100,000.
    assert_close(100_000.0 * 10_000_f64.powf(-2.0 / 128.0), 86_596.0, 1.0);
    Lesson::read("rotary-embedding").says("about 86,596 radians");
    let steps = |angle: f32| angle.next_up() - angle;
    assert_close(f64::from(steps(86_596.0)), 0.008, 0.0005);
}
