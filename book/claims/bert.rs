//! Claims of `bert.md` and its quiz, computed.

use attentive_book::figures::{self, Panel};
use bert::{
    BertEmbeddings, ClassificationHead, Linear, MaskedLmHead, Norm, classify, embed, fill_mask,
    sentence,
};
use layer_norm::layer_norm;
use ndarray::{Array1, Array2, Array3, array, aview1};
use softmax::softmax;

use crate::lesson::{Lesson, commas, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("bert-sentence", || f64::from(of_three_places(2)[0])),
        ("bert-head", || head(768, 30_522) as f64 / 1000.0),
        ("bert-epsilon", || f64::from(deviation(1e-12))),
    ],
    checks: &[
        ("bert-mask", || {
            // A place is 0 for every query if it is padding, and so a column, because keys are the last axis.
            let mask = array![[true, true, false]];
            let keys = mask.view().insert_axis(ndarray::Axis(1));
            let spread = keys.broadcast((1, 3, 3)).expect("three queries");
            for query in 0..3 {
                assert_eq!(spread.slice(ndarray::s![0, query, ..]), mask.row(0));
            }
        }),
        ("bert-sum", || {
            let states = array![[[2.0, 1.0], [4.0, 2.0], [9.0, -1.0]]];
            let mask = array![[true, true, true]];
            let vector = sentence(states.view(), mask.view());
            let larger = sentence((&states * 3.0).view(), mask.view());
            assert!((vector - larger).iter().all(|x| x.abs() < 1e-6));
        }),
    ],
    slips: &[
        ("bert-sentence", "3", || 3.0),
        ("bert-sentence", "0", || of_three_places(3)[0]),
        ("bert-sentence", "0.12", || 3.0 / 25.0),
        ("bert-head", "24,063.5", || {
            (head(768, 30_522) + 30_522 * 768) as f32 / 1000.0
        }),
        ("bert-epsilon", "0.0003", || deviation(1e-5)),
    ],
};

/// The sentence vector of the tokens (1, 3) and (5, 5) and a padded place, if so many places count.
fn of_three_places(counted: usize) -> Vec<f32> {
    let states = array![[[1.0, 3.0], [5.0, 5.0], [-6.0, 0.0]]];
    let mask = Array2::from_shape_fn((1, 3), |(_, place)| place < counted);
    sentence(states.view(), mask.view()).row(0).to_vec()
}

/// The parameters of the head that fills gaps, without the word embeddings.
fn head(width: usize, vocabulary: usize) -> usize {
    (width * width + width) + 2 * width + vocabulary
}

/// The standard deviation after the norm of a row that had 10⁻⁶ before it.
fn deviation(epsilon: f32) -> f32 {
    let row = array![[1e-6, -1e-6, 1e-6, -1e-6]];
    let (gamma, beta) = (Array1::ones(4), Array1::zeros(4));
    layer_norm(row.view(), gamma.view(), beta.view(), epsilon).std(0.0)
}

/// The cosine of two vectors of length 1.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    aview1(a).dot(&aview1(b))
}

#[test]
fn one_token_is_embedded() {
    let lesson = Lesson::read("bert");
    let (ones, zeros) = (Array1::ones(4), Array1::zeros(4));
    let word = array![[2.0, 0.0, 1.0, 1.0]];
    let position = array![[1.0, -1.0, 0.0, 0.0]];
    let types = array![[0.0, 0.0, 1.0, -1.0], [-1.0, 2.0, 0.0, -1.0]];
    let embeddings = BertEmbeddings {
        word: word.view(),
        position: position.view(),
        token_type: Some(types.view()),
        norm: Norm {
            gamma: ones.view(),
            beta: zeros.view(),
        },
        projection: None,
    };
    for of_type in [0, 1] {
        let sum = &word.row(0) + &position.row(0) + types.row(of_type);
        let vectors = embed(
            array![[0]].view(),
            array![[of_type]].view(),
            &embeddings,
            1e-12,
        );
        lesson.says(format!(
            "| {of_type} | ({}) | ({}) |",
            joined(&sum.to_vec(), 0, ", "),
            joined(&vectors.iter().copied().collect::<Vec<_>>(), 3, ", ")
        ));
    }
}

#[test]
fn padding_turns_a_vector() {
    let lesson = Lesson::read("bert");
    let states = array![[[2.0, 1.0], [4.0, 2.0], [-3.0, 6.0]]];
    let with = |counted: usize| {
        let mask = Array2::from_shape_fn((1, 3), |(_, place)| place < counted);
        sentence(states.view(), mask.view()).row(0).to_vec()
    };
    let (right, wrong) = (with(2), with(3));
    lesson.vector(&right, 3);
    lesson.vector(&wrong, 3);
    let cosine = cosine(&right, &wrong);
    lesson.says(format!(
        "their cosine is {}, an angle of {}°",
        shown(cosine, 3),
        shown(cosine.acos().to_degrees(), 0)
    ));
    lesson.says(format!(r"\sqrt{{45}} \approx {}", shown(45_f32.sqrt(), 3)));
}

#[test]
fn a_gap_is_filled() {
    let lesson = Lesson::read("bert");
    let (ones, zeros) = (Array1::ones(2), Array1::zeros(2));
    let identity = Array2::eye(2);
    let word = array![[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]];
    let bias = array![0.5, 0.0, -0.5];
    let head = MaskedLmHead {
        transform: Linear {
            weight: identity.view(),
            bias: zeros.view(),
        },
        norm: Norm {
            gamma: ones.view(),
            beta: zeros.view(),
        },
        bias: bias.view(),
    };
    let logits = fill_mask(array![[[3.0, 1.0]]].view(), &head, word.view(), 1e-12);
    let logits: Vec<f32> = logits.iter().copied().collect();
    lesson.row("logit", &logits, 1);
    let probabilities = softmax(
        Array2::from_shape_vec((1, 3), logits)
            .expect("three")
            .view(),
    );
    lesson.row("probability", &probabilities.row(0).to_vec(), 3);
    let gelu = feed_forward::gelu(array![[3.0, 1.0]].view());
    lesson.says(format!("({})", joined(&gelu.row(0).to_vec(), 3, ", ")));
    let not_normed = gelu.dot(&word.t()).row(0).to_owned() + &bias;
    lesson.says(format!(
        "Without the norm, *rain* would win, with {} to {}.",
        shown(not_normed[0], 3),
        shown(not_normed[1], 3)
    ));
}

#[test]
fn two_heads_for_one_text() {
    let lesson = Lesson::read("bert");
    let (identity, zeros) = (Array2::eye(2), Array1::zeros(2));
    let layer = Linear {
        weight: identity.view(),
        bias: zeros.view(),
    };
    let states = Array3::from_shape_vec((1, 1, 2), vec![1.0, -1.0]).expect("two numbers");
    let tanh = classify(
        states.view(),
        &ClassificationHead::Bert {
            pooler: layer,
            classifier: layer,
        },
    );
    let relu = classify(
        states.view(),
        &ClassificationHead::DistilBert {
            pre_classifier: layer,
            classifier: layer,
        },
    );
    lesson.says(format!(
        "tanh turns (1, -1) into ({}), and ReLU into ({})",
        joined(&tanh.row(0).to_vec(), 3, ", "),
        joined(&relu.row(0).to_vec(), 0, ", ")
    ));
}

#[test]
fn gelu_and_its_approximation_near_minus_two() {
    let x = array![[-2.2]];
    let (exact, near) = (
        feed_forward::gelu(x.view())[(0, 0)],
        feed_forward::gelu_tanh(x.view())[(0, 0)],
    );
    Lesson::read("bert").says(format!(
        "At −2.2 the exact function gives {} and the approximation {}, a difference of nearly one per cent",
        shown(exact, 5),
        shown(near, 5)
    ));
    assert!((0.008..0.01).contains(&(1.0 - near / exact)));
}

#[test]
fn the_figure_says_what_padding_does() {
    let figure = figures::figure("padding-in-the-mean").expect("the figure");
    let Panel::Lines(lines) = &figure.panels[0] else {
        panic!("curves")
    };
    let [masked, read, counted] = [0, 1, 2].map(|curve: usize| &lines.series[curve].values);
    assert!(masked.iter().all(|cosine| (cosine - 1.0).abs() < 1e-5));
    Lesson::read("bert").says(format!(
        "With 8 padded places the cosine is {} if attention reads them, and {} if the mean counts them too; with 32 it \
         is {} and {}",
        shown(read[2], 2),
        shown(counted[2], 2),
        shown(read[8], 2),
        shown(counted[8], 2)
    ));
}

#[test]
fn the_head_is_small_because_it_is_tied() {
    let lesson = Lesson::read("bert");
    lesson.says(format!(
        "the head has {} parameters of its own. A decoder that is not tied would add {}",
        commas(head(768, 30_522)),
        commas(30_522 * 768)
    ));
}
