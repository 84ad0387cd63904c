//! Claims of `pre-training.md` and its quiz, computed.

use ndarray::array;
use softmax::log_softmax;

use crate::lesson::{Lesson, commas, shown};
use crate::lessons::three_families::{bert, block, linear};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("tuning-first-loss", || {
            -f64::from(log_softmax(array![[0.0, 0.0, 0.0, 0.0]].view())[(0, 0)])
        }),
        ("tuning-head", || linear(1024, 3) as f64),
        ("tuning-lora", || f64::from(4 * 1024 + 4 * 1024)),
    ],
    checks: &[],
    slips: &[],
};

#[test]
fn what_is_trained() {
    let lesson = Lesson::read("pre-training");
    let head = linear(768, 2);
    for parameters in [head, head + 2 * block(768, 3072), head + bert(768, 12)] {
        lesson.says(format!("| {} |", commas(parameters)));
    }
    lesson.says(format!(
        "{} new numbers, where the matrix has {}",
        commas(2 * 8 * 768),
        commas(768 * 768)
    ));
    let megabytes = |each: usize| format!("{:.0} MB", (bert(768, 12) * each) as f64 / 1e6);
    lesson.says(format!("{} instead of {}", megabytes(2), megabytes(4)));
    lesson.says(format!("three quarters: {}", megabytes(1)));
}

#[test]
fn three_reviews() {
    let lesson = Lesson::read("pre-training");
    let mut losses = Vec::new();
    for (review, label, logits) in [(1, 1, [-0.5, 1.5]), (2, 0, [0.8, -0.2]), (3, 1, [0.4, 0.1])] {
        let log = log_softmax(array![logits].view())[(0, label)];
        let [negative, positive] = logits.map(|logit| shown(logit, 1));
        let [probability, loss] = [log.exp(), -log].map(|number| shown(number, 3));
        lesson.says(format!(
            "| {review} | {label} | {negative}, {positive} | {probability} | {loss} |"
        ));
        losses.push(-log);
    }
    lesson.says(format!(
        "first batch is {}",
        shown((losses[0] + losses[1]) / 2.0, 3)
    ));
    lesson.says(format!(
        "{} - 1 = {}",
        shown((-losses[2]).exp(), 3),
        shown((-losses[2]).exp() - 1.0, 3)
    ));
    lesson.says(format!(r"\ln 2 \approx {}", shown(2_f32.ln(), 3)));
}

#[test]
fn what_probabilities_say_of_logits() {
    let lesson = Lesson::read("pre-training");
    lesson.says(format!(
        r"\ln(0.3353 / 0.2559) \approx {}",
        shown((0.3353_f32 / 0.2559).ln(), 2)
    ));
    let certain = (0.99986_f64 / 0.00014).ln() as f32;
    lesson.says(format!(
        r"\ln(0.99986 / 0.00014) \approx {}",
        shown(certain, 2)
    ));
    lesson.says(format!("the loss {}", shown(-0.99986_f32.ln(), 5)));
}

#[test]
fn windows_over_a_long_text() {
    let lesson = Lesson::read("pre-training");
    let (length, window, common) = (1500, 510, 128);
    let windows = (0..)
        .find(|n| (n - 1) * (window - common) + window >= length)
        .expect("some number");
    assert_eq!((window - common, windows, 128 + 382), (382, 4, window));
    lesson.says("Four of them cover 1500 tokens");
}

#[test]
fn memory_for_training() {
    let lesson = Lesson::read("pre-training");
    let parameters = linear(768, 2) + bert(768, 12);
    // Weight, gradient, and two running means.
    let bytes = 4 * 4 * parameters;
    lesson.says(format!("each: {:.2} GB", bytes as f64 / 1e9));
    let gigabytes = |bits: f64| 65.0 * bits / 8.0;
    lesson.says(format!(
        "takes {} GB instead of {} GB",
        gigabytes(4.0),
        gigabytes(16.0)
    ));
}

/// Follows a parameter whose gradient is always the same, and returns how far AdamW moves it.
fn moved(gradient: f64, rate: f64, steps: i32) -> f64 {
    let (mut m, mut v, mut moved) = (0.0, 0.0, 0.0);
    for step in 1..=steps {
        m = 0.9 * m + 0.1 * gradient;
        v = 0.999 * v + 0.001 * gradient * gradient;
        let m_hat = m / (1.0 - 0.9_f64.powi(step));
        let v_hat = v / (1.0 - 0.999_f64.powi(step));
        moved += rate * m_hat / (v_hat.sqrt() + 1e-8);
    }
    moved
}

#[test]
fn a_weight_moves_by_the_rate_in_each_step() {
    let lesson = Lesson::read("pre-training");
    lesson.says(format!(
        "By about {:.0}, many times",
        moved(1e-6, 1e-3, 1000)
    ));
    lesson.says(format!("move a weight by {:.2}", moved(1.0, 1e-5, 1000)));
    lesson.says(format!(
        "By about {:.2}, three times",
        moved(1.0, 2e-5, 3000)
    ));
}

#[test]
fn fine_tuning_is_slower_than_pre_training_by_the_factors_that_the_lesson_says() {
    let lesson = Lesson::read("pre-training");
    // BERT, appendices A.2 and A.3; RoBERTa base, tables 9 and 10.
    let (bert, roberta) = (1e-4_f64 / 5e-5, 6e-4_f64 / 1e-5);
    lesson.says(format!(
        "It is {bert:.0} to {roberta:.0} times too large here"
    ));
}
