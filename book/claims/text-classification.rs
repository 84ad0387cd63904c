//! Claims of `text-classification.md` and its quiz, computed.

use std::collections::HashMap;

use ::text_classification::{
    Dropout, Encoded, Evaluation, Labelled, Mode, Reviews, UNKNOWN, drop_out, encode, evaluate,
    mean_pool, mean_pool_backward, vocabulary, words,
};
use attentive_book::figures::lessons::text_classification::evaluation;
use ndarray::{Array2, Array3, array};

use crate::assert_close;
use crate::lesson::{Lesson, commas, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("classification-padding", || zeros(4) as f64),
        ("classification-pool", || f64::from(pooled(2))),
        ("classification-dropout", || {
            f64::from(after_dropout(Mode::Training))
        }),
        ("classification-back", || f64::from(of_a_word(4))),
        ("classification-recall", || f64::from(of_reviews(0).recall)),
        ("classification-f1", || f64::from(finding_a_quarter().f1)),
    ],
    checks: &[
        ("classification-leak", || {
            let Reviews { training, held_out } = Reviews::of_course();
            let all = [training.texts.clone(), held_out.texts.clone()].concat();
            let unknown = |texts: &[String]| unknown_words(&held_out, &vocabulary(texts, 2));
            assert!(unknown(&all) < unknown(&training.texts));
        }),
        ("classification-alone", || {
            let states = array![[[3.0], [5.0]]];
            let alone = mean_pool(states.view(), array![[true, true]].view());
            assert_eq!(alone[(0, 0)], pooled(2));
        }),
    ],
    slips: &[
        ("classification-padding", "4", || zeros(5) as f32),
        ("classification-padding", "0", || zeros(1) as f32),
        ("classification-pool", "1.6", || pooled(2) * 2.0 / 5.0),
        ("classification-pool", "2.2", || pooled(5)),
        ("classification-pool", "8", || pooled(2) * 2.0),
        ("classification-dropout", "12", || 3.0 / 0.25),
        ("classification-dropout", "2.25", || 3.0 * (1.0 - 0.25)),
        ("classification-dropout", "3", || {
            after_dropout(Mode::Evaluation)
        }),
        ("classification-back", "0.6", || of_a_word(1)),
        ("classification-back", "0.06", || of_a_word(10)),
        ("classification-recall", "0.8", || of_reviews(0).precision),
        ("classification-recall", "0.9", || of_reviews(1).recall),
        ("classification-recall", "0.78", || of_reviews(0).accuracy),
        ("classification-f1", "0.625", || {
            let found = finding_a_quarter();
            (found.precision + found.recall) / 2.0
        }),
        ("classification-f1", "0.2", || finding_a_quarter().f1 / 2.0),
    ],
};

/// The lesson's five reviews, with their labels.
const FIVE: [(usize, &str); 5] = [
    (1, "I loved this film, the acting is great."),
    (1, "A great story and a great cast!"),
    (0, "The film is slow and boring."),
    (1, "We loved the music and the story."),
    (0, "Boring acting, a boring story."),
];

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// The entries of padding in the quiz's table, if so many words of a text are read.
fn zeros(longest: usize) -> usize {
    let vocabulary = owned(&["[PAD]", "[UNK]", "good", "tea", "film"]);
    let texts = owned(&["Good film, good tea", "tea"]);
    let encoded = encode(&texts, &vocabulary, longest);
    encoded.tokens.iter().filter(|&&id| id == 0).count()
}

/// The mean of the quiz's text over its first positions.
fn pooled(positions: usize) -> f32 {
    let states = array![[[3.0], [5.0], [1.0], [1.0], [1.0]]];
    let mask = Array2::from_shape_fn((1, 5), |(_, position)| position < positions);
    mean_pool(states.view(), mask.view())[(0, 0)]
}

fn after_dropout(mode: Mode) -> f32 {
    let keep = array![[true]];
    let dropout = Dropout {
        rate: 0.25,
        keep: keep.view(),
        mode,
    };
    drop_out(array![[3.0]].view(), &dropout)[(0, 0)]
}

/// The gradient of the first word of a text with so many words, in a table with 10 positions.
fn of_a_word(words: usize) -> f32 {
    let mask = Array2::from_shape_fn((1, 10), |(_, position)| position < words);
    mean_pool_backward(mask.view(), array![[0.6]].view())[(0, 0, 0)]
}

/// Logits by which texts are taken for these classes.
fn taken(predictions: &[usize]) -> Array2<f32> {
    Array2::from_shape_fn((predictions.len(), 2), |(text, class)| {
        f32::from(u8::from(predictions[text] == class))
    })
}

/// The quiz's 100 reviews, of which 40 are negative, class 0.
fn of_reviews(class: usize) -> Evaluation {
    let (mut labels, mut predictions) = (Vec::new(), Vec::new());
    for (count, label, prediction) in [(24, 0, 0), (16, 0, 1), (6, 1, 0), (54, 1, 1)] {
        labels.extend(vec![label; count]);
        predictions.extend(vec![prediction; count]);
    }
    evaluate(taken(&predictions).view(), &labels, class)
}

/// A classifier that finds one of four, without false alarms.
fn finding_a_quarter() -> Evaluation {
    evaluate(taken(&[1, 0, 0, 0, 0]).view(), &[1, 1, 1, 1, 0], 1)
}

/// The number of words of these texts that a vocabulary does not have.
fn unknown_words(texts: &Labelled, vocabulary: &[String]) -> usize {
    let Encoded { tokens, .. } = encode(&texts.texts, vocabulary, usize::MAX);
    tokens.iter().filter(|&&id| id == UNKNOWN).count()
}

/// The probability that five, or so many, are all right.
fn all_right(accuracy: f64, texts: i32) -> f64 {
    accuracy.powi(texts)
}

fn standard_error(accuracy: f64, texts: f64) -> f64 {
    (accuracy * (1.0 - accuracy) / texts).sqrt()
}

#[test]
fn the_predictions_and_what_five_reviews_show() {
    let lesson = Lesson::read("text-classification");
    lesson.says("$0.55^5 = 0.05$");
    assert_close(all_right(0.55, 5), 0.05, 0.001);
    lesson.says("$0.86^{20} = 0.05$");
    assert_close(all_right(0.86, 20), 0.05, 0.002);
    lesson.says("$0.97^{100} = 0.05$");
    assert_close(all_right(0.97, 100), 0.05, 0.003);
    // The rule of thumb, for 20 and for 100.
    for n in [20, 100] {
        assert_close(all_right(1.0 - 3.0 / f64::from(n), n), 0.05, 0.012);
    }

    lesson.says("once in 32 times");
    assert_close(all_right(0.5, 5), 1.0 / 32.0, 1e-12);
    let once_in_six = 1.0 - (1.0 - all_right(0.5, 5)).powi(6);
    assert_close(once_in_six, 1.0 / 6.0, 0.01);
    lesson.says("For 75 of 100 this is 4.3 points, so the truth is probably between 66 and 84.");
    let error = 100.0 * standard_error(0.75, 100.0);
    assert_close(error, 4.3, 0.05);
    assert_close(75.0 - 2.0 * error, 66.0, 0.5);
    assert_close(75.0 + 2.0 * error, 84.0, 0.5);
    lesson.says("For four of five it is 18 points");
    assert_close(100.0 * standard_error(0.8, 5.0), 18.0, 0.5);
}

#[test]
fn the_reviews() {
    let lesson = Lesson::read("text-classification");
    let Reviews { training, held_out } = Reviews::of_course();
    let entries = vocabulary(&training.texts, 2);
    let all = [training.texts.clone(), held_out.texts.clone()].concat();
    let of_held_out: usize = held_out.texts.iter().map(|text| words(text).len()).sum();
    lesson.says(format!(
        "Of their {of_held_out} words, {} are unknown",
        unknown_words(&held_out, &entries)
    ));
    lesson.says(format!("The vocabulary has {} entries.", entries.len()));
    lesson.says(format!("it would have {}", vocabulary(&all, 2).len()));
    // E, P, four linear layers of attention, the norm, and the head, with a width of 8.
    let parameters = 8 * (entries.len() + 12) + 4 * (8 * 8 + 8) + 2 * 8 + 2 * 8 + 2;
    lesson.says(format!("has {} parameters", commas(parameters)));
}

/// The texts that naive Bayes takes for positive, with each count one higher than it is.
fn naive_bayes(training: &Labelled, texts: &[String]) -> Vec<usize> {
    let entries = vocabulary(&training.texts, 2);
    let known = &entries[2..];
    let mut counts: HashMap<&str, [f64; 2]> = HashMap::new();
    for word in known {
        counts.insert(word, [1.0; 2]);
    }
    for (text, &label) in training.texts.iter().zip(&training.labels) {
        for word in words(text) {
            if let Some(counts) = counts.get_mut(word.as_str()) {
                counts[label] += 1.0;
            }
        }
    }
    let total = |class: usize| counts.values().map(|counts| counts[class]).sum::<f64>();
    let totals = [total(0), total(1)];
    let mut predictions = Vec::new();
    for text in texts {
        let mut evidence = 0.0;
        for word in words(text) {
            if let Some([negative, positive]) = counts.get(word.as_str()) {
                evidence += (positive / totals[1]).ln() - (negative / totals[0]).ln();
            }
        }
        predictions.push(usize::from(evidence > 0.0));
    }
    predictions
}

#[test]
fn counting_words_and_libtorchs_run() {
    let lesson = Lesson::read("text-classification");
    let Reviews { training, held_out } = Reviews::of_course();
    let predictions = naive_bayes(&training, &held_out.texts);
    let counting = evaluate(taken(&predictions).view(), &held_out.labels, 1);
    lesson.says(format!("is right on {:.0}.", 100.0 * counting.accuracy));
    let missed = "Not bad at all, in fact really good.";
    let place = held_out.texts.iter().position(|text| text == missed);
    let place = place.expect("the review that the lesson quotes");
    assert_ne!(predictions[place], held_out.labels[place]);
    lesson.says(missed);

    // "About three of four".
    let accuracy = evaluation().accuracy;
    assert!((0.65..0.85).contains(&accuracy), "{accuracy}");
    assert!(accuracy <= counting.accuracy + 0.05, "{accuracy}");
}

#[test]
fn the_worked_example_of_words_and_ids() {
    let lesson = Lesson::read("text-classification");
    for (label, text) in FIVE {
        lesson.says(format!("| {label} | {text} |"));
    }
    let texts = owned(&FIVE.map(|(_, text)| text));
    let all: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
    let count = |word: &String| all.iter().filter(|found| *found == word).count();
    let different = vocabulary(&texts, 1).len() - 2;
    lesson.says(format!(
        "They have {} words, of which {different} are different.",
        all.len()
    ));
    let entries = vocabulary(&texts, 2);
    let (mut heads, mut counts, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for (id, entry) in entries.iter().enumerate().skip(2) {
        let is_word = entry.chars().all(char::is_alphanumeric);
        heads.push(if is_word {
            entry.clone()
        } else {
            format!("`{entry}`")
        });
        counts.push(count(entry).to_string());
        ids.push(id.to_string());
    }
    lesson.says(format!("| word | {} |", heads.join(" | ")));
    lesson.says(format!("| count | {} |", counts.join(" | ")));
    lesson.says(format!("| id | {} |", ids.join(" | ")));

    let new = [
        "I loved the acting.",
        "Great music, great story!",
        "Boring.",
    ];
    let encoded = encode(&owned(&new), &entries, 12);
    for (text, row) in new.iter().zip(encoded.tokens.rows()) {
        let row: Vec<String> = row.iter().map(usize::to_string).collect();
        lesson.says(format!("| {text} | {} |", row.join(" ")));
    }
    for (&id, &is_word) in encoded.tokens.iter().zip(&encoded.mask) {
        assert_eq!(id != 0, is_word);
    }
}

#[test]
fn the_worked_example_of_the_mean_and_dropout() {
    let lesson = Lesson::read("text-classification");
    let mut states: Array3<f32> = Array3::ones((1, 6, 2));
    for (position, word) in [[3.0, -1.0], [5.0, 2.0]].into_iter().enumerate() {
        lesson.says(format!("({}, {})", word[0], word[1]));
        for (feature, number) in word.into_iter().enumerate() {
            states[(0, position, feature)] = number;
        }
    }
    let mask = Array2::from_shape_fn((1, 6), |(_, position)| position < 2);
    let mean = mean_pool(states.view(), mask.view());
    lesson.says(format!(
        "The mean of the words is ({}, {}).",
        mean[(0, 0)],
        mean[(0, 1)]
    ));
    let everything = Array2::from_elem((1, 6), true);
    let with_padding = mean_pool(states.view(), everything.view());
    lesson.says(format!(
        "it would be ({}, {}).",
        with_padding[(0, 0)],
        shown(with_padding[(0, 1)], 3)
    ));
    let dstates = mean_pool_backward(mask.view(), array![[0.6, -0.2]].view());
    lesson.says(format!(
        "each word gets ({}, {})",
        shown(dstates[(0, 0, 0)], 1),
        shown(dstates[(0, 1, 1)], 1)
    ));
    assert_eq!(dstates[(0, 2, 0)], 0.0);

    let keep = array![[true, false]];
    let of = |mode| {
        let dropout = Dropout {
            rate: 0.25,
            keep: keep.view(),
            mode,
        };
        drop_out(mean.view(), &dropout)
    };
    let dropped = of(Mode::Training);
    lesson.says(format!(
        "(4, 0.5) becomes ({}, {}) in training",
        shown(dropped[(0, 0)], 3),
        dropped[(0, 1)]
    ));
    assert_eq!(of(Mode::Evaluation), mean);
}

#[test]
fn the_worked_example_of_the_evaluation() {
    let lesson = Lesson::read("text-classification");
    let labels = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];
    let predictions = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];
    let found = evaluate(taken(&predictions).view(), &labels, 1);
    for (label, row) in found.confusion.rows().into_iter().enumerate() {
        lesson.says(format!("| label {label} | {} | {} |", row[0], row[1]));
    }
    lesson.says(format!(
        r"accuracy is 7 / 10 = {}",
        shown(found.accuracy, 1)
    ));
    lesson.says(format!(
        "the precision 3 / 5 = {}",
        shown(found.precision, 1)
    ));
    lesson.says(format!("the recall 3 / 4 = {}", shown(found.recall, 2)));
    lesson.says(format!("F_1 = {}", shown(found.f1, 3)));

    // A second softmax: probabilities of 0 and 1 as logits.
    let least = (1.0 + (-1.0_f64).exp()).ln();
    lesson.says("falls below 0.31");
    assert_close(least, 0.31, 0.005);
}
