//! The cases of the transformer: small random models, and the trained one.

mod greedy;
mod small;

use tch::Tensor;

use self::small::{Small, WIDTH};
use super::model;
use super::trained;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;
use crate::vocabulary::{START, source, tokens};

pub(super) use greedy::{MOST_TOKENS, WORDS, of_greedy_decode};

/// The cases with small random weights.
pub(super) const RANDOM: &[&str] = &["plain", "padding", "square"];

/// The case in which there are as many tokens as features.
pub(super) const SQUARE: &[&str] = &["square"];

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
    let encoder = |random: &Random, source: Tensor, small: Small| {
        let inputs = Inputs::default().with("source", source);
        small.add_encoder(small.add_embedding(inputs, random), random)
    };
    task.case(
        "plain",
        "2 blocks, 2 sources of 3 tokens, none of them padding",
        move |random| {
            let source = Tensor::from_slice(&[3_i64, 5, 2, 6, 4, 2]).view([2, 3]);
            encoder(random, source, Small::default())
        },
    )
    .case(
        "padding",
        "3 blocks; of 5 positions, the first source uses 4 and the second 3; 0 is padding",
        move |random| encoder(random, padded(), Small::of_blocks(3)),
    )
    .case(
        "square",
        "as many positions as features; 1 block, with 1 head",
        move |random| {
            let source = Tensor::from_slice(&[4_i64, 3, 2, 0]).view([1, 4]);
            let small = Small {
                vocabulary: WIDTH + 1,
                blocks: 1,
                heads: 1,
            };
            encoder(random, source, small)
        },
    )
    .case("trained", "the trained model reads `encode`", |_| {
        Inputs::default().with("source", row(&source("encode")))
    })
}

/// Adds the cases of `decode`.
pub(super) fn of_decode(task: Task) -> Task {
    let decoder = |random: &Random, source: Tensor, target: Tensor, small: Small| {
        let memory = random.normal(&[source.size()[0], source.size()[1], WIDTH]);
        let inputs = Inputs::default()
            .with("source", source)
            .with("target", target)
            .with("memory", memory);
        small.add_decoder(small.add_embedding(inputs, random), random)
    };
    let target = || Tensor::from_slice(&[1_i64, 5, 3, 1, 4, 6]).view([2, 3]);
    task.case(
        "plain",
        "2 blocks, 2 targets of 3 tokens, sources of 4 without padding",
        move |random| {
            let source = Tensor::from_slice(&[3_i64, 5, 6, 2, 6, 4, 3, 2]).view([2, 4]);
            decoder(random, source, target(), Small::default())
        },
    )
    .case(
        "padding",
        "3 blocks; of 5 source positions, the first batch element uses 4 and the second 3",
        move |random| decoder(random, padded(), target(), Small::of_blocks(3)),
    )
    .case(
        "square",
        "as many tokens as features: here a missing transposition has the right shape; 1 block, \
         with 1 head",
        move |random| {
            let (source, target) = (
                Tensor::from_slice(&[3_i64, 2, 0]),
                Tensor::from_slice(&[1_i64, 3, 3]),
            );
            let small = Small {
                vocabulary: WIDTH,
                blocks: 1,
                heads: 1,
            };
            decoder(random, source.view([1, 3]), target.view([1, 3]), small)
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

/// Two sources of different lengths, padded.
fn padded() -> Tensor {
    Tensor::from_slice(&[3_i64, 6, 4, 2, 0, 5, 3, 2, 0, 0]).view([2, 5])
}

/// A batch of one.
fn row(tokens: &[i64]) -> Tensor {
    Tensor::from_slice(tokens).unsqueeze(0)
}
