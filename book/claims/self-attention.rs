//! Claims of `self-attention.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use ndarray::{Array2, Axis, array, concatenate, s};
use scaled_dot_product::{attention, scores};
use softmax::softmax;

use crate::lesson::{Lesson, joined, shortest, shown};
use crate::quizzes::QuizClaims;
use crate::{assert_close, assert_rows_close};

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[("self-attention-unprojected", || {
        let x = array![[1.0, 1.0], [1.0, 0.0]];
        f64::from(attention(x.view(), x.view(), x.view(), None).1[(0, 0)])
    })],
    checks: &[
        ("self-attention-swap", || {
            let (x, w) = (normals((4, 3), 1), normals((3, 3), 2));
            let attend = |x: &Array2<f32>| {
                attention(x.dot(&w).view(), x.view(), x.dot(&w.t()).view(), None).0
            };
            let swap = |x: &Array2<f32>| x.select(Axis(0), &[1, 0, 2, 3]);
            assert!(
                (attend(&swap(&x)) - swap(&attend(&x)))
                    .iter()
                    .all(|difference| difference.abs() < 1e-5)
            );
        }),
        ("self-attention-true", || {
            let (x, w) = (normals((6, 3), 1), normals((3, 3), 2));
            let scores = scores(x.dot(&w).view(), x.view());
            assert!((scores[(3, 5)] - scores[(5, 3)]).abs() > 0.1);
            let without = self::scores(x.view(), x.view());
            assert_close(f64::from(without[(3, 5)]), f64::from(without[(5, 3)]), 1e-6);
        }),
        ("self-attention-it", || {
            assert_close(f64::from(it(true, 1)[0]), 0.455, 0.0005);
            assert_close(f64::from(it(true, 2)[0]), 0.806, 0.0005);
        }),
    ],
    slips: &[],
};

/// Features: alive, broad, noun, pronoun, adjective.
const TIRED: [f32; 5] = [1.0, 0.0, 0.0, 0.0, 1.0];
const WIDE: [f32; 5] = [0.0, 1.0, 0.0, 0.0, 1.0];

/// The tokens: animal, street, it, and an adjective.
fn sentence(adjective: [f32; 5]) -> Array2<f32> {
    let said = array![
        [1.0, 0.0, 1.0, 0.0, 0.0],
        [0.0, 1.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0, 0.0]
    ];
    concatenate![Axis(0), said, array![adjective]]
}

const IT: usize = 2;

/// Computes the layer in which a pronoun looks for adjectives, and reads from them whether it is alive or broad. Returns
/// the tokens, with these features added, and the weights.
fn first_layer(x: &Array2<f32>) -> (Array2<f32>, Array2<f32>) {
    let (w_q, w_k) = (
        array![[0.0, 0.0, 0.0, 4.0, 0.0]],
        array![[0.0, 0.0, 0.0, 0.0, 1.0]],
    );
    let alive_and_broad = s![.., ..2];
    let (read, weights) = attention(
        x.dot(&w_q.t()).view(),
        x.dot(&w_k.t()).view(),
        x.slice(alive_and_broad),
        None,
    );
    let mut y = x.clone();
    let mut features = y.slice_mut(alive_and_broad);
    features += &read;
    (y, weights)
}

/// Computes the weights of the layer in which living things look for living things, broad things for broad things, and
/// a pronoun for nouns.
fn second_layer(x: &Array2<f32>) -> Array2<f32> {
    let w_q = array![
        [4.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 4.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 4.0, 0.0]
    ];
    let w_k = array![
        [1.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0]
    ];
    attention(
        x.dot(&w_q.t()).view(),
        x.dot(&w_k.t()).view(),
        x.view(),
        None,
    )
    .1
}

/// The weights of "it" in the second layer, with or without the first.
fn it(tired: bool, layers: usize) -> Vec<f32> {
    let x = sentence(if tired { TIRED } else { WIDE });
    let x = if layers == 2 { first_layer(&x).0 } else { x };
    second_layer(&x).row(IT).to_vec()
}

#[test]
fn the_first_layer_changes_all_tokens() {
    let lesson = Lesson::read("self-attention");
    let (y, weights) = first_layer(&sentence(TIRED));
    let [other, tired] = [0, 3].map(|token| shown(weights[(IT, token)], 3));
    lesson.says(format!(
        "the weight {tired} and the three others {other} each"
    ));
    let read = &y - &sentence(TIRED);
    for (token, decimals) in [(IT, 3), (0, 2)] {
        let read = read.slice(s![token, ..2]).to_vec();
        let numbers: Vec<String> = read
            .iter()
            .map(|&number| shortest(number, decimals))
            .collect();
        lesson.says(format!("({})", numbers.join(", ")));
    }
    let others = [0, 1, 3].map(|token| read.row(token).to_vec());
    assert!(others.iter().all(|read| *read == others[0]));
    for (token, row) in [(0, "animal"), (1, "street"), (3, "tired")] {
        assert_rows_close(&y.row(token).to_vec(), &printed_row(&lesson, row), 1e-6);
    }
    assert_rows_close(&y.row(IT).to_vec(), &printed_row(&lesson, "it"), 0.0005);

    let wide = first_layer(&sentence(WIDE)).0;
    let features: Vec<String> = wide
        .row(IT)
        .iter()
        .map(|&number| shortest(number, 3))
        .collect();
    lesson.says(format!("it would be ({})", features.join(", ")));
}

/// Reads a token after the first layer from the lesson.
fn printed_row(lesson: &Lesson, token: &str) -> Vec<f32> {
    let table = "| after the first layer | alive | broad | noun | pronoun | adjective |";
    let cells = lesson.cells_below(table, token);
    let features = cells[..5].iter();
    features
        .map(|cell| cell.parse().expect("a number"))
        .collect()
}

/// A reader has what is printed, and nothing else: the rows after the first layer, the scale, and what is compared.
#[test]
fn the_second_layer_follows_from_the_printed_rows() {
    let lesson = Lesson::read("self-attention");
    let [animal, street, it, tired] =
        ["animal", "street", "it", "tired"].map(|token| printed_row(&lesson, token));
    let (query, scale) = ([4.0 * it[0], 4.0 * it[1], 4.0 * it[3]], 1.0 / 3_f32.sqrt());
    let score = |key: &[f32]| {
        let products = query.iter().zip(key).map(|(q, k)| q * k);
        scale * products.sum::<f32>()
    };
    let scores = [&animal, &street, &it, &tired].map(|key| score(&key[..3]));
    let [animal, street, it, tired] = scores.map(|score| shown(score, 2));
    lesson.says(format!(
        "are {animal} for animal, {street} for street, {it} for itself and {tired} for tired"
    ));
    let exponentials = scores.map(f32::exp);
    let sum: f32 = exponentials.iter().sum();
    let weights = exponentials.map(|exponential| exponential / sum);
    lesson.row("… because it was too tired", &weights, 3);
}

#[test]
fn it_is_the_animal_or_the_street_but_only_after_the_first_layer() {
    let lesson = Lesson::read("self-attention");
    for (head, tired, layers) in [
        ("… because it was too tired", true, 2),
        ("… because it was too wide", false, 2),
        ("either, without the first layer", true, 1),
        ("either, without the first layer", false, 1),
    ] {
        lesson.row(head, &it(tired, layers), 3);
    }
}

/// One layer can change the weights with the last word, but not the ratio of the two nouns.
#[test]
fn in_one_layer_the_last_word_leaves_the_ratio_of_the_nouns() {
    let w: Array2<f32> = normals((5, 5), 7);
    let ratio = |adjective| {
        let x = sentence(adjective);
        let weights = attention(x.dot(&w).view(), x.view(), x.view(), None).1;
        (weights[(IT, 0)], weights[(IT, 0)] / weights[(IT, 1)])
    };
    let ((tired, tired_ratio), (wide, wide_ratio)) = (ratio(TIRED), ratio(WIDE));
    assert!((tired - wide).abs() > 0.001);
    assert_close(f64::from(tired_ratio), f64::from(wide_ratio), 1e-4);
}

/// The weights of two keys keep their ratio when the score of a third changes.
#[test]
fn the_street_keeps_a_third_of_the_animals_weight() {
    let weights = |other: f32| softmax(array![[0.6_f32.ln(), 0.2_f32.ln(), other]].view());
    let tired = weights(0.2_f32.ln());
    assert_close(f64::from(tired[(0, 0)]), 0.6, 1e-6);
    assert_close(f64::from(tired[(0, 1)]), 0.2, 1e-6);
    let wide = weights(1.2_f32.ln());
    let [animal, street, rest] = [0, 1, 2].map(|word| shown(wide[(0, word)], 1));
    let lesson = Lesson::read("self-attention");
    lesson.says(format!("animal gets {animal}. What weight"));
    lesson.says(format!("{street}. The last word can change both weights"));
    lesson.says(format!("The remaining {rest} goes"));
}

#[test]
fn without_projections_a_long_token_is_what_everyone_reads() {
    let x = array![[1.0, 1.0], [1.0, 0.0], [0.0, 2.0]];
    let (_, weights) = attention(x.view(), x.view(), x.view(), None);
    let rows: Vec<String> = weights
        .rows()
        .into_iter()
        .map(|row| joined(&row.to_vec(), 3, " & "))
        .collect();
    Lesson::read("self-attention").says(rows.join(r" \\ "));
}
