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

/// BERT: words, 512 positions and two kinds of segments with a norm, the blocks, and a layer on top of the first token.
pub(crate) fn bert(d_model: usize, layers: usize) -> usize {
    let embeddings = (30_522 + 512 + 2) * d_model + 2 * d_model;
    embeddings + layers * block(d_model, 4 * d_model) + linear(d_model, d_model)
}

/// GPT-2: words and 1024 positions, the blocks, and a norm at the end. The output layer is the embedding once more.
fn gpt_2(d_model: usize, layers: usize) -> usize {
    (50_257 + 1024) * d_model + layers * block(d_model, 4 * d_model) + 2 * d_model
}

/// T5: no biases, RMS norms, and on each side one table of 32 relative distances for each head.
fn t5(d_model: usize, heads: usize, layers: usize) -> usize {
    let (attention, feed_forward) = (4 * d_model * d_model, 2 * d_model * 4 * d_model);
    let encoder = layers * (attention + feed_forward + 2 * d_model) + d_model + 32 * heads;
    let decoder = layers * (2 * attention + feed_forward + 3 * d_model) + d_model + 32 * heads;
    32_128 * d_model + encoder + decoder
}

/// The vision transformer B/16: patches, a class token and 197 positions, the blocks, a norm, and 1000 classes.
fn vit_b_16() -> usize {
    linear(16 * 16 * 3, 768) + 768 + 197 * 768 + 12 * block(768, 3072) + 2 * 768 + linear(768, 1000)
}

#[test]
fn the_sizes_are_those_of_the_published_models() {
    assert_eq!([bert(768, 12), bert(1024, 24)], [109_482_240, 335_141_888]);
    assert_eq!(
        [gpt_2(768, 12), gpt_2(1600, 48)],
        [124_439_808, 1_557_611_200]
    );
    assert_eq!(
        [t5(768, 12, 12), t5(1024, 16, 24)],
        [222_903_552, 737_668_096]
    );
    assert_eq!(vit_b_16(), 86_567_656);
    assert_eq!(block(768, 3072), 7_087_872);

    let (families, applications) = (Lesson::read("three-families"), Lesson::read("applications"));
    let sizes = [
        bert(768, 12),
        bert(1024, 24),
        gpt_2(768, 12),
        gpt_2(1600, 48),
    ]
    .map(commas);
    families.says(format!("| parameters | {} |", sizes.join(" | ")));
    families.says(format!(
        "that is {}, and twelve blocks have {}",
        commas(7_087_872),
        commas(12 * 7_087_872)
    ));
    families.says(format!("and {} parameters", commas(t5(768, 12, 12))));
    applications.says(format!("has {} parameters", commas(vit_b_16())));
}

#[test]
fn a_decoder_sees_a_little_more_than_half_of_what_an_encoder_sees() {
    let seen = causal(6, 6).iter().filter(|&&may| may).count();
    assert_eq!((seen, 6 * 6), (21, 36));
    assert_close(0.15 * 512.0, 77.0, 0.5); // the tokens that BERT predicts of 512
}
