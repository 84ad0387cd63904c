//! Claims of `three-families.md` and its quiz, computed.

use masks::causal;

use crate::assert_close;
use crate::lesson::{Lesson, commas};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("families-visible", || {
            causal(6, 6).iter().filter(|&&may| may).count() as f64
        }),
        ("families-embedding", || 30_522.0 * 768.0 / 1e6),
    ],
    checks: &[],
    slips: &[],
};

/// A linear layer with a bias.
pub(crate) fn linear(inputs: usize, outputs: usize) -> usize {
    inputs * outputs + outputs
}

/// An encoder block with biases: attention, the feed-forward layer and two layer norms.
pub(crate) fn block(d_model: usize, d_ff: usize) -> usize {
    4 * linear(d_model, d_model) + linear(d_model, d_ff) + linear(d_ff, d_model) + 2 * 2 * d_model
}

/// A decoder block with biases: a second attention and a third layer norm.
pub(crate) fn decoder_block(d_model: usize, d_ff: usize) -> usize {
    block(d_model, d_ff) + 4 * linear(d_model, d_model) + 2 * d_model
}

/// BERT: words, positions and two kinds of segments with a norm, the blocks, and a layer on top of the first token.
fn bert_with(size: &Size) -> usize {
    let d = size.d_model;
    let embeddings = (size.vocabulary + size.positions + 2) * d + 2 * d;
    embeddings + size.blocks * block(d, size.d_ff) + linear(d, d)
}

/// BERT with the published vocabulary and number of positions.
pub(crate) fn bert(d_model: usize, layers: usize) -> usize {
    bert_with(&Size {
        d_model,
        d_ff: 4 * d_model,
        blocks: layers,
        heads: d_model / 64,
        vocabulary: 30_522,
        positions: 512,
    })
}

/// GPT-2: words and positions, the blocks, and a norm at the end. The output layer is the embedding once more.
fn gpt_2(size: &Size) -> usize {
    let d = size.d_model;
    (size.vocabulary + size.positions) * d + size.blocks * block(d, size.d_ff) + 2 * d
}

/// T5, part by part: embedding, encoder, decoder, last norms, and the distances of both stacks.
///
/// There are no biases, RMS norms have one parameter for each feature, and what the table calls positions are distances.
fn t5(size: &Size) -> [usize; 5] {
    let d = size.d_model;
    let (attention, feed_forward) = (4 * d * d, 2 * d * size.d_ff);
    let encoder_block = attention + feed_forward + 2 * d;
    let decoder_block = 2 * attention + feed_forward + 3 * d;
    [
        size.vocabulary * d,
        size.blocks * encoder_block,
        size.blocks * decoder_block,
        2 * d,
        2 * size.positions * size.heads,
    ]
}

/// The six numbers from which a reader counts a model's parameters.
struct Size {
    d_model: usize,
    d_ff: usize,
    blocks: usize,
    heads: usize,
    vocabulary: usize,
    positions: usize,
}

/// Reads a column of the lesson's table.
fn size_in_column(lesson: &Lesson, column: usize) -> Size {
    let number = |head| leading_number(lesson.cells(head)[column]);
    Size {
        d_model: number(r"d_\text{model}"),
        d_ff: number(r"d_\text{ff}"),
        blocks: number("blocks in a stack"),
        heads: number("heads"),
        vocabulary: number("vocabulary"),
        positions: number("positions"),
    }
}

/// Reads the number that a cell begins with: 32 for "32 kinds of distance".
fn leading_number(cell: &str) -> usize {
    let number = cell.split(' ').next().expect("a word").replace(',', "");
    number.parse().expect("a number")
}

/// The vision transformer B/16: patches, a class token and 197 positions, the blocks, a norm, and 1000 classes.
fn vit_b_16() -> usize {
    linear(16 * 16 * 3, 768) + 768 + 197 * 768 + 12 * block(768, 3072) + 2 * 768 + linear(768, 1000)
}

#[test]
fn the_sizes_are_those_of_the_published_models() {
    assert_eq!(vit_b_16(), 86_567_656);
    Lesson::read("applications").says(format!("has {} parameters", commas(vit_b_16())));

    let lesson = Lesson::read("three-families");
    let formula = |d: usize| 12 * d * d + 13 * d;
    assert_eq!(block(768, 3072), formula(768));
    lesson.says(format!(
        "that is {}, and twelve blocks have {}",
        commas(formula(768)),
        commas(12 * formula(768))
    ));
}

/// The counts of the published checkpoints follow from the six numbers in the table, and from nothing else.
#[test]
fn the_table_is_enough_to_count_each_model() {
    let lesson = Lesson::read("three-families");
    let published = [
        109_482_240,
        335_141_888,
        124_439_808,
        1_557_611_200,
        222_903_552,
    ];
    let counts = [bert_with, bert_with, gpt_2, gpt_2, |size: &Size| {
        t5(size).iter().sum()
    }];
    for (column, (count, published)) in counts.into_iter().zip(published).enumerate() {
        assert_eq!(count(&size_in_column(&lesson, column)), published);
        assert_eq!(lesson.cells("parameters")[column], commas(published));
    }
}

#[test]
fn t5_is_counted_part_by_part() {
    let lesson = Lesson::read("three-families");
    let base = size_in_column(&lesson, 4);
    let parts = t5(&base);
    let sum: usize = parts.iter().sum();
    lesson.says(format!(
        "{} = {}",
        parts.map(commas).join(" + "),
        commas(sum)
    ));
    lesson.says(format!(
        "it decides {} parameters of {}",
        parts[4],
        commas(sum)
    ));

    let large = Size {
        d_model: 1024,
        d_ff: 4096,
        blocks: 24,
        heads: 16,
        ..base
    };
    assert_eq!(t5(&large).iter().sum::<usize>(), 737_668_096);
}

#[test]
fn a_decoder_sees_a_little_more_than_half_of_what_an_encoder_sees() {
    let seen = causal(6, 6).iter().filter(|&&may| may).count();
    assert_eq!((seen, 6 * 6), (21, 36));
    assert_close(0.15 * 512.0, 77.0, 0.5); // the tokens that BERT predicts of 512
}

#[test]
fn chinchilla_read_twenty_tokens_for_each_parameter() {
    let lesson = Lesson::read("three-families");
    let (parameters, tokens) = (70.0, 1.4e12 / 1e9); // in billions
    lesson.says(format!(
        "trillion tokens, {:.0} per parameter",
        tokens / parameters
    ));
}
