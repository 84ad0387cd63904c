//! `encoder-block.md`, and the counts of `transformer.md`.

use attentive_book::figures::{self, Panel};
use layer_norm::layer_norm;
use ndarray::{Array1, array};
use transformer::trained;

use super::{Lesson, joined, shown};
use crate::lessons::parameters::{block, decoder_block};

#[test]
fn one_position_in_both_orders() {
    let lesson = Lesson::read("encoder-block");
    let normed = |row: ndarray::Array2<f32>| {
        layer_norm(
            row.view(),
            Array1::ones(4).view(),
            Array1::zeros(4).view(),
            1e-5,
        )
        .row(0)
        .to_vec()
    };
    let (x, added) = (array![[1.0, 2.0, 3.0, 4.0]], array![[1.0, 0.0, -1.0, 0.0]]);
    let given = joined(&normed(x.clone()), 3, ", ");
    lesson.says(format!("| attention is given | (1, 2, 3, 4) | ({given}) |"));
    let after = joined(&normed(&x + &added), 3, ", ");
    lesson.says(format!(
        "| h | ({after}) | ({}) |",
        joined(&(x + added).row(0).to_vec(), 0, ", ")
    ));
}

#[test]
fn stacks_in_both_orders() {
    let lesson = Lesson::read("encoder-block");
    let figure = figures::figure("stacks").expect("the figure");
    let Panel::Lines(lines) = &figure.panels[0] else {
        panic!("curves")
    };
    for series in &lines.series {
        lesson.row(
            &series.name,
            &[1, 4, 10, 24].map(|blocks: usize| series.values[blocks]),
            2,
        );
    }
}

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

/// A number as the tables write it: 169 280.
fn spaced(number: usize) -> String {
    let digits = number.to_string();
    let (head, tail) = digits.split_at(digits.len() - 3);
    format!("{head} {tail}")
}

#[test]
fn the_parameters_of_the_trained_model() {
    let lesson = Lesson::read("transformer");
    let attention = 4 * (64 * 64 + 64);
    let network = 64 * 128 + 128 + 128 * 64 + 64;
    let norm = 2 * 64;
    let (encoder, decoder) = (
        attention + network + 2 * norm,
        2 * attention + network + 3 * norm,
    );
    assert_eq!((encoder, decoder), (block(64, 128), decoder_block(64, 128)));
    let all = 29 * 64 + 2 * encoder + 2 * decoder;
    for number in [29 * 64, attention, network, encoder, decoder, all] {
        lesson.says(format!("| {} |", spaced(number)));
    }
    lesson.says(format!("| {norm} |"));

    let weights = trained();
    let embedding = weights.model().expect("the trained model").embedding;
    assert_eq!(embedding.dim(), (29, 64));
    let rms = (embedding
        .mapv(|entry| entry * entry)
        .mean()
        .unwrap_or_default())
    .sqrt();
    lesson.says(format!("of E is {}", shown(rms, 3)));
    lesson.says(format!(r"\sqrt{{64}} = 8, that is {}", shown(8.0 * rms, 2)));
}

#[test]
fn the_larger_model_of_the_paper() {
    let all = 37_000 * 1024 + 6 * (block(1024, 4096) + decoder_block(1024, 4096));
    Lesson::read("transformer").says(format!("comes to {} million", (all as f64 / 1e6).round()));
}
