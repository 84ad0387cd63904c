//! The cases of the transformer: small random models, and the trained one.

use tch::Tensor;

use super::model;
use super::trained;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::random_weights::{self, Size, decoder_names, encoder_names};
use crate::task::Task;
use crate::vocabulary::{END, START, source, tokens};

/// The cases with small random weights.
pub(super) const RANDOM: &[&str] = &["plain", "padding", "square"];

/// The case in which there are as many tokens as features.
pub(super) const SQUARE: &[&str] = &["square"];

/// The cases of `greedy_decode` that are no single letter.
pub(super) const WORDS: &[&str] = &[
    "eight-letters",
    "word",
    "last-letter",
    "repeated-letters",
    "any-twelve-letters",
    "cut-short",
];

/// The size of a small model.
const VOCABULARY: i64 = 7;
const D_MODEL: i64 = 4;
const SMALL: Size = Size {
    layers: Some(2),
    d_model: D_MODEL,
    inner: D_MODEL,
    d_ff: 5,
};

/// Adds the cases of `embed`.
pub(super) fn of_embed(task: Task) -> Task {
    let inputs = |shape: [i64; 2], vocabulary: i64, d_model: i64| {
        move |random: &Random| {
            let tokens = random
                .permutation(shape[0] * shape[1])
                .remainder(vocabulary)
                .view(shape);
            Inputs::default().with("tokens", tokens).with(
                "embedding",
                random.normal(&[vocabulary, d_model]) / (d_model as f64).sqrt(),
            )
        }
    };
    task.case(
        "plain",
        "2 sequences of 5 tokens out of 7, with 6 features",
        inputs([2, 5], 7, 6),
    )
    .case(
        "square",
        "as many sequences as positions and as many tokens as features",
        inputs([4, 4], 8, 8),
    )
    .case(
        "odd-width",
        "5 features: the last column of the positions is a sine without its cosine",
        inputs([1, 3], 6, 5),
    )
    .case(
        "one-token",
        "one token, as when the target has only begun",
        inputs([1, 1], 4, 3),
    )
}

/// Adds the cases of `encode`.
pub(super) fn of_encode(task: Task) -> Task {
    let encoder = |random: &Random, inputs: Inputs, vocabulary: i64, d_model: i64| {
        let size = Size {
            d_model,
            inner: d_model,
            ..SMALL
        };
        random_weights::add(
            small_model(random, inputs, vocabulary, d_model),
            random,
            size,
            encoder_names!("encoder."),
        )
    };
    task.case(
        "plain",
        "2 blocks, 2 sources of 3 tokens, none of them padding",
        move |random| {
            let source = Tensor::from_slice(&[3_i64, 5, 2, 6, 4, 2]).view([2, 3]);
            encoder(
                random,
                Inputs::default().with("source", source),
                VOCABULARY,
                D_MODEL,
            )
        },
    )
    .case(
        "padding",
        "of 5 positions, the first source uses 4 and the second 3; 0 is padding",
        move |random| {
            encoder(
                random,
                Inputs::default().with("source", padded()),
                VOCABULARY,
                D_MODEL,
            )
        },
    )
    .case("square", "as many positions as features", move |random| {
        let source = Tensor::from_slice(&[4_i64, 3, 2, 0]).view([1, 4]);
        encoder(
            random,
            Inputs::default().with("source", source),
            D_MODEL + 1,
            D_MODEL,
        )
    })
    .case("trained", "the trained model reads `encode`", |_| {
        Inputs::default().with("source", row(&source("encode")))
    })
}

/// Adds the cases of `decode`.
pub(super) fn of_decode(task: Task) -> Task {
    let decoder = |random: &Random, source: Tensor, target: Tensor, vocabulary: i64| {
        let memory = random.normal(&[source.size()[0], source.size()[1], D_MODEL]);
        let inputs = Inputs::default()
            .with("source", source)
            .with("target", target)
            .with("memory", memory);
        random_weights::add(
            small_model(random, inputs, vocabulary, D_MODEL),
            random,
            SMALL,
            decoder_names!("decoder."),
        )
    };
    let target = || Tensor::from_slice(&[1_i64, 5, 3, 1, 4, 6]).view([2, 3]);
    task.case(
        "plain",
        "2 blocks, 2 targets of 3 tokens, sources of 4 without padding",
        move |random| {
            let source = Tensor::from_slice(&[3_i64, 5, 6, 2, 6, 4, 3, 2]).view([2, 4]);
            decoder(random, source, target(), VOCABULARY)
        },
    )
    .case(
        "padding",
        "of 5 source positions, the first batch element uses 4 and the second 3",
        move |random| decoder(random, padded(), target(), VOCABULARY),
    )
    .case(
        "square",
        "as many tokens as features: here a missing transposition has the right shape",
        move |random| {
            let (source, target) = (
                Tensor::from_slice(&[3_i64, 2, 0]),
                Tensor::from_slice(&[1_i64, 3, 3]),
            );
            decoder(random, source.view([1, 3]), target.view([1, 3]), D_MODEL)
        },
    )
    .case(
        "trained",
        "the trained model has read `made` and has written `eda` so far",
        |_| {
            let (source, weights) = (row(&source("made")), trained());
            let memory = model::encode(&weights, &source)
                .pop()
                .expect("at least the embedding");
            let target = [&[START], &tokens("eda")[..]].concat();
            Inputs::default()
                .with("source", source)
                .with("target", row(&target))
                .with("memory", memory)
        },
    )
}

/// Adds the cases of `greedy_decode`, all with the trained model.
pub(super) fn of_greedy_decode(task: Task) -> Task {
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
}

/// Adds the heads and the embedding of a small model.
fn small_model(random: &Random, inputs: Inputs, vocabulary: i64, d_model: i64) -> Inputs {
    let embedding = random.normal(&[vocabulary, d_model]) / (d_model as f64).sqrt();
    inputs.with("heads", 2_i64).with("embedding", embedding)
}

/// Two sources of different lengths, padded.
fn padded() -> Tensor {
    Tensor::from_slice(&[3_i64, 6, 4, 2, 0, 5, 3, 2, 0, 0]).view([2, 5])
}

/// A batch of one.
fn row(tokens: &[i64]) -> Tensor {
    Tensor::from_slice(tokens).unsqueeze(0)
}
