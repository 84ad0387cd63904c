//! The wrong ways of building a transformer: the right steps, with one taken differently.

use tch::{Kind, Tensor};

use super::cases::{RANDOM, SQUARE};
use super::model::{embed, padding_mask, rows};
use super::steps::{DECODING, Decoding, ENCODING, Encoding, Source};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::positional_encoding;
use crate::sublayers::{attention, causal_mask, feed_forward, norm};
use crate::task::Task;
use crate::vocabulary::{END, PADDING};

/// Adds those of `embed`.
pub(super) fn of_embed(task: Task) -> Task {
    task.mistake("no-root-d-model", |x| looked_up(x) + positions(x, 0))
        .mistake("divided-by-root-d-model", |x| {
            looked_up(x) / root(x) + positions(x, 0)
        })
        .mistake("scaled-by-d-model", |x| {
            looked_up(x) * root(x).powi(2) + positions(x, 0)
        })
        .mistake("positions-before-scaling", |x| {
            (looked_up(x) + positions(x, 0)) * root(x)
        })
        .mistake("no-positions", |x| looked_up(x) * root(x))
        .mistake("positions-from-1", |x| {
            looked_up(x) * root(x) + positions(x, 1)
        })
        .mistake("tokens-as-positions", |x| {
            let all =
                positional_encoding::formula(x["embedding"].size()[0], x["embedding"].size()[1], 0);
            looked_up(x) * root(x) + rows(&all, &x["tokens"])
        })
        .mistake("padding-as-zero", |x| {
            let is_token = x["tokens"].not_equal(PADDING).unsqueeze(2);
            looked_up(x) * root(x) * is_token + positions(x, 0)
        })
        .mistake("embedding-transposed", |x| {
            rows(&x["embedding"].tr(), &x["tokens"]) * root(x) + positions(x, 0)
        })
        .only_in(SQUARE)
        .mistake("batch-as-position", |x| {
            looked_up(x) * root(x) + positions(x, 0).unsqueeze(1)
        })
        .only_in(SQUARE)
}

/// Adds those of `encode`.
pub(super) fn of_encode(task: Task) -> Task {
    let by = |steps: Encoding| move |x: &Inputs| steps.run(x);
    task.mistake(
        "source-mask-forgotten",
        by(Encoding {
            mask: |_| None,
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "source-mask-inverted",
        by(Encoding {
            mask: |source| Some(padding_mask(source, source.size()[1]).logical_not()),
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "source-mask-transposed",
        by(Encoding {
            mask: |source| Some(padding_mask(source, source.size()[1]).transpose(1, 2)),
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "end-masked",
        by(Encoding {
            mask: |source| {
                Some(padding_mask(
                    &source.masked_fill(&source.eq(END), 0),
                    source.size()[1],
                ))
            },
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "causal-encoder",
        by(Encoding {
            mask: |source| {
                Some(padding_mask(source, source.size()[1]).logical_and(&causal_mask(source)))
            },
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "blocks-in-reverse",
        by(Encoding {
            order: in_reverse,
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "first-block-again",
        by(Encoding {
            order: first_again,
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "every-block-reads-the-embedding",
        by(Encoding {
            next: |embedded, _| embedded.shallow_clone(),
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "pre-norm-blocks",
        by(Encoding {
            layer: |w, heads, x, mask| {
                let normed = norm(w, 1, x);
                let x = x + attention(w, heads, &normed, &normed, mask).output;
                &x + feed_forward(w, &norm(w, 2, &x))
            },
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "positions-forgotten",
        by(Encoding {
            embed: without_positions,
            ..ENCODING
        }),
    )
    .only_in(RANDOM)
}

/// Adds those of `decode`.
pub(super) fn of_decode(task: Task) -> Task {
    let by = |steps: Decoding| move |x: &Inputs| steps.run(x);
    task.mistake(
        "source-mask-forgotten",
        by(Decoding {
            mask: |_, _| None,
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "source-mask-inverted",
        by(Decoding {
            mask: |source, queries| Some(padding_mask(source, queries).logical_not()),
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    // Elsewhere the target is shorter than the source, and the mask fits no attention.
    .mistake("mask-from-the-target", |x| {
        DECODING.run(&x.clone().with("source", x["target"].copy()))
    })
    .only_in(SQUARE)
    .mistake(
        "end-masked",
        by(Decoding {
            mask: |source, queries| {
                Some(padding_mask(
                    &source.masked_fill(&source.eq(END), 0),
                    queries,
                ))
            },
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "positions-from-1",
        by(Decoding {
            embed: |tokens, embedding| {
                let shifted = Tensor::cat(&[&tokens.narrow(1, 0, 1), tokens], 1);
                embed(&shifted, embedding).narrow(1, 1, tokens.size()[1])
            },
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "positions-forgotten",
        by(Decoding {
            embed: without_positions,
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "causal-mask-forgotten",
        by(Decoding {
            layer: not_causal,
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "blocks-in-reverse",
        by(Decoding {
            order: in_reverse,
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "first-block-again",
        by(Decoding {
            order: first_again,
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "logits-as-probabilities",
        by(Decoding {
            logits: |last, embedding| last.matmul(&embedding.tr()).softmax(-1, Kind::Float),
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "logits-scaled",
        by(Decoding {
            logits: |last, embedding| {
                last.matmul(&embedding.tr()) * (embedding.size()[1] as f64).sqrt()
            },
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "logits-divided",
        by(Decoding {
            logits: |last, embedding| {
                last.matmul(&embedding.tr()) / (embedding.size()[1] as f64).sqrt()
            },
            ..DECODING
        }),
    )
    .only_in(RANDOM)
    .mistake(
        "embedding-transposed",
        by(Decoding {
            logits: |last, embedding| last.matmul(embedding),
            ..DECODING
        }),
    )
    .only_in(SQUARE)
}

/// The rows of the embedding that the tokens choose.
fn looked_up(x: &Inputs) -> Tensor {
    rows(&x["embedding"], &x["tokens"])
}

fn positions(x: &Inputs, offset: i64) -> Tensor {
    positional_encoding::formula(x["tokens"].size()[1], x["embedding"].size()[1], offset)
}

/// √d_model.
fn root(x: &Inputs) -> f64 {
    (x["embedding"].size()[1] as f64).sqrt()
}

fn without_positions(tokens: &Tensor, embedding: &Tensor) -> Tensor {
    rows(embedding, tokens) * (embedding.size()[1] as f64).sqrt()
}

fn in_reverse(mut layers: Vec<Weights>) -> Vec<Weights> {
    layers.reverse();
    layers
}

fn first_again(layers: Vec<Weights>) -> Vec<Weights> {
    layers.iter().map(|_| layers[0].clone()).collect()
}

/// A decoder block without its causal mask.
fn not_causal(w: &Weights, heads: i64, x: &Tensor, (memory, mask): Source<'_>) -> (Tensor, Tensor) {
    let own = attention(&w.part("self_"), heads, x, x, None);
    let x = norm(w, 1, &(x + own.output));
    let cross = attention(&w.part("cross_"), heads, &x, memory, mask);
    let x = norm(w, 2, &(x + cross.output));
    let output = norm(w, 3, &(&x + feed_forward(w, &x)));
    (output, cross.weights)
}
