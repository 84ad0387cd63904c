//! The cases of Llama: small random weights, each of a different size.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// The case of `rotate` in which axes have equal lengths, so that any of them can be taken for another.
pub(super) const SQUARE: &[&str] = &["square"];

/// The cases of `rotate` with a base other than 10,000.
pub(super) const OTHER_BASES: &[&str] = &["past", "far-out"];

/// The case of `rotate` that tells enough about the angles.
pub(super) const TURNING: &[&str] = &["past"];

/// The case of `grouped_query_attention` in which a head divided by the number of key heads is a key head.
pub(super) const MORE_KEY_HEADS: &[&str] = &["three-groups"];

/// The case of `grouped_query_attention` that tells enough about the groups.
pub(super) const GROUPED: &[&str] = &["plain"];

/// The case of `grouped_query_attention` that tells enough about masks and softmax.
pub(super) const MASKED: &[&str] = &["one-key-head"];

/// The cases of `grouped_query_attention` with and without a past, for a mask that is forgotten in both.
pub(super) const UNMASKED: &[&str] = &["one-key-head", "three-groups"];

/// The case of `self_attention` that tells enough about a mistake with the past.
pub(super) const WITH_A_PAST: &[&str] = &["past"];

/// The case of `self_attention` that tells enough about a mistake without a past.
pub(super) const TELLING: &[&str] = &["prompt"];

/// The case of `self_attention` with a base other than 10,000 and several positions.
pub(super) const BASE_OF_ATTENTION: &[&str] = &["prompt"];

/// The case of a block in which transposed matrices have the right shape.
pub(super) const SQUARE_WEIGHTS: &[&str] = &["square"];

/// The case of a block with numbers so small that ε counts.
pub(super) const QUIET: &[&str] = &["quiet"];

/// The case of `block` that tells enough.
pub(super) const BLOCKS: &[&str] = &["prompt"];

/// The case of `logits` that tells enough about the head and the blocks.
pub(super) const TEXTS: &[&str] = &["untied"];

/// The cases of `logits` with a head of their own.
pub(super) const UNTIED: &[&str] = &["untied", "token-by-token"];

/// The cases of `logits` that are read in several pieces.
pub(super) const PIECES: &[&str] = &["tied", "token-by-token"];

/// Adds the cases of `rotate`.
pub(super) fn of_rotate(task: Task) -> Task {
    let inputs = |shape: [i64; 3], past: i64, base: f64| {
        move |random: &Random| {
            Inputs::default()
                .with("x", random.normal(&shape))
                .with("past", past)
                .with("base", base)
        }
    };
    task.case(
        "plain",
        "3 heads of 6 features, 4 positions from 0 on",
        inputs([3, 4, 6], 0, 1e4),
    )
    .case(
        "past",
        "7 positions came before, and the base is 100,000",
        inputs([3, 2, 8], 7, 1e5),
    )
    .case(
        "far-out",
        "positions from 300,000 on: there, an angle in f32 has lost its digits",
        inputs([1, 3, 10], 300_000, 5e5),
    )
    .case(
        "square",
        "as many heads as positions and pairs: here a transposed axis goes through",
        inputs([4, 4, 8], 2, 1e4),
    )
    .case(
        "one-token",
        "one position after 5, as when a text is written",
        inputs([2, 1, 4], 5, 1e4),
    )
}

/// Adds the cases of `grouped_query_attention`.
pub(super) fn of_attention(task: Task) -> Task {
    let inputs = |[heads, kv_heads]: [i64; 2], [new, past, head_dim]: [i64; 3]| {
        move |random: &Random| {
            let length = past + new;
            Inputs::default()
                .with("queries", random.normal(&[heads, new, head_dim]))
                .with("keys", random.normal(&[kv_heads, length, head_dim]))
                .with("values", random.normal(&[kv_heads, length, head_dim]))
        }
    };
    task.case(
        "plain",
        "6 query heads and 2 key heads, so groups of 3; 2 new positions after 3, 4 features",
        inputs([6, 2], [2, 3, 4]),
    )
    .case(
        "three-groups",
        "6 query heads and 3 key heads, so groups of 2; 3 positions of a prompt",
        inputs([6, 3], [3, 0, 4]),
    )
    .case(
        "one-key-head",
        "all 3 query heads share one key head: multi-query attention; 4 new positions after 2",
        inputs([3, 1], [4, 2, 5]),
    )
    .case(
        "groups-of-one",
        "as many key heads as query heads: plain multi-head attention",
        inputs([3, 3], [2, 3, 4]),
    )
    .case(
        "one-token",
        "one new position after 5; 4 query heads and 2 key heads",
        inputs([4, 2], [1, 5, 2]),
    )
}

/// The sizes of a block.
#[derive(Debug, Clone, Copy)]
struct Size {
    heads: i64,
    kv_heads: i64,
    head_dim: i64,
    d_model: i64,
    d_ff: i64,
    epsilon: f64,
    base: f64,
}

/// The sizes of most blocks.
const SIZE: Size = Size {
    heads: 4,
    kv_heads: 2,
    head_dim: 6,
    d_model: 7,
    d_ff: 9,
    epsilon: 1e-5,
    base: 1e4,
};

/// A block in which every matrix is square.
const ALL_SQUARE: Size = Size {
    heads: 2,
    kv_heads: 2,
    head_dim: 4,
    d_model: 8,
    d_ff: 8,
    ..SIZE
};

/// A block in which all query heads share one key head, with the other base and the other epsilon.
const SHARED: Size = Size {
    heads: 3,
    kv_heads: 1,
    head_dim: 4,
    d_model: 5,
    epsilon: 1e-6,
    base: 1e5,
    ..SIZE
};

/// Adds the cases of `self_attention`.
pub(super) fn of_self_attention(task: Task) -> Task {
    let narrow = Size {
        heads: 2,
        d_model: 4,
        base: 1e5,
        ..SIZE
    };
    task.case(
        "past",
        "2 new positions after 4; 4 query heads and 2 key heads of 6 features, d_model of 7",
        |random| a_block(random, SIZE, [2, 4]),
    )
    .case(
        "prompt",
        "4 positions of a prompt; 3 query heads share one key head, and the base is 100,000",
        |random| a_block(random, SHARED, [4, 0]),
    )
    .case(
        "one-token",
        "one new position after 3; groups of one, heads wider than d_model, a base of 100,000",
        move |random| a_block(random, narrow, [1, 3]),
    )
    .case(
        "square",
        "every matrix is square: here a transposed one has the right shape",
        |random| a_block(random, ALL_SQUARE, [2, 2]),
    )
}

/// Adds the cases of `block`.
pub(super) fn of_block(task: Task) -> Task {
    let quiet = Size {
        heads: 2,
        kv_heads: 1,
        head_dim: 2,
        d_model: 4,
        d_ff: 3,
        epsilon: 1e-6,
        ..SIZE
    };
    task.case(
        "past",
        "3 new positions after 2; 4 query heads and 2 key heads of 6 features, d_model of 7, d_ff of 9",
        |random| a_block(random, SIZE, [3, 2]),
    )
    .case(
        "prompt",
        "4 positions of a prompt; 3 query heads share one key head, ε is 10⁻⁶ and the base 100,000",
        |random| a_block(random, SHARED, [4, 0]),
    )
    .case(
        "quiet",
        "numbers of about 0.001, whose squares are as small as an ε of 10⁻⁶",
        move |random| {
            let inputs = a_block(random, quiet, [2, 1]);
            let (x, w_o) = (&inputs["x"] * 1e-3, &inputs["w_o"] * 1e-3);
            inputs.with("x", x).with("w_o", w_o)
        },
    )
    .case(
        "square",
        "every matrix is square: here a transposed one has the right shape",
        |random| a_block(random, ALL_SQUARE, [2, 1]),
    )
}

/// Adds the cases of `logits`.
pub(super) fn of_logits(task: Task) -> Task {
    let narrow = Size {
        heads: 2,
        kv_heads: 2,
        head_dim: 4,
        d_model: 6,
        ..SIZE
    };
    task.case(
        "tied",
        "2 blocks, tied weights, 6 tokens in pieces of 3, 1 and 2",
        |random| a_model(random, SIZE, 2, Head::Tied, &[3, 1, 2]),
    )
    .case(
        "untied",
        "3 blocks and a head of its own, 4 tokens at once, one key head, the other ε and base",
        |random| a_model(random, SHARED, 3, Head::Own, &[4]),
    )
    .case(
        "token-by-token",
        "1 block and a head of its own, 3 tokens one by one, groups of one",
        move |random| a_model(random, narrow, 1, Head::Own, &[1, 1, 1]),
    )
    .case(
        "quiet",
        "1 block and numbers of about 0.001, whose squares are as small as an ε of 10⁻⁶",
        move |random| {
            let size = Size {
                epsilon: 1e-6,
                ..narrow
            };
            let inputs = a_model(random, size, 1, Head::Own, &[2]);
            let quiet = ["token_embedding", "w_o", "w_down"];
            quiet.iter().fold(inputs, |inputs, name| {
                let small = &inputs[*name] * 1e-3;
                inputs.with(name, small)
            })
        },
    )
}

/// New positions and past ones, and the weights of a block for them.
fn a_block(random: &Random, size: Size, [new, past]: [i64; 2]) -> Inputs {
    let cache = [size.kv_heads, past, size.head_dim];
    let inputs = Inputs::default()
        .with("x", random.normal(&[new, size.d_model]))
        .with("past_keys", random.normal(&cache))
        .with("past_values", random.normal(&cache));
    add_blocks(inputs, random, size, &[])
}

/// The matrix of the head: E, or one of its own.
#[derive(Debug, Clone, Copy)]
enum Head {
    Tied,
    Own,
}

/// A whole model and a text in pieces.
fn a_model(random: &Random, size: Size, blocks: i64, head: Head, pieces: &[usize]) -> Inputs {
    const VOCABULARY: i64 = 9;
    let length = pieces.iter().sum::<usize>() as i64;
    let table = || random.normal(&[VOCABULARY, size.d_model]);
    let inputs = Inputs::default()
        .with(
            "tokens",
            random.permutation(VOCABULARY).narrow(0, 0, length),
        )
        .with_ids("pieces", pieces)
        .with("token_embedding", table())
        .with("head", table())
        .with("tied", i64::from(matches!(head, Head::Tied)))
        .with("gamma_f", random.normal(&[size.d_model]) * 0.5 + 1.0);
    add_blocks(inputs, random, size, &[blocks])
}

/// Adds the settings and the weights of a block, or of a stack of blocks on a first axis, such that the variance stays
/// near 1.
fn add_blocks(inputs: Inputs, random: &Random, size: Size, stack: &[i64]) -> Inputs {
    let normal = |shape: &[i64]| random.normal(&[stack, shape].concat());
    let matrix = |d_out: i64, d_in: i64| normal(&[d_out, d_in]) / (d_in as f64).sqrt();
    // Neither so close to 1 that it would hardly show when it is left out, nor so far that it hides the rest.
    let gamma = || -> Tensor { normal(&[size.d_model]) * 0.5 + 1.0 };
    let (inner, shared) = (size.heads * size.head_dim, size.kv_heads * size.head_dim);
    inputs
        .with("heads", size.heads)
        .with("kv_heads", size.kv_heads)
        .with("epsilon", size.epsilon)
        .with("base", size.base)
        .with("gamma_1", gamma())
        .with("w_q", matrix(inner, size.d_model))
        .with("w_k", matrix(shared, size.d_model))
        .with("w_v", matrix(shared, size.d_model))
        .with("w_o", matrix(size.d_model, inner))
        .with("gamma_2", gamma())
        .with("w_gate", matrix(size.d_ff, size.d_model))
        .with("w_up", matrix(size.d_ff, size.d_model))
        .with("w_down", matrix(size.d_model, size.d_ff))
}
