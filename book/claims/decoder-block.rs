//! Claims of `decoder-block.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use masks::causal;
use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array1, Array2, Axis};
use scaled_dot_product::attention;
use transformer::{START, reading, tokens};

use crate::lesson::Lesson;
use crate::lessons::transformer::logits;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[("decoder-cross-weights", || {
        let (x, memory, one, zero) = (
            normals((1, 4, 8), 1),
            normals((1, 7, 8), 2),
            Array2::eye(8),
            Array1::zeros(8),
        );
        let (w, b) = (one.view(), zero.view());
        let projections = Projections {
            w_q: w,
            b_q: b,
            w_k: w,
            b_k: b,
            w_v: w,
            b_v: b,
            w_o: w,
            b_o: b,
        };
        multi_head_attention(
            x.view(),
            memory.view(),
            memory.view(),
            &projections,
            8,
            None,
        )
        .1
        .len() as f64
    })],
    checks: &[("decoder-leak", || {
        let letters = tokens("tsu").expect("letters");
        let (one, other) = (
            [START, letters[0], letters[1]],
            [START, letters[0], letters[2]],
        );
        let [one, other] = [one, other].map(|target| logits(&target, "rust"));
        let same =
            |position| one.index_axis(Axis(1), position) == other.index_axis(Axis(1), position);
        assert_eq!([same(0), same(1), same(2)], [true, true, false]);
    })],
    slips: &[],
};

#[test]
fn what_the_last_block_reads() {
    let lesson = Lesson::read("decoder-block");
    let reading = reading("rust").expect("letters");
    let last = reading
        .weights
        .last()
        .and_then(|weights| weights.mean_axis(Axis(0)))
        .expect("a block");
    for (step, row) in last.rows().into_iter().enumerate() {
        let (given, written) = (&reading.given[step], &reading.written[step]);
        lesson.row(&format!("`{given}` → `{written}`"), &row.to_vec(), 2);
    }
}

#[test]
fn what_four_words_may_read() {
    let weights = |keys: usize, mask: Option<Array2<bool>>| {
        let (q, k) = (normals((4, 8), 1), normals((keys, 8), 2));
        let mask = mask.as_ref().map(|mask| mask.view());
        let weights = attention(q.view(), k.view(), k.view(), mask).1;
        weights.iter().filter(|&&weight| weight > 0.0).count()
    };
    let (itself, source) = (weights(4, Some(causal(4, 4))), weights(6, None));
    Lesson::read("decoder-block").says(format!("{itself} and {source}. Under the causal mask"));
}
