//! Claims of `encoder-block.md` and its quiz, computed.

use attentive_book::figures::{self, Panel};
use encoder_block::{Dropout, EncoderWeights, FeedForward, Norm, keras_block};
use layer_norm::layer_norm;
use multi_head_attention::Projections;
use ndarray::{Array1, Array2, Array3, array};

use crate::lesson::{Lesson, joined, shown};
use crate::lessons::three_families::block;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("encoder-parameters", || block(768, 3072) as f64 / 1e6),
        ("encoder-dropout", || {
            // Nothing but the last bias of attention reaches dropout, and everything is kept.
            let (w, zero, kept) = (Array2::zeros((2, 2)), Array1::zeros(2), array![0.9, 0.9]);
            let (w, b, keep) = (w.view(), zero.view(), Array3::from_elem((1, 1, 2), true));
            let norm = Norm { gamma: b, beta: b };
            let weights = EncoderWeights {
                attention: Projections {
                    w_q: w,
                    b_q: b,
                    w_k: w,
                    b_k: b,
                    w_v: w,
                    b_v: b,
                    w_o: w,
                    b_o: kept.view(),
                },
                norm_1: norm,
                feed_forward: FeedForward {
                    w_1: w,
                    b_1: b,
                    w_2: w,
                    b_2: b,
                },
                norm_2: norm,
            };
            let dropout = Dropout {
                rate: 0.1,
                keep_attention: keep.view(),
                keep_feed_forward: keep.view(),
            };
            let steps = keras_block(Array3::zeros((1, 1, 2)).view(), &weights, 1, Some(&dropout));
            f64::from(steps.attention[(0, 0, 0)])
        }),
    ],
    checks: &[],
    slips: &[
        ("encoder-dropout", "0.9", || 0.9),
        ("encoder-dropout", "0.81", || 0.9 * (1.0 - 0.1)),
        ("encoder-dropout", "9", || 0.9 / 0.1),
    ],
};

#[test]
fn one_position_in_both_orders() {
    let lesson = Lesson::read("encoder-block");
    let normed = |row: ndarray::Array2<f32>| {
        layer_norm(
            row.view(),
            Array1::ones(4).view(),
            Array1::zeros(4).view(),
            1e-5,
        )
        .row(0)
        .to_vec()
    };
    let (x, added) = (array![[1.0, 2.0, 3.0, 4.0]], array![[1.0, 0.0, -1.0, 0.0]]);
    let given = joined(&normed(x.clone()), 3, ", ");
    lesson.says(format!("| attention is given | (1, 2, 3, 4) | ({given}) |"));
    let after = joined(&normed(&x + &added), 3, ", ");
    lesson.says(format!(
        "| h | ({after}) | ({}) |",
        joined(&(x + added).row(0).to_vec(), 0, ", ")
    ));
}

#[test]
fn stacks_in_both_orders() {
    let lesson = Lesson::read("encoder-block");
    let figure = figures::figure("stacks").expect("the figure");
    let Panel::Lines(lines) = &figure.panels[0] else {
        panic!("curves")
    };
    for series in &lines.series {
        lesson.row(
            &series.name,
            &[1, 4, 10, 24].map(|blocks: usize| series.values[blocks]),
            2,
        );
    }
    let variance = |block: usize| lines.series[1].values[block].powi(2);
    lesson.says(format!(
        "the first block adds {} to the variance, and each of the last 14 adds {} on average",
        shown(variance(1) - variance(0), 2),
        shown((variance(24) - variance(10)) / 14.0, 2)
    ));
}

#[test]
fn independent_parts_add_up_by_their_variances() {
    let deviation = |blocks: u32| f64::from(1 + blocks).sqrt();
    let lesson = Lesson::read("encoder-block");
    lesson.says(format!(r"\sqrt{{25}} = {}", deviation(24)));
    lesson.says(format!("It is {}: the variance is", deviation(99)));
}

#[test]
fn the_last_block_moves_a_post_norm_stack_further() {
    let figure = figures::figure("weight-changes").expect("the figure");
    let Panel::Lines(lines) = &figure.panels[0] else {
        panic!("curves")
    };
    let [post, pre] = [0, 1].map(|series: usize| shown(lines.series[series].values[11], 2));
    Lesson::read("encoder-block").says(format!(
        "In post-norm, the last block moves the output by {post} %. In pre-norm it moves it by {pre} %"
    ));
}
