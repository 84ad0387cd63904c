//! The cases of `greedy_decode`: words for the trained model, and small models for what no trained one does.

use tch::Tensor;

use super::Small;
use crate::equal_scores::with_one_entry;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;
use crate::vocabulary::{END, source};

/// The cases that are words for the trained model, of more than a letter.
pub(in super::super) const WORDS: &[&str] = &[
    "eight-letters",
    "word",
    "last-letter",
    "repeated-letters",
    "any-twelve-letters",
    "cut-short",
];

/// The most tokens that a case allows: more than any source has, and than any word that the trained model knows.
pub(in super::super) const MOST_TOKENS: i64 = 20;

/// Adds all of them.
pub(in super::super) fn of_greedy_decode(task: Task) -> Task {
    with_small_models(with_words(task))
}

fn with_words(task: Task) -> Task {
    let inputs = |word: &str, longest: i64| {
        let source = source(word);
        move |_: &Random| {
            Inputs::default()
                .with("source", Tensor::from_slice(&source))
                .with("longest", longest)
        }
    };
    task.case("one-letter", "`q` must come out of `q`", inputs("q", 13))
        .case(
            "eight-letters",
            "`hgfedcba` must come out of `abcdefgh`",
            inputs("abcdefgh", 13),
        )
        .case(
            "word",
            "`remrofsnart` must come out of `transformer`",
            inputs("transformer", 13),
        )
        .case(
            "last-letter",
            "`arbez` must come out of `zebra`: z is the last of the tokens",
            inputs("zebra", 13),
        )
        .case(
            "repeated-letters",
            "`reppepperp` must come out of `preppepper`",
            inputs("preppepper", 13),
        )
        .case(
            "any-twelve-letters",
            "12 letters at random must come out backwards",
            |random| {
                let letters = random.permutation(26).narrow(0, 0, 12) + 3;
                let source = Tensor::cat(&[letters, Tensor::from_slice(&[END])], 0);
                Inputs::default()
                    .with("source", source)
                    .with("longest", 13_i64)
            },
        )
        .case(
            "cut-short",
            "`noit`, and no more, must come out of `attention`: the limit is 4",
            inputs("attention", 4),
        )
        .case(
            "no-room",
            "the limit is 0: nothing may be written",
            inputs("attention", 0),
        )
}

fn with_small_models(task: Task) -> Task {
    task.case(
        "ends-at-once",
        "the first token that the model chooses is the end: nothing is written",
        |random| {
            // The last norm's bias points along the end's row, which is the longest.
            let inputs = small_model(random, 1, 1);
            let end = Tensor::from_slice(&[6_f32, -6.0, 6.0, -6.0]);
            let embedding = &inputs["embedding"];
            embedding.get(END).copy_(&end);
            let bias = end.unsqueeze(0);
            inputs.with("decoder.beta_3", bias).with("longest", 5_i64)
        },
    )
    .case(
        "never-ends",
        "a model that never chooses the end writes 20 tokens from a source of 3; 1 block encodes, \
         3 blocks decode",
        |random| {
            let inputs = small_model(random, 1, 3);
            never_ending(&inputs["embedding"]);
            inputs.with("longest", MOST_TOKENS)
        },
    )
    .case(
        "equal-scores",
        "`a` and `c` have the same row of the embedding, so that their scores are equal, and so \
         have `b` and `d`: the first of equals wins",
        |random| {
            let inputs = small_model(random, 3, 1);
            let embedding = &inputs["embedding"];
            let mut a = embedding.narrow(0, 3, 1);
            a.copy_(&with_one_entry(&a));
            never_ending(embedding);
            // Nothing else can win: one of the two pairs has a score above 0.
            let _ = embedding.narrow(0, 0, 3).zero_();
            embedding.narrow(0, 5, 2).copy_(&embedding.narrow(0, 3, 2));
            inputs.with("longest", 6_i64)
        },
    )
}

/// A source of 3 tokens and a small model, of which the two stacks have these numbers of blocks.
fn small_model(random: &Random, encoder_blocks: i64, decoder_blocks: i64) -> Inputs {
    let (encoder, decoder) = (
        Small::of_blocks(encoder_blocks),
        Small::of_blocks(decoder_blocks),
    );
    let inputs = Inputs::default().with("source", Tensor::from_slice(&[4_i64, 6, END]));
    let inputs = encoder.add_embedding(inputs, random);
    decoder.add_decoder(encoder.add_encoder(inputs, random), random)
}

/// Changes an embedding so that the end is never chosen: its score is always 0, and of two opposite rows, one has a
/// score above 0.
fn never_ending(embedding: &Tensor) {
    let _ = embedding.get(END).zero_();
    embedding.get(4).copy_(&embedding.get(3).neg());
}
