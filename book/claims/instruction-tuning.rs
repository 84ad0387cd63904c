//! Claims of `instruction-tuning.md` and its quiz, computed.

use attentive_book::figures::lessons::instruction_tuning::dpo_loss;

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("instruction-loss", || 11.0 + 1.0),
        ("preference-probability", || f64::from(sigmoid(2.0 - 0.5))),
        ("dpo-loss", || f64::from(dpo_loss(0.1, &[2.0 + 3.0])[0])),
    ],
    checks: &[],
    slips: &[("dpo-loss", "0.74", || dpo_loss(0.1, &[2.0 - 3.0])[0])],
};

fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + (-z).exp())
}

#[test]
fn only_the_answer_counts() {
    let lesson = Lesson::read("instruction-tuning");
    let mut losses = Vec::new();
    for (row, probability) in [
        ("2 | `<assistant>` | `Four`", 0.5_f32),
        ("3 | `Four` | `.`", 0.8),
        ("4 | `.` | `<end>`", 0.9),
    ] {
        let loss = -probability.ln();
        lesson.says(format!(
            "| {row} | yes | {probability} | {} |",
            shown(loss, 3)
        ));
        losses.push(loss);
    }
    let mean = losses.iter().sum::<f32>() / losses.len() as f32;
    lesson.says(format!("mean of the three, {}", shown(mean, 3)));
}

#[test]
fn rewards_predict_a_preference() {
    let lesson = Lesson::read("instruction-tuning");
    lesson.says(format!(
        r"\sigma(0.8) \approx {}",
        shown(sigmoid(1.2 - 0.4), 3)
    ));
}

#[test]
fn dpo_on_a_pair() {
    let lesson = Lesson::read("instruction-tuning");
    let gain = (-11.0 - -12.0) - (-13.0 - -11.0);
    for beta in [0.1, 0.5, 1.0_f32] {
        lesson.says(format!(
            "| {beta} | {} | {} | {} |",
            shown(beta * gain, 1),
            shown(sigmoid(beta * gain), 3),
            shown(dpo_loss(beta, &[gain])[0], 3)
        ));
    }
    lesson.says(format!(
        r"\ln 2 \approx {}",
        shown(dpo_loss(0.1, &[0.0])[0], 3)
    ));
    let both_fall = (-13.0 - -12.0) - (-16.0 - -11.0);
    lesson.says(format!(
        "to {} with",
        shown(dpo_loss(0.1, &[both_fall])[0], 3)
    ));
}

/// The best policy for the reward with its KL term turns rewards into log ratios, so that DPO needs no reward model.
#[test]
fn the_best_policy_has_its_reward_in_its_log_ratio() {
    let (beta, reference, rewards) = (0.5_f64, [0.5, 0.3, 0.2], [1.0, 0.2, -0.4_f64]);
    let goal = |policy: &[f64; 3]| -> f64 {
        let terms = (0..3).map(|answer| {
            policy[answer] * (rewards[answer] - beta * (policy[answer] / reference[answer]).ln())
        });
        terms.sum()
    };
    let weights: [f64; 3] =
        std::array::from_fn(|answer| reference[answer] * (rewards[answer] / beta).exp());
    let sum: f64 = weights.iter().sum();
    let best = weights.map(|weight| weight / sum);
    for (from, to) in [(0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)] {
        let mut moved = best;
        moved[from] -= 0.01;
        moved[to] += 0.01;
        assert!(goal(&moved) < goal(&best));
    }
    let implied = |answer: usize| beta * (best[answer] / reference[answer]).ln();
    assert!((implied(0) - implied(1) - (rewards[0] - rewards[1])).abs() < 1e-12);
}

#[test]
fn a_group_is_compared_with_its_mean() {
    let lesson = Lesson::read("instruction-tuning");
    let rewards = [1.0_f32, 0.0, 0.0, 0.0];
    let mean = rewards.iter().sum::<f32>() / 4.0;
    let variance = rewards.iter().map(|r| (r - mean).powi(2)).sum::<f32>() / 4.0;
    let deviation = variance.sqrt();
    lesson.says(format!(
        "have the mean {mean} and the standard deviation {}",
        shown(deviation, 3)
    ));
    let [right, wrong] = [1.0, 0.0].map(|reward| shown((reward - mean) / deviation, 2));
    lesson.says(format!("gets A = {right}, each of the others {wrong}"));
}
