//! Claims of `fine-tuning.md` and its quiz, computed.

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
    ],
    checks: &[],
    slips: &[],
};

#[test]
fn what_is_trained() {
    let lesson = Lesson::read("fine-tuning");
    let head = linear(768, 2);
    for parameters in [head, head + 2 * block(768, 3072), head + bert(768, 12)] {
        lesson.says(format!("| {} |", commas(parameters)));
    }
    lesson.says(format!(
        "{} new numbers in place of {}",
        commas(2 * 8 * 768),
        commas(768 * 768)
    ));
    let megabytes = |each: usize| format!("{:.0} MB", (bert(768, 12) * each) as f64 / 1e6);
    lesson.says(format!("{} instead of {}", megabytes(2), megabytes(4)));
    lesson.says(format!("three quarters: {}", megabytes(1)));
}

#[test]
fn three_reviews() {
    let lesson = Lesson::read("fine-tuning");
    let mut losses = Vec::new();
    for (review, label, logits) in [(1, 1, [-0.5, 1.5]), (2, 0, [0.8, -0.2]), (3, 1, [0.4, 0.1])] {
        let log = log_softmax(array![logits].view())[(0, label)];
        let [unfriendly, friendly] = logits.map(|logit| shown(logit, 1));
        let [probability, loss] = [log.exp(), -log].map(|number| shown(number, 3));
        lesson.says(format!(
            "| {review} | {label} | {unfriendly}, {friendly} | {probability} | {loss} |"
        ));
        losses.push(-log);
    }
    lesson.says(format!(
        "first batch is {}",
        shown((losses[0] + losses[1]) / 2.0, 3)
    ));
    lesson.says(format!(
        "of {} - 1 = {}",
        shown((-losses[2]).exp(), 3),
        shown((-losses[2]).exp() - 1.0, 3)
    ));
    lesson.says(format!(r"\ln 2 \approx {}", shown(2_f32.ln(), 3)));
}

#[test]
fn what_probabilities_say_of_logits() {
    let lesson = Lesson::read("fine-tuning");
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
fn the_first_steps_of_adam_are_as_long_as_the_learning_rate() {
    for gradient in [1e-4_f64, 1.0, 1e4] {
        let (mut m, mut v) = (0.0, 0.0);
        for step in 1..=10 {
            m = 0.9 * m + 0.1 * gradient;
            v = 0.999 * v + 0.001 * gradient * gradient;
            let (m_hat, v_hat) = (
                m / (1.0 - 0.9_f64.powi(step)),
                v / (1.0 - 0.999_f64.powi(step)),
            );
            assert!((m_hat / (v_hat.sqrt() + 1e-8) - 1.0).abs() < 1e-3);
        }
    }
}

#[test]
fn windows_and_measures() {
    let lesson = Lesson::read("fine-tuning");
    let (length, window, common) = (1500, 510, 128);
    let windows = (0..)
        .find(|n| (n - 1) * (window - common) + window >= length)
        .expect("some number");
    assert_eq!((window - common, windows, 128 + 382), (382, 4, window));
    lesson.says("Four of them cover 1500 pieces");

    let (found, missed, alarms, all) = (60.0_f32, 40.0, 20.0, 1000.0);
    let (precision, recall) = (found / (found + alarms), found / (found + missed));
    let f_1 = 2.0 * precision * recall / (precision + recall);
    lesson.says(format!(
        "accuracy is {:.0} %, precision {}, recall {} and F_1 {}",
        100.0 * (all - missed - alarms) / all,
        shown(precision, 2),
        shown(recall, 2),
        shown(f_1, 2),
    ));
}

/// The probability that `throws` throws of a coin are at least as uneven as `heads` and the rest.
fn at_least_as_uneven(heads: u32, throws: u32) -> f64 {
    let unevenness = |heads: u32| (2 * heads).abs_diff(throws);
    let mut ways = 1.0; // of throwing this number of heads
    let mut sum = 0.0;
    for n in 0..=throws {
        if unevenness(n) >= unevenness(heads) {
            sum += ways;
        }
        ways *= f64::from(throws - n) / f64::from(n + 1);
    }
    sum / 2_f64.powi(throws as i32)
}

#[test]
fn what_a_difference_of_six_sentences_means() {
    let lesson = Lesson::read("fine-tuning");
    let spread = (0.913_f32 * 0.087 / 872.0).sqrt();
    lesson.says(format!(r"\approx {}", shown(spread, 4)));
    let right = |share: f32| (share * 872.0).round();
    assert_eq!((right(0.920) - right(0.913), 33 - 27), (6.0, 6));
    let percent = |heads, throws| format!("{:.0}", 100.0 * at_least_as_uneven(heads, throws));
    lesson.says(
        "right on 33 sentences, and only the old one on 27. A fair coin that is thrown 60 times",
    );
    lesson.says(format!("uneven in {} of 100 cases", percent(33, 60)));
    lesson.says(format!(
        "come out all the same in {} of 100 cases",
        percent(6, 6)
    ));
}

#[test]
fn fine_tuning_is_slower_than_pre_training_by_the_factors_that_the_lesson_says() {
    let lesson = Lesson::read("fine-tuning");
    // BERT, appendices A.2 and A.3; RoBERTa base, tables 9 and 10.
    let (bert, roberta) = (1e-4_f64 / 5e-5, 6e-4_f64 / 1e-5);
    lesson.says(format!(
        "It is {bert:.0} to {roberta:.0} times too large here"
    ));
}
