//! Claims of `pipeline.md`, computed.

use crate::lesson::{Lesson, commas};
use crate::lessons::three_families::{bert, linear};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[],
    checks: &[],
    slips: &[],
};

#[test]
fn the_file_of_bert_has_four_bytes_for_each_weight() {
    let (width, vocabulary) = (768, 30_522);
    // The head that fills gaps: a linear layer, a norm, and a bias for each token. The one that says whether two
    // sentences follow each other: two classes.
    let heads = linear(width, width) + 2 * width + vocabulary + linear(width, 2);
    let weights = bert(width, 12) + heads;
    let vectors = vocabulary * width;
    let lesson = Lesson::read("pipeline");
    lesson.says(format!(
        "{} MB: four bytes for each of {} numbers",
        4 * weights / 1_000_000,
        commas(weights)
    ));
    lesson.says(format!(
        "{} of these numbers, or {:.0} %",
        commas(vectors),
        100.0 * vectors as f64 / weights as f64
    ));
}
