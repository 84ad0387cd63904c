//! Claims of `evaluation.md` and its quiz, computed.

use std::collections::BTreeMap;

use attentive_book::figures::lessons::evaluation::deviation;

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("evaluation-squad", || {
            f64::from(Overlap::of(&normalized("the quick red fox"), &normalized("a red fox")).f_1())
        }),
        ("evaluation-perplexity", || {
            f64::from(perplexity(&[0.5, 0.125, 0.125, 0.5]))
        }),
        ("evaluation-mcnemar", || mcnemar(0, 8)),
    ],
    checks: &[
        ("tuning-accuracy", || {
            // 20 messages of 1000 are fraud, and the program calls none of them fraud.
            let right = (0..1000).filter(|message| *message >= 20).count();
            assert_eq!(right * 100 / 1000, 98);
        }),
        ("evaluation-contamination", || {
            assert!(deviation(0.71, 1000.0) < 0.015);
        }),
    ],
    slips: &[
        ("evaluation-squad", "0.57", || {
            Overlap::of(&words("the quick red fox"), &words("a red fox")).f_1()
        }),
        ("evaluation-perplexity", "3.2", || {
            4.0 / (0.5 + 0.125 + 0.125 + 0.5)
        }),
    ],
};

// ANCHOR: mcnemar
/// The probability that a fair coin, thrown `a + b` times, is at least as
/// uneven as `a` to `b`.
fn mcnemar(a: u32, b: u32) -> f64 {
    let throws = a + b;
    let mut ways = 1.0; // of throwing so many heads
    let mut sum = 0.0;
    for heads in 0..=throws {
        if (2 * heads).abs_diff(throws) >= a.abs_diff(b) {
            sum += ways;
        }
        ways *= f64::from(throws - heads) / f64::from(heads + 1);
    }
    sum / 2_f64.powi(throws as i32)
}
// ANCHOR_END: mcnemar

/// The words of two texts, compared.
struct Overlap {
    common: usize,
    predicted: usize,
    right: usize,
}

impl Overlap {
    /// Counts each item at most as often as both have it.
    fn of<T: Ord>(predicted: &[T], right: &[T]) -> Self {
        let mut left: BTreeMap<&T, usize> = BTreeMap::new();
        for item in right {
            *left.entry(item).or_default() += 1;
        }
        let mut common = 0;
        for item in predicted {
            if let Some(count) = left.get_mut(item)
                && *count > 0
            {
                *count -= 1;
                common += 1;
            }
        }
        Self {
            common,
            predicted: predicted.len(),
            right: right.len(),
        }
    }

    fn precision(&self) -> f32 {
        self.common as f32 / self.predicted as f32
    }

    fn recall(&self) -> f32 {
        self.common as f32 / self.right as f32
    }

    fn f_1(&self) -> f32 {
        harmonic_mean(self.precision(), self.recall())
    }
}

fn harmonic_mean(a: f32, b: f32) -> f32 {
    2.0 * a * b / (a + b)
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// The words that SQuAD compares: in lower case, without punctuation and articles.
fn normalized(text: &str) -> Vec<String> {
    let mut words = words(&text.to_lowercase().replace(['.', ','], ""));
    words.retain(|word| !["a", "an", "the"].contains(&word.as_str()));
    words
}

/// The exponential of the mean loss.
fn perplexity(probabilities: &[f32]) -> f32 {
    let losses: f32 = probabilities.iter().map(|p| -p.ln()).sum();
    (losses / probabilities.len() as f32).exp()
}

#[test]
fn classes() {
    let lesson = Lesson::read("evaluation");
    let (found, missed, alarms, all) = (60.0_f32, 40.0, 20.0, 1000.0);
    let (precision, recall) = (found / (found + alarms), found / (found + missed));
    lesson.says(format!(
        "accuracy is {:.0} %, its precision {}, its recall {} and its F_1 {}",
        100.0 * (all - missed - alarms) / all,
        shown(precision, 2),
        shown(recall, 2),
        shown(harmonic_mean(precision, recall), 2),
    ));
}

#[test]
fn answers_as_squad_compares_them() {
    let lesson = Lesson::read("evaluation");
    let right = normalized("the Battle of Hastings in 1066");
    for prediction in [
        "Battle of Hastings",
        "The battle of Hastings, in 1066.",
        "in the year 1066",
    ] {
        let predicted = normalized(prediction);
        let overlap = Overlap::of(&predicted, &right);
        lesson.says(format!(
            "| {prediction} | {} | {} | {} | {} | {} |",
            u8::from(predicted == right),
            overlap.common,
            shown(overlap.precision(), 2),
            shown(overlap.recall(), 2),
            shown(overlap.f_1(), 2)
        ));
    }
}

#[test]
fn a_translation() {
    let lesson = Lesson::read("evaluation");
    let reference = words("the small cat is on the mat now");
    let translation = words("the small cat is on a mat");
    let (mut product, mut cells) = (1.0, String::new());
    for n in 1..=4 {
        let grams = |words: &[String]| words.windows(n).map(<[_]>::to_vec).collect::<Vec<_>>();
        let overlap = Overlap::of(&grams(&translation), &grams(&reference));
        product *= overlap.precision();
        cells += &format!(" {} of {} |", overlap.common, overlap.predicted);
    }
    lesson.says(format!("| common of all |{cells}"));
    let mean = product.powf(0.25);
    let penalty = (1.0 - reference.len() as f32 / translation.len() as f32).exp();
    lesson.says(format!("geometric mean is {}", shown(mean, 3)));
    lesson.says(format!(r"8/7}} \approx {}", shown(penalty, 3)));
    lesson.says(format!("and BLEU {}", shown(mean * penalty, 3)));
    let rouge_1 = Overlap::of(&translation, &reference);
    lesson.says(format!("so F_1 = {}", shown(rouge_1.f_1(), 2)));
}

#[test]
fn perplexity_is_the_number_of_choices() {
    let probabilities = [0.5_f32, 0.25, 0.125];
    assert!((perplexity(&probabilities) - 4.0).abs() < 1e-5);
    let bits: f32 = probabilities.iter().map(|p| -p.log2()).sum();
    Lesson::read("evaluation").says(format!("12 bytes: {} bits per byte", bits / 12.0));
}

#[test]
fn two_models_on_the_same_sentences() {
    let lesson = Lesson::read("evaluation");
    let right = |share: f32| (share * 872.0).round();
    assert_eq!(right(0.920) - right(0.913), 6.0);
    for (old, new) in [(27, 33), (7, 13), (2, 8), (0, 6)] {
        let difference = new - old;
        assert_eq!(difference, 6);
        lesson.says(format!(
            "| {old} | {new} | {difference} | {:.2} |",
            mcnemar(old, new)
        ));
    }
    lesson.says(format!("(p = {:.3})", mcnemar(3, 13)));
    lesson.says(format!("this is {}", shown(deviation(0.913, 872.0), 4)));
    lesson.says(format!(
        "deviations of {} points",
        shown(100.0 * deviation(0.81, 1000.0), 1)
    ));
    lesson.says(format!(
        r"\approx {:.0} % that",
        100.0 * (1.0 - 0.95_f64.powi(20))
    ));
}
