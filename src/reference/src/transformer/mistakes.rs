//! The wrong ways of building a transformer: the right steps, with one taken differently.

use std::iter;

use tch::{Kind, Tensor};

use super::cases::{RANDOM, SQUARE, WORDS};
use super::model::{END, PADDING, causal, embed, real};
use super::steps::{DECODING, Decoding, ENCODING, Encoding, GREEDY, Greedy};
use crate::case::Inputs;
use crate::exercise::Task;
use crate::positional_encoding;
use crate::sublayers::{Weights, attention, feed_forward, norm};

/// How far a target is filled up that should not be: the longest of the cases, with its start.
const LONGEST: usize = 14;

/// Adds those of `embed`.
pub(super) fn of_embed(task: Task) -> Task {
    task.mistake("no-root-d-model", |x| vec![looked_up(x) + positions(x, 0)])
        .mistake("divided-by-root-d-model", |x| {
            vec![looked_up(x) / root(x) + positions(x, 0)]
        })
        .mistake("scaled-by-d-model", |x| {
            vec![looked_up(x) * root(x).powi(2) + positions(x, 0)]
        })
        .mistake("positions-before-scaling", |x| {
            vec![(looked_up(x) + positions(x, 0)) * root(x)]
        })
        .mistake("no-positions", |x| vec![looked_up(x) * root(x)])
        .mistake("positions-from-1", |x| {
            vec![looked_up(x) * root(x) + positions(x, 1)]
        })
        .mistake("tokens-as-positions", |x| {
            let all =
                positional_encoding::formula(x["embedding"].size()[0], x["embedding"].size()[1], 0);
            vec![looked_up(x) * root(x) + Tensor::embedding(&all, &x["tokens"], -1, false, false)]
        })
        .mistake("padding-as-zero", |x| {
            let real = x["tokens"].not_equal(PADDING).unsqueeze(2);
            vec![looked_up(x) * root(x) * real + positions(x, 0)]
        })
        .mistake_in(SQUARE, "embedding-transposed", |x| {
            vec![
                Tensor::embedding(&x["embedding"].tr(), &x["tokens"], -1, false, false) * root(x)
                    + positions(x, 0),
            ]
        })
        .mistake_in(SQUARE, "batch-as-position", |x| {
            vec![looked_up(x) * root(x) + positions(x, 0).unsqueeze(1)]
        })
}

/// Adds those of `encode`.
pub(super) fn of_encode(task: Task) -> Task {
    let wrong = |steps: Encoding| move |x: &Inputs| steps.run(x);
    task.mistake_in(
        RANDOM,
        "source-mask-forgotten",
        wrong(Encoding {
            mask: |_| None,
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "source-mask-inverted",
        wrong(Encoding {
            mask: |source| Some(real(source, source.size()[1]).logical_not()),
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "source-mask-transposed",
        wrong(Encoding {
            mask: |source| Some(real(source, source.size()[1]).transpose(1, 2)),
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "end-masked",
        wrong(Encoding {
            mask: |source| {
                Some(real(
                    &source.masked_fill(&source.eq(END), 0),
                    source.size()[1],
                ))
            },
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "causal-encoder",
        wrong(Encoding {
            mask: |source| Some(real(source, source.size()[1]).logical_and(&causal(source))),
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "blocks-in-reverse",
        wrong(Encoding {
            order: in_reverse,
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "first-block-again",
        wrong(Encoding {
            order: first_again,
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "every-block-reads-the-embedding",
        wrong(Encoding {
            next: |embedded, _| embedded.shallow_clone(),
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "pre-norm-blocks",
        wrong(Encoding {
            layer: |w, heads, x, mask| {
                let normed = norm(w, 1, x);
                let x = x + attention(w, heads, &normed, &normed, mask).0;
                &x + feed_forward(w, &norm(w, 2, &x))
            },
            ..ENCODING
        }),
    )
    .mistake_in(
        RANDOM,
        "positions-forgotten",
        wrong(Encoding {
            embed: without_positions,
            ..ENCODING
        }),
    )
}

/// Adds those of `decode`.
pub(super) fn of_decode(task: Task) -> Task {
    let wrong = |steps: Decoding| move |x: &Inputs| steps.run(x);
    task.mistake_in(
        RANDOM,
        "source-mask-forgotten",
        wrong(Decoding {
            mask: |_, _| None,
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "source-mask-inverted",
        wrong(Decoding {
            mask: |source, queries| Some(real(source, queries).logical_not()),
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "end-masked",
        wrong(Decoding {
            mask: |source, queries| Some(real(&source.masked_fill(&source.eq(END), 0), queries)),
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "positions-from-1",
        wrong(Decoding {
            embed: |tokens, embedding| {
                let shifted = Tensor::cat(&[&tokens.narrow(1, 0, 1), tokens], 1);
                embed(&shifted, embedding).narrow(1, 1, tokens.size()[1])
            },
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "positions-forgotten",
        wrong(Decoding {
            embed: without_positions,
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "causal-mask-forgotten",
        wrong(Decoding {
            layer: not_causal,
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "blocks-in-reverse",
        wrong(Decoding {
            order: in_reverse,
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "first-block-again",
        wrong(Decoding {
            order: first_again,
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "logits-as-probabilities",
        wrong(Decoding {
            logits: |last, embedding| last.matmul(&embedding.tr()).softmax(-1, Kind::Float),
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "logits-scaled",
        wrong(Decoding {
            logits: |last, embedding| {
                last.matmul(&embedding.tr()) * (embedding.size()[1] as f64).sqrt()
            },
            ..DECODING
        }),
    )
    .mistake_in(
        RANDOM,
        "logits-divided",
        wrong(Decoding {
            logits: |last, embedding| {
                last.matmul(&embedding.tr()) / (embedding.size()[1] as f64).sqrt()
            },
            ..DECODING
        }),
    )
    .mistake_in(
        SQUARE,
        "embedding-transposed",
        wrong(Decoding {
            logits: |last, embedding| last.matmul(embedding),
            ..DECODING
        }),
    )
}

/// Adds those of `greedy_decode`.
pub(super) fn of_greedy_decode(task: Task) -> Task {
    let wrong = |steps: Greedy| move |x: &Inputs| steps.run(x);
    task.mistake(
        "scores-of-the-first-position",
        wrong(Greedy {
            choose: |logits| best(&logits.get(0)),
            ..GREEDY
        }),
    )
    .mistake(
        "only-the-last-token-given",
        wrong(Greedy {
            given: |written| written[written.len() - 1..].to_vec(),
            ..GREEDY
        }),
    )
    .mistake(
        "starts-with-the-end",
        wrong(Greedy {
            first: END,
            ..GREEDY
        }),
    )
    .mistake(
        "start-returned",
        wrong(Greedy {
            result: |written, _| written,
            ..GREEDY
        }),
    )
    .mistake(
        "end-returned",
        wrong(Greedy {
            result: |written, stop| written.into_iter().skip(1).chain(stop).collect(),
            ..GREEDY
        }),
    )
    .mistake(
        "last-token-lost",
        wrong(Greedy {
            result: |mut written, stop| {
                if stop.is_some() {
                    written.pop();
                }
                written[1..].to_vec()
            },
            ..GREEDY
        }),
    )
    .mistake(
        "never-stops",
        wrong(Greedy {
            ends: |_| false,
            ..GREEDY
        }),
    )
    .mistake("limit-ignored", wrong(Greedy { more: 20, ..GREEDY }))
    .mistake("source-without-its-end", |x| {
        let source = &x["source"];
        let without = Inputs::default()
            .with("source", source.narrow(0, 0, source.size()[0] - 1))
            .with("longest", x["longest"].shallow_clone());
        GREEDY.run(&without)
    })
    .mistake(
        "target-padded",
        wrong(Greedy {
            given: |written| {
                written
                    .iter()
                    .copied()
                    .chain(iter::repeat(PADDING))
                    .take(LONGEST)
                    .collect()
            },
            ..GREEDY
        }),
    )
    .mistake("one-token-too-many", wrong(Greedy { more: 1, ..GREEDY }))
    .mistake("one-token-too-few", wrong(Greedy { more: -1, ..GREEDY }))
    .mistake_in(
        WORDS,
        "worst-token",
        wrong(Greedy {
            choose: |logits| best(&-logits.get(-1)),
            ..GREEDY
        }),
    )
    .mistake(
        "memory-before-the-encoder",
        wrong(Greedy {
            memory: |mut states| states.swap_remove(0),
            ..GREEDY
        }),
    )
}

/// Rows of the embedding.
fn looked_up(x: &Inputs) -> Tensor {
    Tensor::embedding(&x["embedding"], &x["tokens"], -1, false, false)
}

fn positions(x: &Inputs, offset: i64) -> Tensor {
    positional_encoding::formula(x["tokens"].size()[1], x["embedding"].size()[1], offset)
}

/// √d_model.
fn root(x: &Inputs) -> f64 {
    (x["embedding"].size()[1] as f64).sqrt()
}

fn without_positions(tokens: &Tensor, embedding: &Tensor) -> Tensor {
    Tensor::embedding(embedding, tokens, -1, false, false) * (embedding.size()[1] as f64).sqrt()
}

fn in_reverse(mut layers: Vec<Weights>) -> Vec<Weights> {
    layers.reverse();
    layers
}

fn first_again(layers: Vec<Weights>) -> Vec<Weights> {
    layers.iter().map(|_| layers[0].part("")).collect()
}

/// A decoder block without its causal mask.
fn not_causal(
    w: &Weights,
    heads: i64,
    x: &Tensor,
    (memory, mask): super::steps::Source<'_>,
) -> (Tensor, Tensor) {
    let x = norm(
        w,
        1,
        &(x + attention(&w.part("self_"), heads, x, x, None).0),
    );
    let (read, weights) = attention(&w.part("cross_"), heads, &x, memory, mask);
    let x = norm(w, 2, &(x + read));
    (norm(w, 3, &(&x + feed_forward(w, &x))), weights)
}

fn best(scores: &Tensor) -> i64 {
    scores.argmax(-1, false).int64_value(&[])
}
