//! The wrong ways of embedding, of computing logits, and of choosing the next token.

use tch::{Kind, Tensor};

use super::cases::{
    ALL_PADDED, POSITIONS_FOR_THE_BATCH, ROOM_FOR_ONE_MORE, SQUARE, TOKENS_ARE_POSITIONS,
};
use super::model::{self, READ, Read, blocks, final_norm, head, rows, run, steps, through};
use crate::inputs::Inputs;
use crate::layer_norm::kernel::rms_norm;
use crate::model_weights::Weights;
use crate::positional_encoding;
use crate::sublayers::{EPSILON, linear};
use crate::task::Task;

/// BERT's ε.
const EPSILON_OF_BERT: f64 = 1e-12;

/// Adds the mistakes of `embed`.
pub(super) fn of_embed(task: Task) -> Task {
    let scaled = |x: &Inputs| {
        let d_model = x["token_embedding"].size()[1] as f64;
        x.clone()
            .with("token_embedding", &x["token_embedding"] * d_model.sqrt())
    };
    let from =
        |past: fn(&Inputs) -> i64| move |x: &Inputs| model::embed(&x.clone().with("past", past(x)));
    let task = task
        .mistake("positions-forgotten", |x| {
            rows(&x["token_embedding"], &x["tokens"])
        })
        .mistake("offset-ignored", from(|_| 0))
        .mistake("positions-from-1", from(|x| x.size("past") + 1))
        .only_in(ROOM_FOR_ONE_MORE)
        .mistake("same-position-everywhere", |x| {
            let position = x["position_embedding"].get(x.size("past"));
            rows(&x["token_embedding"], &x["tokens"]) + position
        })
        .mistake("positions-run-on", |x| {
            let tokens = &x["tokens"];
            let one_after_another = x.clone().with("tokens", tokens.reshape([1, -1]));
            let vectors = model::embed(&one_after_another);
            vectors.reshape([tokens.size()[0], tokens.size()[1], -1])
        })
        .only_in(POSITIONS_FOR_THE_BATCH)
        .mistake("batch-as-position", |x| {
            let batch = x["tokens"].size()[0];
            let positions = x["position_embedding"].narrow(0, x.size("past"), batch);
            rows(&x["token_embedding"], &x["tokens"]) + positions.unsqueeze(1)
        })
        .mistake("tokens-as-positions", |x| {
            rows(&x["token_embedding"], &x["tokens"]) + rows(&x["position_embedding"], &x["tokens"])
        })
        .only_in(TOKENS_ARE_POSITIONS)
        .mistake("tables-swapped", |x| {
            let (e, p) = (x["token_embedding"].copy(), x["position_embedding"].copy());
            model::embed(
                &x.clone()
                    .with("token_embedding", p)
                    .with("position_embedding", e),
            )
        })
        .only_in(SQUARE);
    task.mistake("scaled-by-root-d-model", move |x| model::embed(&scaled(x)))
        .mistake("sinusoidal-positions", |x| {
            let length = x["tokens"].size()[1];
            let d_model = x["token_embedding"].size()[1];
            let positions = positional_encoding::formula(length, d_model, x.size("past"));
            rows(&x["token_embedding"], &x["tokens"]) + positions
        })
        .mistake("embedding-transposed", |x| {
            model::embed(&x.clone().with("token_embedding", x["token_embedding"].tr()))
        })
        .only_in(SQUARE)
        .mistake("tokens-forgotten", |x| {
            let vectors = model::embed(x);
            let positions = x["position_embedding"].narrow(0, x.size("past"), vectors.size()[1]);
            positions.expand_as(&vectors)
        })
        .mistake("multiplied", |x| {
            let length = x["tokens"].size()[1];
            let positions = x["position_embedding"].narrow(0, x.size("past"), length);
            rows(&x["token_embedding"], &x["tokens"]) * positions
        })
}

/// Adds the mistakes of `logits`.
pub(super) fn of_logits(task: Task) -> Task {
    let root = |x: &Inputs| (x["x"].size()[2] as f64).sqrt();
    task.mistake("no-last-norm", |x| linear(&x["x"], &x["token_embedding"]))
        .mistake("norm-without-gamma", |x| {
            let gamma = x["gamma_f"].ones_like();
            model::logits(&x.clone().with("gamma_f", gamma))
        })
        .mistake("beta-forgotten", |x| {
            let beta = x["beta_f"].zeros_like();
            model::logits(&x.clone().with("beta_f", beta))
        })
        .mistake("rms-instead", |x| {
            let normed = rms_norm(&x["x"], &x["gamma_f"], EPSILON);
            linear(&normed, &x["token_embedding"])
        })
        .mistake("epsilon-1e-12", |x| {
            let normed = final_norm(&Weights::from(x), &x["x"], EPSILON_OF_BERT);
            linear(&normed, &x["token_embedding"])
        })
        .mistake("embedding-transposed", |x| {
            model::logits(&x.clone().with("token_embedding", x["token_embedding"].tr()))
        })
        .only_in(SQUARE)
        .mistake("logits-as-probabilities", |x| {
            model::logits(x).softmax(-1, Kind::Float)
        })
        .mistake("logits-as-log-probabilities", |x| {
            model::logits(x).log_softmax(-1, Kind::Float)
        })
        .mistake("logits-scaled", move |x| model::logits(x) * root(x))
        .mistake("logits-divided", move |x| model::logits(x) / root(x))
        .mistake("logits-of-the-position-before", |x| {
            model::logits(x).roll(1, 1)
        })
        .mistake("logits-of-the-position-after", |x| {
            model::logits(x).roll(-1, 1)
        })
        .mistake("logits-of-the-last-position", |x| {
            let logits = model::logits(x);
            logits.narrow(1, -1, 1).expand_as(&logits)
        })
}

/// Adds the mistakes of `next_tokens`.
pub(super) fn of_next_tokens(task: Task) -> Task {
    around_the_blocks(positions(choices(task)))
}

fn choices(task: Task) -> Task {
    let chosen = |choose: fn(&Tensor) -> i64| by(Read { choose, ..READ });
    task.mistake(
        "last-of-equals",
        chosen(|scores| {
            let count = scores.size()[0];
            count - 1 - scores.flip([0]).argmax(0, false).int64_value(&[])
        }),
    )
    .mistake(
        "worst-token",
        chosen(|scores| scores.argmin(0, false).int64_value(&[])),
    )
}

fn positions(task: Task) -> Task {
    let scored = |scores: fn(&Tensor, i64, i64) -> Tensor| by(Read { scores, ..READ });
    task.mistake(
        "lengths-ignored",
        scored(|logits, sequence, _| logits.get(sequence).get(-1)),
    )
    .mistake(
        "one-position-too-late",
        scored(|logits, sequence, length| logits.get(sequence).get(length)),
    )
    .only_in(ALL_PADDED)
    .mistake(
        "one-position-too-early",
        scored(|logits, sequence, length| logits.get(sequence).get((length - 2).max(0))),
    )
    .mistake(
        "scores-of-the-first-position",
        scored(|logits, sequence, _| logits.get(sequence).get(0)),
    )
    .mistake(
        "first-sequence-only",
        scored(|logits, _, length| logits.get(0).get(length - 1)),
    )
    .mistake("only-the-last-token-given", |x| {
        let lengths = &x["lengths"];
        let last = x["tokens"].gather(1, &(lengths - 1).unsqueeze(1), false);
        let ones = lengths.ones_like();
        model::next_tokens(&x.clone().with("tokens", last).with("lengths", ones))
    })
}

fn around_the_blocks(task: Task) -> Task {
    task.mistake(
        "no-last-norm",
        by(Read {
            head: |w, x| linear(x, &w["token_embedding"]),
            ..READ
        }),
    )
    .mistake(
        "norm-after-every-block",
        by(Read {
            stack: |w, x| {
                let normed = |x: Tensor, block: &Weights| final_norm(w, &run(block, &x), EPSILON);
                blocks(w).iter().fold(x, normed)
            },
            head: |w, x| linear(x, &w["token_embedding"]),
            ..READ
        }),
    )
    .mistake(
        "blocks-in-reverse",
        by(Read {
            stack: |w, x| {
                let mut blocks = blocks(w);
                blocks.reverse();
                through(&blocks, x)
            },
            ..READ
        }),
    )
    .mistake(
        "first-block-again",
        by(Read {
            stack: |w, x| {
                let blocks = blocks(w);
                blocks.iter().fold(x, |x, _| run(&blocks[0], &x))
            },
            ..READ
        }),
    )
    .mistake(
        "blocks-left-out",
        by(Read {
            stack: |w, x| through(&blocks(w)[..1], x),
            ..READ
        }),
    )
    .form(
        "blocks-left-out",
        "last-block-left-out",
        by(Read {
            stack: |w, x| {
                let blocks = blocks(w);
                through(&blocks[..blocks.len() - 1], x)
            },
            ..READ
        }),
    )
    .form(
        "blocks-left-out",
        "first-block-left-out",
        by(Read {
            stack: |w, x| through(&blocks(w)[1..], x),
            ..READ
        }),
    )
    .form(
        "blocks-left-out",
        "no-blocks",
        by(Read {
            stack: |_, x| x,
            ..READ
        }),
    )
    .mistake(
        "every-block-reads-the-embedding",
        by(Read {
            stack: |w, x| {
                let blocks = blocks(w);
                run(&blocks[blocks.len() - 1], &x)
            },
            ..READ
        }),
    )
    .mistake(
        "one-head",
        by(Read {
            stack: |w, x| {
                let one =
                    |x: Tensor, block: &Weights| run(&block.with("heads", Tensor::from(1_i64)), &x);
                blocks(w).iter().fold(x, one)
            },
            ..READ
        }),
    )
    .mistake(
        "feed-forward-passed-on",
        by(Read {
            stack: |w, x| {
                blocks(w)
                    .iter()
                    .fold(x, |x, block| steps(block, &x).feed_forward)
            },
            ..READ
        }),
    )
    .mistake(
        "after-attention-passed-on",
        by(Read {
            stack: |w, x| {
                blocks(w)
                    .iter()
                    .fold(x, |x, block| steps(block, &x).after_attention)
            },
            ..READ
        }),
    )
    .mistake(
        "head-twice-normed",
        by(Read {
            head: |w, x| head(w, &final_norm(w, x, EPSILON)),
            ..READ
        }),
    )
}

fn by(steps: Read) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(x)
}
