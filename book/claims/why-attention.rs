//! Claims of `why-attention.md` and its quiz, computed.

use attentive_book::figures::{self, Panel};

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[("why-attention-decay", || (1..20).fold(0.1, |h, _| 0.9 * h))],
    checks: &[],
    slips: &[],
};

#[test]
fn how_much_of_a_sentence_is_found_again() {
    let lesson = Lesson::read("why-attention");
    let figure = figures::figure("bottleneck").expect("the figure");
    let Panel::Lines(lines) = &figure.panels[0] else {
        panic!("curves")
    };
    for (head, series) in ["a sum of 64 numbers", "a sum of 256 numbers"]
        .into_iter()
        .zip(&lines.series)
    {
        let found: Vec<String> = [2.0, 5.0, 10.0, 20.0, 40.0]
            .map(|length| {
                lines
                    .points
                    .iter()
                    .position(|&point| point == length)
                    .expect("a point")
            })
            .map(|point| format!("{:.0} %", series.values[point]))
            .to_vec();
        lesson.says(format!("| {head} | {} |", found.join(" | ")));
    }
}

#[test]
fn the_first_word_fades_from_a_recurrent_state() {
    // h ← 0.9 h + 0.1 x, where only the first x is not 0.
    let part_of_the_first = |length: usize| (1..length).fold(0.1, |h, _| 0.9 * h);
    let lesson = Lesson::read("why-attention");
    for (power, length) in [("0.9^4", 5), ("0.9^{29}", 30)] {
        lesson.says(format!(
            r"{power} \approx {}",
            shown(part_of_the_first(length), 4)
        ));
    }
}

#[test]
fn reading_in_reverse_order_helps_the_first_word() {
    let share_of_the_first = |length: i32| 0.1 * 0.9_f32.powi(length - 1);
    let lesson = Lesson::read("why-attention");
    let first = share_of_the_first(10);
    lesson.says(format!(r"0.9^9 \approx {}", shown(first, 4)));
    lesson.says(format!("is {} times as much", shown(0.1 / first, 2)));
    lesson.says(format!("from 0.1 to {}", shown(first, 4)));
    let of_thirty = 0.1 / share_of_the_first(30);
    lesson.says(format!("a factor of {}", shown(of_thirty, 1)));
}
