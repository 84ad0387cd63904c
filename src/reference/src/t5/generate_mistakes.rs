//! The mistakes of the task `generate`.

use tch::Tensor;

use super::bucket::STEPS as BUCKETS;
use super::generate::{
    BOTH_WAYS_STEPS, FIRST_BLOCK_ONLY, GREEDY, PADDING, STEPS, Steps, WITHOUT_PENALTY, best, by,
    for_logits, shared_bias, without_end,
};
use super::{logits, norm};
use crate::gpt::model::rows;
use crate::model_weights::Weights;
use crate::sampling::beam_search::search::{Beam, Settings as Search};
use crate::task::Task;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    stacks(positions(searches(task))).others_only_in(&["version-1-0", "version-1-1"])
}

fn searches(task: Task) -> Task {
    let with_search = |search: fn(Search) -> Search| by(Steps { search, ..STEPS });
    let with_result = |result: fn(Vec<Beam>, &Search) -> Vec<i64>| by(Steps { result, ..STEPS });
    task.mistake(
        "starts-with-the-end",
        by(Steps {
            first: |search| search.end,
            ..STEPS
        }),
    )
    .mistake(
        "starts-with-1",
        by(Steps {
            first: |_| 1,
            ..STEPS
        }),
    )
    .mistake(
        "start-returned",
        with_result(|beams, search| {
            [&[PADDING], &without_end(best(beams), search.end)[..]].concat()
        }),
    )
    .mistake("end-returned", with_result(|beams, _| best(beams)))
    .mistake(
        "last-token-lost",
        with_result(|beams, search| {
            let mut tokens = best(beams);
            if tokens.last() == Some(&search.end) {
                tokens.truncate(tokens.len().saturating_sub(2));
            }
            tokens
        }),
    )
    .form(
        "last-token-lost",
        "first-token-lost",
        with_result(|beams, search| {
            without_end(best(beams), search.end)
                .into_iter()
                .skip(1)
                .collect()
        }),
    )
    .mistake(
        "last-beam-returned",
        with_result(|mut beams, search| {
            without_end(
                beams.pop().map_or_else(Vec::new, |beam| beam.tokens),
                search.end,
            )
        }),
    )
    .mistake("greedy-instead", by(GREEDY))
    .mistake("length-ignored", by(WITHOUT_PENALTY))
    .mistake(
        "one-token-too-many",
        with_search(|search| Search {
            longest: search.longest + 1,
            ..search
        }),
    )
    .mistake(
        "one-token-too-few",
        with_search(|search| Search {
            longest: search.longest - 1,
            ..search
        }),
    )
    .mistake("source-without-its-end", |x| {
        let sources = &x["sources"];
        let shorter = sources.narrow(1, 0, sources.size()[1] - 1);
        STEPS.run(&x.clone().with("sources", shorter))
    })
}

fn positions(task: Task) -> Task {
    let with_bias = |bias: fn(&Weights, i64) -> Vec<Tensor>| by(Steps { bias, ..STEPS });
    task.mistake("both-ways-in-the-decoder", by(BOTH_WAYS_STEPS))
        .mistake(
            "encoder-table-in-the-decoder",
            with_bias(|w, length| shared_bias(w, "encoder_bias", length, false, BUCKETS)),
        )
        .mistake("bias-only-in-the-first-block", by(FIRST_BLOCK_ONLY))
        .mistake(
            "bias-forgotten",
            with_bias(|w, length| {
                let biases = shared_bias(w, "decoder_bias", length, false, BUCKETS);
                biases.iter().map(Tensor::zeros_like).collect()
            }),
        )
        .mistake(
            "scaled-by-root-d-model",
            by(Steps {
                embed: |w, tokens| {
                    let root = (w["embedding"].size()[1] as f64).sqrt();
                    rows(&w["embedding"], tokens) * root
                },
                ..STEPS
            }),
        )
        .mistake(
            "only-the-last-token-given",
            by(Steps {
                given: |text| text[text.len() - 1..].to_vec(),
                ..STEPS
            }),
        )
        .mistake(
            "start-not-given-again",
            by(Steps {
                given: |text| text[1.min(text.len() - 1)..].to_vec(),
                ..STEPS
            }),
        )
        .mistake(
            "scores-of-the-first-position",
            by(Steps {
                next: |logits| logits.get(0),
                ..STEPS
            }),
        )
}

fn stacks(task: Task) -> Task {
    let with_blocks = |blocks: fn(Vec<Weights>) -> Vec<Weights>| by(Steps { blocks, ..STEPS });
    task.mistake(
        "memory-before-the-encoder",
        by(Steps {
            memory: |w, source| rows(&w["embedding"], source),
            ..STEPS
        }),
    )
    .mistake(
        "first-block-again",
        with_blocks(|blocks| blocks.iter().map(|_| blocks[0].clone()).collect()),
    )
    .mistake(
        "blocks-left-out",
        with_blocks(|mut blocks| {
            blocks.truncate(1);
            blocks
        }),
    )
    .mistake(
        "every-block-reads-the-embedding",
        with_blocks(|blocks| blocks[blocks.len() - 1..].to_vec()),
    )
    .mistake(
        "after-cross-passed-on",
        by(Steps {
            pass_on: |block| block.after_cross,
            ..STEPS
        }),
    )
    .mistake("one-head", |x| {
        let with_one_head = |blocks: Vec<Weights>| -> Vec<Weights> {
            let one = |block: Weights| block.with("heads", Tensor::from(1_i64));
            blocks.into_iter().map(one).collect()
        };
        let steps = Steps {
            blocks: with_one_head,
            bias: |w, length| {
                let biases = shared_bias(w, "decoder_bias", length, false, BUCKETS);
                biases.iter().map(|bias| bias.narrow(0, 0, 1)).collect()
            },
            ..STEPS
        };
        steps.run(x)
    })
    .mistake(
        "no-last-norm",
        by(Steps {
            head: |w, x| logits::head(&for_logits(w), x),
            ..STEPS
        }),
    )
    .mistake(
        "normed-twice",
        by(Steps {
            head: |w, x| logits::logits(&for_logits(w), &norm(w, "decoder_gamma", x)),
            ..STEPS
        }),
    )
}
