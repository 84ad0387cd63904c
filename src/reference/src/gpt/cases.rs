//! The cases of GPT-2: small random weights, each of a different size.

use tch::Tensor;

use crate::equal_scores::with_one_entry;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// The cases of `embed` with a position after the last that is used.
pub(super) const ROOM_FOR_ONE_MORE: &[&str] = &["plain", "past", "one-token"];

/// The cases of `embed` in which every number of a token is the number of a position, too.
pub(super) const TOKENS_ARE_POSITIONS: &[&str] = &["plain", "square"];

/// The cases with positions enough for all tokens of the batch one after the other.
pub(super) const POSITIONS_FOR_THE_BATCH: &[&str] = &["plain", "past"];

/// The cases of `block` in which every form of a mistake shows.
pub(super) const TELLING: &[&str] = &["plain", "square"];

/// The case of `block` that shows the mistakes for which it is enough.
pub(super) const PLAIN: &[&str] = &["plain"];

/// The cases in which a transposed matrix has the right shape.
pub(super) const SQUARE: &[&str] = &["square"];

/// The case of `next_tokens` in which every sequence has padding.
pub(super) const ALL_PADDED: &[&str] = &["padding"];

/// Adds the cases of `embed`.
pub(super) fn of_embed(task: Task) -> Task {
    let inputs = |shape: [i64; 2], past: i64, [vocabulary, context, d_model]: [i64; 3]| {
        move |random: &Random| {
            Inputs::default()
                .with("tokens", tokens(random, shape, vocabulary))
                .with("past", past)
                .with("token_embedding", random.normal(&[vocabulary, d_model]))
                .with("position_embedding", random.normal(&[context, d_model]))
        }
    };
    task.case(
        "plain",
        "2 sequences of 5 tokens out of 7, with 4 features, at the beginning of 11 positions",
        inputs([2, 5], 0, [7, 11, 4]),
    )
    .case(
        "past",
        "3 tokens came before: 2 sequences of 4 tokens at positions 3 to 6",
        inputs([2, 4], 3, [6, 13, 5]),
    )
    .case(
        "whole-context",
        "the last token is at the last position that the model has",
        inputs([1, 3], 4, [5, 7, 2]),
    )
    .case(
        "square",
        "as many sequences, tokens and features as positions: here the wrong table fits",
        inputs([4, 4], 0, [4, 4, 4]),
    )
    .case(
        "one-token",
        "one token after 6 others, as when a text is written with a cache",
        inputs([1, 1], 6, [5, 9, 3]),
    )
}

/// Adds the cases of `block`.
pub(super) fn of_block(task: Task) -> Task {
    task.case(
        "plain",
        "2 batch elements, 3 positions, 2 heads of 3 features, d_ff of 7",
        |random| a_block(random, 2, [2, 3, 6], 7),
    )
    .case(
        "square",
        "d_ff equals d_model: here transposed matrices have the right shape",
        |random| a_block(random, 2, [1, 4, 4], 4),
    )
    .case(
        "quiet",
        "one position, 1 head, and numbers of about 0.001: compared with their variance, an ε of \
         10⁻¹² is too small",
        |random| {
            let inputs = a_block(random, 1, [1, 1, 4], 3);
            let (x, b_qkv, b_o) = (
                &inputs["x"] * 1e-3,
                inputs["b_qkv"].zeros_like(),
                &inputs["b_o"] * 1e-3,
            );
            inputs.with("x", x).with("b_qkv", b_qkv).with("b_o", b_o)
        },
    )
}

/// Adds the cases of `logits`.
pub(super) fn of_logits(task: Task) -> Task {
    let inputs = |[batch, length, d_model]: [i64; 3], vocabulary: i64, size: f64| {
        move |random: &Random| {
            let inputs = Inputs::default()
                .with("x", random.normal(&[batch, length, d_model]) * size)
                .with("token_embedding", random.normal(&[vocabulary, d_model]));
            a_norm(inputs, random, d_model)
        }
    };
    task.case(
        "plain",
        "2 batch elements, 3 positions, 4 features, 7 tokens",
        inputs([2, 3, 4], 7, 1.0),
    )
    .case(
        "square",
        "as many tokens as features: here a missing transposition has the right shape",
        inputs([2, 5, 5], 5, 1.0),
    )
    .case(
        "loud",
        "numbers of about 30, as after many blocks: the last norm brings them back to 1",
        inputs([1, 3, 6], 5, 30.0),
    )
    .case(
        "quiet",
        "numbers of about 0.001: compared with their variance, an ε of 10⁻¹² is too small",
        inputs([1, 4, 3], 5, 1e-3),
    )
    .case(
        "one-position",
        "only the newest token, as when a text is written with a cache",
        inputs([1, 1, 4], 6, 1.0),
    )
}

/// Adds the cases of `next_tokens`.
pub(super) fn of_next_tokens(task: Task) -> Task {
    task.case(
        "plain",
        "2 blocks, 9 sequences of up to 5 tokens out of 11",
        |random| model(random, &[4, 5, 2, 3, 5, 1, 4, 3, 5], 5, Size::default()),
    )
    .case(
        "padding",
        "2 blocks; all 7 sequences have padding, at least 2 of 5 positions",
        |random| model(random, &[3, 1, 2, 3, 3, 2, 3], 5, Size::default()),
    )
    .case(
        "whole-context",
        "3 blocks; the sequences are as long as the context of the model",
        |random| {
            let size = Size {
                blocks: 3,
                heads: 3,
            };
            model(random, &[8, 7, 8, 6, 8, 5, 7, 8, 3, 8, 4, 7], 8, size)
        },
    )
    .case("one-token", "1 block; prompts of one token", |random| {
        let size = Size {
            blocks: 1,
            heads: 1,
        };
        model(random, &[1; 7], 1, size)
    })
    .case(
        "equals",
        "each token has a twin with the same embedding, so two scores are always equal",
        |random| {
            let inputs = model(random, &[3, 4, 2, 4], 4, Size::default());
            let half = with_one_entry(&inputs["token_embedding"].narrow(0, 0, 5));
            let tokens = inputs["tokens"].remainder(5);
            inputs
                .with("tokens", tokens)
                .with("token_embedding", Tensor::cat(&[&half, &half], 0))
        },
    )
    .case(
        "first-and-last",
        "the embeddings of the first and of the last token are long and opposite, so one of them is \
         the best; token 1 is the twin of token 0",
        |random| {
            let inputs = model(random, &[2, 1, 3, 2, 3, 3, 1, 2], 3, Size::default());
            let table = &inputs["token_embedding"];
            let long = with_one_entry(&table.narrow(0, 0, 1)) * 4.0;
            let others = table.narrow(0, 2, 8);
            let table = Tensor::cat(&[&long, &long, &others, &(-&long)], 0);
            inputs.with("token_embedding", table)
        },
    )
}

/// The sizes in which models differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) blocks: i64,
    pub(crate) heads: i64,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            blocks: 2,
            heads: 2,
        }
    }
}

/// A whole model, and sequences of these lengths with padding up to `longest`.
pub(crate) fn model(random: &Random, lengths: &[i64], longest: i64, size: Size) -> Inputs {
    const VOCABULARY: i64 = 11;
    const CONTEXT: i64 = 8;
    const WIDTH: i64 = 6;
    let batch = lengths.len() as i64;
    let inputs = Inputs::default()
        .with("tokens", tokens(random, [batch, longest], VOCABULARY))
        .with("lengths", Tensor::from_slice(lengths))
        .with("heads", size.heads)
        .with("token_embedding", random.normal(&[VOCABULARY, WIDTH]))
        .with("position_embedding", random.normal(&[CONTEXT, WIDTH]));
    let inputs = a_norm(inputs, random, WIDTH);
    // A large β gives every position the same favourite, and then no position differs from another.
    let beta = &inputs["beta_f"] * 0.3;
    let inputs = inputs.with("beta_f", beta);
    add_block(inputs, random, &[size.blocks], [WIDTH, 7])
}

/// An input of this shape, and the weights of a block for it.
fn a_block(random: &Random, heads: i64, shape: [i64; 3], d_ff: i64) -> Inputs {
    let inputs = Inputs::default()
        .with("x", random.normal(&shape))
        .with("heads", heads);
    add_block(inputs, random, &[], [shape[2], d_ff])
}

/// Adds the weights of a block, or of a stack of blocks on a first axis, such that the variance stays near 1.
fn add_block(inputs: Inputs, random: &Random, stack: &[i64], [d_model, d_ff]: [i64; 2]) -> Inputs {
    let normal = |shape: &[i64]| random.normal(&[stack, shape].concat());
    let matrix = |d_in: i64, d_out: i64| normal(&[d_in, d_out]) / (d_in as f64).sqrt();
    // Neither so small that it would hardly show when one is left out, nor larger than what it is added to.
    let vector = |length: i64| normal(&[length]) * 0.5;
    inputs
        .with("gamma_1", vector(d_model) + 1.0)
        .with("beta_1", vector(d_model))
        .with("w_qkv", matrix(d_model, 3 * d_model))
        .with("b_qkv", vector(3 * d_model))
        .with("w_o", matrix(d_model, d_model))
        .with("b_o", vector(d_model))
        .with("gamma_2", vector(d_model) + 1.0)
        .with("beta_2", vector(d_model))
        .with("w_fc", matrix(d_model, d_ff))
        .with("b_fc", vector(d_ff))
        .with("w_proj", matrix(d_ff, d_model))
        .with("b_proj", vector(d_model))
}

/// Adds the last norm.
fn a_norm(inputs: Inputs, random: &Random, d_model: i64) -> Inputs {
    inputs
        .with("gamma_f", random.normal(&[d_model]) * 0.5 + 1.0)
        .with("beta_f", random.normal(&[d_model]) * 0.5)
}

/// Sequences in which all tokens come up about equally often.
fn tokens(random: &Random, shape: [i64; 2], vocabulary: i64) -> Tensor {
    random
        .permutation(shape[0] * shape[1])
        .remainder(vocabulary)
        .view(shape)
}
