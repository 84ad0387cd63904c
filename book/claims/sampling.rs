//! Claims of `sampling.md` and its quiz, computed.

use attentive_book::figures::lessons::sampling::{TOKENS, after_each_step, logits};
use ndarray::{Array1, array};
use sampling::{
    Beam, Search, Settings, beam_search, draw, next_token, probabilities, repetition_penalty,
    temperature, top_p,
};

use crate::assert_close;
use crate::lesson::{Lesson, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("sampling-temperature", || {
            f64::from(at_temperature(array![0.8, 0.2], 0.5)[0])
        }),
        ("sampling-top-p", || {
            let kept = top_p(array![0.05_f32, 0.5, 0.15, 0.3].ln().view(), 0.6);
            f64::from(probabilities(kept.view())[1])
        }),
        ("sampling-penalty", || {
            f64::from(repetition_penalty(array![-2.0, 1.0].view(), &[0, 1, 0, 0], 1.25)[0])
        }),
        ("sampling-score", || f64::from(-3.0_f32 / 4_f32.powf(0.5))),
    ],
    checks: &[
        ("sampling-draw", || {
            let logits = array![0.0_f32, 0.3, 0.2, 0.5, 0.0].ln();
            assert_eq!(draw(logits.view(), 0.0), 1);
            assert_eq!(draw(logits.view(), 1.0_f32.next_down()), 3);
        }),
        ("sampling-order", || {
            for p in [0.3, 0.5, 0.7, 0.9] {
                let usual = top_p(temperature(logits().view(), 2.0).view(), p);
                let other = top_p(logits().view(), p);
                assert!(kept(&other) <= kept(&usual), "p = {p}");
            }
        }),
        ("sampling-greedy", || {
            let greedy = Settings {
                repetition_penalty: 1.0,
                temperature: 0.0,
                top_k: TOKENS.len(),
                top_p: 1.0,
            };
            let one = Settings {
                temperature: 1.0,
                top_k: 1,
                ..greedy
            };
            let half = Settings {
                temperature: 1.0,
                top_p: 0.5,
                ..greedy
            };
            let token = |settings| next_token(logits().view(), &[], &settings, 0.99);
            assert_eq!((token(greedy), token(one), token(half)), (0, 0, 1));
        }),
        ("sampling-beams", || {
            for width in 1..5 {
                let mut calls = [0; 3];
                let search = Search { width, ..WEATHER };
                let mut next = |text: &[usize]| {
                    calls[text.len()] += 1;
                    weather(text).ln()
                };
                beam_search(&[], &mut next, &search);
                assert!(
                    calls.iter().all(|&calls| calls <= width),
                    "{width}: {calls:?}"
                );
            }
        }),
    ],
    slips: &[
        ("sampling-temperature", "0.667", || {
            at_temperature(array![0.8, 0.2], 2.0)[0]
        }),
        ("sampling-top-p", "1", || {
            probabilities(array![0.5_f32].ln().view())[0]
        }),
        ("sampling-top-p", "0.5", || 0.5),
        ("sampling-penalty", "−1.6", || -2.0 / 1.25),
        ("sampling-penalty", "−3.906", || -2.0 * 1.25_f32.powi(3)),
        ("sampling-score", "−6", || -3.0 * 4_f32.powf(0.5)),
        ("sampling-score", "−3", || -3.0),
    ],
};

/// The number of tokens that stay.
fn kept(logits: &Array1<f32>) -> usize {
    logits.iter().filter(|logit| logit.is_finite()).count()
}

fn at_temperature(probabilities_at_one: Array1<f32>, t: f32) -> Array1<f32> {
    probabilities(temperature(probabilities_at_one.ln().view(), t).view())
}

#[test]
fn the_predictions() {
    let lesson = Lesson::read("sampling");
    let cold = at_temperature(array![0.6, 0.3, 0.1], 0.5);
    assert_close(f64::from(cold[0] / cold[1]), 4.0, 1e-4);
    assert_close(f64::from(cold[0] / cold[2]), 36.0, 1e-3);
    let [first, second, third] = [0, 1, 2].map(|token| shown(cold[token], 3));
    lesson.says(format!("Four times: {first} and {second}."));
    lesson.says(format!(
        "is now 36 times as likely. The third word falls to {third}."
    ));

    let hot = at_temperature(array![0.6, 0.3, 0.1], 2.0);
    let [first, second, third] = [0, 1, 2].map(|token| shown(hot[token], 3));
    lesson.says(format!(
        "{} times, the square root of 2: {first} and {second}. The third word rises from 0.1 to {third}.",
        shown(hot[0] / hot[1], 2)
    ));
}

#[test]
fn the_table_of_steps() {
    let lesson = Lesson::read("sampling");
    let heads = [
        "$T = 1$",
        "$T = 0.5$",
        "$T = 2$",
        "top-k, $k = 3$",
        "top-p, $p = 0.7$",
        "*mat* and *moon* penalised, $\\theta = 1.3$",
    ];
    for (head, row) in heads.into_iter().zip(after_each_step().rows()) {
        let cells: Vec<String> = row
            .iter()
            .map(|&probability| match probability {
                0.0 => "0".to_owned(),
                _ => shown(probability, 3),
            })
            .collect();
        lesson.says(format!("| {head} | {} |", cells.join(" | ")));
    }
    lesson.says(format!("| | {} |", TOKENS.join(" | ")));
}

#[test]
fn the_text_about_the_table() {
    let lesson = Lesson::read("sampling");
    let rows = after_each_step();
    let sum = |row: usize| shown(rows[(row, 0)] + rows[(row, 1)], 3);
    lesson.says(format!("and with *floor* it is {}.", sum(0)));
    lesson.says(format!("because the first two have only {}.", sum(2)));
    let penalized = repetition_penalty(logits().view(), &[0, 4], 1.3);
    lesson.says(format!("2.4, to {}, and", shown(penalized[0], 3)));
    lesson.says(format!("−1, to {}.", shown(penalized[4], 1)));

    let drawn = [1.0, 0.5, 2.0].map(|t| TOKENS[draw(temperature(logits().view(), t).view(), 0.65)]);
    assert_eq!(drawn, ["floor", "mat", "sofa"]);
    let hot = temperature(logits().view(), 2.0);
    assert_eq!(kept(&top_p(hot.view(), 0.7)), 3);
    assert_eq!(kept(&top_p(logits().view(), 0.7)), 2);
}

/// The tokens of the small model about the weather.
const WORDS: [&str; 4] = ["a", "raining", "dog", "end"];

const WEATHER: Search = Search {
    width: 2,
    longest: 3,
    end: 3,
    length_penalty: 0.0,
};

/// The model's probabilities after its prompt, and after each word.
fn weather(text: &[usize]) -> Array1<f32> {
    match text.last() {
        None => array![0.5, 0.4, 0.05, 0.05],
        Some(0) => array![0.1, 0.3, 0.4, 0.2],
        Some(1) => array![0.04, 0.03, 0.03, 0.9],
        _ => array![0.1, 0.05, 0.05, 0.8],
    }
}

fn searched(search: &Search) -> Vec<Beam> {
    beam_search(&[], &mut |text| weather(text).ln(), search)
}

fn words(beam: &Beam) -> String {
    let words: Vec<&str> = beam.tokens.iter().map(|&token| WORDS[token]).collect();
    words.join(", ")
}

#[test]
fn the_beams_by_hand() {
    let lesson = Lesson::read("sampling");
    for (head, text) in [
        ("It is", &[][..]),
        ("… *a*", &[0]),
        ("… *raining*", &[1]),
        ("… *dog*", &[2]),
    ] {
        let cells: Vec<String> = weather(text).iter().map(f32::to_string).collect();
        lesson.says(format!("| {head} | {} |", cells.join(" | ")));
    }

    let greedy = searched(&Search {
        width: 1,
        ..WEATHER
    });
    assert_eq!(words(&greedy[0]), "a, dog, end");
    assert_close(f64::from(greedy[0].log_probability.exp()), 0.16, 1e-5);
    let first_two = searched(&Search {
        longest: 2,
        ..WEATHER
    });
    assert_eq!(words(&first_two[0]), "raining, end");
    assert_eq!(words(&first_two[1]), "a, dog");
    assert_close(f64::from(first_two[0].log_probability.exp()), 0.36, 1e-5);
    assert_close(f64::from(first_two[1].log_probability.exp()), 0.2, 1e-5);
}

#[test]
fn the_length_penalty_decides() {
    let lesson = Lesson::read("sampling");
    for text in ["raining, end", "a, dog, end"] {
        let mut cells = Vec::new();
        for length_penalty in [0.0, 1.0, 2.0] {
            let beams = searched(&Search {
                length_penalty,
                ..WEATHER
            });
            let found = beams.iter().find(|beam| words(beam) == text);
            let beam = found.unwrap_or_else(|| panic!("{text} is not among {beams:?}"));
            if cells.is_empty() {
                cells.push(beam.log_probability);
            }
            cells.push(beam.score);
        }
        lesson.says(format!("| {text} | {} |", joined(&cells, 3, " | ")));
    }
}
