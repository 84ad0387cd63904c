//! The cases of all tasks but the first two and the last: small random weights, each of a different size.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::masks::{first_keys, padded_keys};
use crate::random::Random;
use crate::task::Task;

/// The case of `attention` with a bias and as many keys as queries.
pub(super) const SELF: &[&str] = &["plain"];

/// The cases of `attention` with a mask.
pub(super) const MASKED: &[&str] = &["masked"];

/// The cases in which a transposed matrix has the right shape.
pub(super) const SQUARE: &[&str] = &["square"];

/// The cases of `logits` in which the transposed matrix has the right shape.
pub(super) const SQUARE_HEADS: &[&str] = &["square"];

/// The cases of `feed_forward` with ReLU.
pub(super) const PLAIN: &[&str] = &["relu", "square"];

/// The cases of `feed_forward` with a gate.
pub(super) const GATED: &[&str] = &["gated", "square-gated"];

/// The cases of `logits` in which the matrix is the embedding.
pub(super) const TIED: &[&str] = &["tied", "square"];

/// The cases of `logits` in which the matrix is the head's own.
pub(super) const UNTIED: &[&str] = &["untied"];

/// The sizes of an attention.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    batch: i64,
    queries: i64,
    keys: i64,
    d_model: i64,
    heads: i64,
    head_dim: i64,
}

/// Adds the cases of `attention`.
pub(super) fn of_attention(task: Task) -> Task {
    task.case(
        "plain",
        "2 batch elements, 3 positions, 5 features, 2 heads of 4 features, with a bias",
        |random| {
            let sizes = Sizes {
                batch: 2,
                queries: 3,
                keys: 3,
                d_model: 5,
                heads: 2,
                head_dim: 4,
            };
            let inputs = attention(random, sizes);
            let source = inputs["x"].copy();
            with_bias(inputs.with("source", source), random, sizes)
        },
    )
    .case(
        "other-source",
        "cross-attention: keys and values from somewhere else, and no bias",
        |random| {
            let sizes = Sizes {
                batch: 3,
                queries: 2,
                keys: 2,
                d_model: 4,
                heads: 3,
                head_dim: 2,
            };
            attention(random, sizes)
        },
    )
    .case(
        "masked",
        "more keys than queries, and padding: one query of batch element 1 may attend to nothing",
        |random| {
            let sizes = Sizes {
                batch: 2,
                queries: 2,
                keys: 5,
                d_model: 6,
                heads: 2,
                head_dim: 2,
            };
            let mask = Tensor::stack(&[first_keys(5, &[4, 2]), first_keys(5, &[3, 0])], 0);
            with_bias(attention(random, sizes).with("mask", mask), random, sizes)
        },
    )
    .case(
        "square",
        "as many features as the heads have together: here transposed matrices have the right shape",
        |random| {
            let sizes = Sizes {
                batch: 1,
                queries: 4,
                keys: 4,
                d_model: 6,
                heads: 3,
                head_dim: 2,
            };
            with_bias(attention(random, sizes), random, sizes)
        },
    )
}

/// Adds the cases of `feed_forward`.
pub(super) fn of_feed_forward(task: Task) -> Task {
    // Where numbers are about 2, both forms of GELU differ the most.
    let inputs = |gated: bool, shape: [i64; 3], d_ff: i64| {
        move |random: &Random| {
            let inputs = Inputs::default().with("x", random.normal(&shape) * 2.0);
            add_feed_forward(inputs, random, gated, [shape[2], d_ff])
        }
    };
    task.case(
        "relu",
        "version 1.0: 2 batch elements, 3 positions, 4 features, d_ff of 7",
        inputs(false, [2, 3, 4], 7),
    )
    .case(
        "gated",
        "version 1.1: 3 batch elements, 2 positions, 5 features, d_ff of 6",
        inputs(true, [3, 2, 5], 6),
    )
    .case(
        "square",
        "version 1.0, and d_ff equals d_model: here transposed matrices have the right shape",
        inputs(false, [1, 3, 5], 5),
    )
    .case(
        "square-gated",
        "version 1.1, and d_ff equals d_model",
        inputs(true, [1, 3, 4], 4),
    )
}

/// Adds the cases of `decoder_block`.
pub(super) fn of_block(task: Task) -> Task {
    task.case(
        "relu",
        "version 1.0: 2 batch elements, 3 positions, a source of 5 with padding, 2 heads of 3 features, d_model of 4",
        |random| {
            let sizes = Sizes {
                batch: 2,
                queries: 3,
                keys: 5,
                d_model: 4,
                heads: 2,
                head_dim: 3,
            };
            a_block(random, sizes, false, 7).with("mask", padded_keys(3, 5, &[4, 2]))
        },
    )
    .case(
        "gated",
        "version 1.1: a source that is as long as the target, and as many features as the heads have together",
        |random| {
            let sizes = Sizes {
                batch: 1,
                queries: 3,
                keys: 3,
                d_model: 4,
                heads: 2,
                head_dim: 2,
            };
            a_block(random, sizes, true, 5)
        },
    )
    .case(
        "quiet",
        "one position, and numbers of about 0.001: here an ε of 10⁻⁵ is too large",
        |random| {
            let sizes = Sizes {
                batch: 1,
                queries: 1,
                keys: 2,
                d_model: 5,
                heads: 1,
                head_dim: 2,
            };
            let inputs = a_block(random, sizes, false, 3);
            let x = &inputs["x"] * 1e-3;
            inputs.with("x", x)
        },
    )
}

/// Adds the cases of `logits`.
pub(super) fn of_logits(task: Task) -> Task {
    let inputs = |tied: bool, [batch, length, d_model]: [i64; 3], vocabulary: i64, size: f64| {
        move |random: &Random| {
            Inputs::default()
                .with("x", random.normal(&[batch, length, d_model]) * size)
                .with("gamma_f", random.normal(&[d_model]) * 0.5 + 1.0)
                .with("matrix", random.normal(&[vocabulary, d_model]))
                .with("tied", i64::from(tied))
        }
    };
    task.case(
        "tied",
        "the embedding once more: 2 batch elements, 3 positions, 4 features, 7 tokens",
        inputs(true, [2, 3, 4], 7, 1.0),
    )
    .case(
        "untied",
        "a matrix of its own: 2 batch elements, 3 positions, 5 features, 6 tokens",
        inputs(false, [2, 3, 5], 6, 1.0),
    )
    .case(
        "square",
        "as many tokens as features: here the transposed embedding has the right shape",
        inputs(true, [1, 4, 5], 5, 1.0),
    )
    .case(
        "loud",
        "numbers of about 30, as after many blocks: the last norm brings them back to 1",
        inputs(true, [1, 3, 6], 5, 30.0),
    )
    .case(
        "quiet",
        "numbers of about 0.001: here an ε of 10⁻⁵ is too large",
        inputs(true, [1, 4, 3], 5, 1e-3),
    )
    .case(
        "one-position",
        "a matrix of its own, and only the newest token, as when a text is written with a cache",
        inputs(false, [1, 1, 4], 6, 1.0),
    )
}

/// An input and a source of these sizes, and an attention's weights.
fn attention(random: &Random, sizes: Sizes) -> Inputs {
    let inputs = Inputs::default()
        .with(
            "x",
            random.normal(&[sizes.batch, sizes.queries, sizes.d_model]),
        )
        .with(
            "source",
            random.normal(&[sizes.batch, sizes.keys, sizes.d_model]),
        )
        .with("heads", sizes.heads);
    let [w_q, w_k, w_v, w_o] = attention_weights(random, &[], sizes);
    inputs
        .with("w_q", w_q)
        .with("w_k", w_k)
        .with("w_v", w_v)
        .with("w_o", w_o)
}

fn with_bias(inputs: Inputs, random: &Random, sizes: Sizes) -> Inputs {
    inputs.with(
        "bias",
        random.normal(&[sizes.heads, sizes.queries, sizes.keys]),
    )
}

/// W_Q, W_K, W_V and W_O, or a stack of each. The scores are not divided by √d_k, so W_Q is smaller by as much, as it is
/// in a T5 at the beginning of its training.
fn attention_weights(random: &Random, stack: &[i64], sizes: Sizes) -> [Tensor; 4] {
    let (d_model, inner) = (sizes.d_model, sizes.heads * sizes.head_dim);
    let into = || random.normal(&[stack, &[inner, d_model]].concat()) / (d_model as f64).sqrt();
    let w_o = random.normal(&[stack, &[d_model, inner]].concat()) / (inner as f64).sqrt();
    [into() / (sizes.head_dim as f64).sqrt(), into(), into(), w_o]
}

/// Adds the weights of a feed-forward network.
fn add_feed_forward(
    inputs: Inputs,
    random: &Random,
    gated: bool,
    [d_model, d_ff]: [i64; 2],
) -> Inputs {
    let into = || random.normal(&[d_ff, d_model]) / (d_model as f64).sqrt();
    let inputs = inputs.with("gated", i64::from(gated)).with(
        "w_out",
        random.normal(&[d_model, d_ff]) / (d_ff as f64).sqrt(),
    );
    if gated {
        inputs.with("w_gate", into()).with("w_value", into())
    } else {
        inputs.with("w_in", into())
    }
}

/// An input, a memory, a bias and the weights of a block of the decoder.
fn a_block(random: &Random, sizes: Sizes, gated: bool, d_ff: i64) -> Inputs {
    let Sizes {
        batch,
        queries,
        keys,
        d_model,
        heads,
        ..
    } = sizes;
    let gamma = || random.normal(&[d_model]) * 0.5 + 1.0;
    let inputs = Inputs::default()
        .with("x", random.normal(&[batch, queries, d_model]))
        .with("memory", random.normal(&[batch, keys, d_model]))
        .with("heads", heads)
        .with("bias", random.normal(&[heads, queries, queries]))
        .with("gamma_1", gamma())
        .with("gamma_2", gamma())
        .with("gamma_3", gamma());
    let [w_q, w_k, w_v, w_o] = attention_weights(random, &[], sizes);
    let inputs = inputs
        .with("self_w_q", w_q)
        .with("self_w_k", w_k)
        .with("self_w_v", w_v)
        .with("self_w_o", w_o);
    let [w_q, w_k, w_v, w_o] = attention_weights(random, &[], sizes);
    let inputs = inputs
        .with("cross_w_q", w_q)
        .with("cross_w_k", w_k)
        .with("cross_w_v", w_v)
        .with("cross_w_o", w_o);
    add_feed_forward(inputs, random, gated, [d_model, d_ff])
}
