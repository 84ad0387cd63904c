//! Claims of `applications.md` and its quiz, computed.

use attentive_book::figures::lessons::applications::patches;
use ndarray::{Array1, Array3, Axis, array, s};
use softmax::softmax;

use crate::lesson::{Lesson, commas, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("vit-patches", || f64::from((224 / 16) * (224 / 16) + 1)),
        ("vit-numbers", || f64::from(32 * 32 * 3)),
        ("generation-temperature", || {
            f64::from(softmax((array![[2.0, 1.0]] / 0.5).view())[(0, 0)])
        }),
        ("tagging-f1", || {
            let right = entities(&["B-PER", "I-PER", "O", "B-LOC"]);
            let predicted = entities(&["B-PER", "O", "O", "B-LOC"]);
            f64::from(f_1_of_entities(&right, &predicted))
        }),
        ("retrieval-cosine", || {
            f64::from(cosine(&array![1.0, 2.0, 2.0], &array![2.0, 4.0, 4.0]))
        }),
    ],
    checks: &[
        ("qa-span", || {
            let (start, end) = ([1, 4, 3, 0], [5, 0, 3, 1]);
            let spans = (0..4).flat_map(|first| (first..4).map(move |last| (first, last)));
            let best = spans.max_by_key(|&(first, last)| start[first] + end[last]);
            assert_eq!(best, Some((1, 2)));
        }),
        ("vit-reshape", || {
            let image = Array1::range(0.0, 16.0, 1.0)
                .into_shape_with_order((4, 4, 1))
                .expect("16 numbers");
            assert_eq!(patches(&image, 2).row(0).to_vec(), [0.0, 1.0, 4.0, 5.0]);
            let pixels = image.index_axis(Axis(2), 0);
            assert_eq!(pixels.row(0).to_vec(), [0.0, 1.0, 2.0, 3.0]);
            assert_eq!(
                pixels
                    .slice(s![..;2, ..;2])
                    .iter()
                    .copied()
                    .collect::<Vec<f32>>(),
                [0.0, 2.0, 8.0, 10.0]
            );
            assert_eq!(
                pixels
                    .slice(s![..2, ..2])
                    .t()
                    .iter()
                    .copied()
                    .collect::<Vec<f32>>(),
                [0.0, 4.0, 1.0, 5.0]
            );
        }),
    ],
    slips: &[
        ("generation-temperature", "0.62", || {
            softmax((array![[2.0, 1.0]] * 0.5).view())[(0, 0)]
        }),
        ("tagging-f1", "0.75", || 3.0 / 4.0),
        ("retrieval-cosine", "18", || {
            array![1.0, 2.0, 2.0].dot(&array![2.0, 4.0, 4.0_f32])
        }),
    ],
};

/// An entity: the positions of its first and last word, and its kind.
type Entity<'a> = (usize, usize, &'a str);

/// The entities that BIO labels mark.
fn entities<'a>(labels: &[&'a str]) -> Vec<Entity<'a>> {
    let mut entities: Vec<Entity<'_>> = Vec::new();
    for (word, label) in labels.iter().enumerate() {
        if let Some(kind) = label.strip_prefix("B-") {
            entities.push((word, word, kind));
        } else if let Some(kind) = label.strip_prefix("I-")
            && let Some(last) = entities.last_mut()
            && last.1 + 1 == word
            && last.2 == kind
        {
            last.1 = word;
        }
    }
    entities
}

/// The harmonic mean of precision and recall of whole entities.
fn f_1_of_entities(right: &[Entity<'_>], predicted: &[Entity<'_>]) -> f32 {
    let found = predicted.iter().filter(|entity| right.contains(entity));
    2.0 * found.count() as f32 / (right.len() + predicted.len()) as f32
}

fn cosine(a: &Array1<f32>, b: &Array1<f32>) -> f32 {
    a.dot(b) / (a.dot(a).sqrt() * b.dot(b).sqrt())
}

#[test]
fn names_are_found_as_a_whole() {
    let lesson = Lesson::read("applications");
    let (mut right, mut predicted) = (Vec::new(), Vec::new());
    for word in "Ada Lovelace met Charles Babbage in London .".split(' ') {
        let labels = lesson.cells_below("| word | right | predicted |", word);
        right.push(labels[0]);
        predicted.push(labels[1]);
    }
    let same = right.iter().zip(&predicted).filter(|(a, b)| a == b).count();
    lesson.says(format!("Here {same} of {} labels are right", right.len()));
    let (right, predicted) = (entities(&right), entities(&predicted));
    assert_eq!((right.len(), predicted.len()), (3, 3));
    let f_1 = f_1_of_entities(&right, &predicted);
    lesson.says(format!("are all {}", shown(f_1, 2)));
}

#[test]
fn a_question_finds_its_text() {
    let lesson = Lesson::read("applications");
    let question = array![3.0, 4.0];
    let cosines = [array![4.0, 3.0], array![-4.0, 3.0]].map(|text| cosine(&question, &text));
    lesson.says(format!("24/25 = {} and 0/25 = {}", cosines[0], cosines[1]));
    let chosen = |temperature: f32| {
        let scores = array![[0.8, 0.5, 0.2]] / temperature;
        let probability = softmax(scores.view())[(0, 0)];
        [probability, -probability.ln()].map(|number| shown(number, 3))
    };
    let [probability, loss] = chosen(1.0);
    lesson.says(format!("of only {probability}, and the loss is {loss}"));
    let [probability, loss] = chosen(0.1);
    lesson.says(format!("it gets {probability}, and the loss is {loss}"));
}

#[test]
fn top_p_keeps_the_likeliest() {
    let lesson = Lesson::read("applications");
    let probabilities = softmax(array![[2.0, 1.0, 0.0]].view());
    let kept = probabilities[(0, 0)] + probabilities[(0, 1)];
    assert!(probabilities[(0, 0)] < 0.9 && kept >= 0.9);
    let [first, second] = [0, 1].map(|token| shown(probabilities[(0, token)] / kept, 3));
    lesson.says(format!(
        "add up to {}, and are drawn with {first} and {second}",
        shown(kept, 3)
    ));
}

#[test]
fn an_image_in_patches() {
    let image = Array1::range(0.0, 16.0, 1.0)
        .into_shape_with_order((4, 4, 1))
        .expect("16 numbers");
    let expected = array![
        [0., 1., 4., 5.],
        [2., 3., 6., 7.],
        [8., 9., 12., 13.],
        [10., 11., 14., 15.]
    ];
    assert_eq!(patches(&image, 2), expected);
    let reshaped = image.to_shape((4, 4)).expect("16 numbers");
    assert_eq!(
        reshaped.row(0).to_vec(),
        [0., 1., 2., 3.],
        "the mistake on the page: a row of the image, not a patch"
    );

    for (side, size, tokens) in [(224, 16, 196), (224, 32, 49), (384, 16, 576)] {
        assert_eq!(
            patches(&Array3::zeros((side, side, 3)), size).dim(),
            (tokens, size * size * 3)
        );
    }
}

#[test]
fn patches_in_place_of_pixels_make_the_weights_65_536_times_fewer() {
    let weights = |tokens: u64| tokens * tokens;
    assert_eq!((weights(224 * 224), weights(196)), (2_517_630_976, 38_416));
    assert_eq!(weights(224 * 224) / weights(196), 65_536);
    let lesson = Lesson::read("applications");
    let large = weights((1024 / 16) * (1024 / 16));
    lesson.says(format!(
        "= {} weights of four bytes",
        commas(large as usize)
    ));
    lesson.says(format!("{:.0} megabytes: ", 4.0 * large as f64 / 1e6));
}

#[test]
fn temperature_makes_the_choice_bolder_or_more_even() {
    let lesson = Lesson::read("applications");
    let logits = array![[2.0, 1.0, 0.0]];
    for temperature in [0.5, 0.7, 1.0, 2.0] {
        lesson.row(
            &temperature.to_string(),
            &softmax((&logits / temperature).view()).row(0).to_vec(),
            3,
        );
    }
}

#[test]
fn the_best_span_is_not_made_of_the_best_start_and_the_best_end() {
    let (start, end) = ([0.5, 1.0, 3.0, 2.5, 0.0], [0.0, 3.2, 0.5, 3.0, 1.0_f32]);
    let largest = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    assert_eq!((largest(&start), largest(&end)), (Some(2), Some(1)));
    let spans = (0..5).flat_map(|first| (first..5).map(move |last| (first, last)));
    let score = |(first, last): (usize, usize)| start[first] + end[last];
    let best = spans.max_by(|&a, &b| score(a).total_cmp(&score(b)));
    assert_eq!(best.map(|span| (span, score(span))), Some(((2, 3), 6.0)));
}
