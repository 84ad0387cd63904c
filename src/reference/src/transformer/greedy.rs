//! Greedy decoding, step by step, so that a mistake can take one of the steps differently.

use std::iter;

use tch::Tensor;

use super::cases::{MOST_TOKENS, WORDS};
use super::{model, weights};
use crate::inputs::Inputs;
use crate::task::Task;
use crate::vocabulary::{END, PADDING, START};

/// The length to which a target is filled up that should not be: the longest of the cases, with its start.
const LONGEST: usize = MOST_TOKENS as usize + 1;

/// Computes the tokens that the model writes, without start and end.
pub(super) fn right(x: &Inputs) -> Tensor {
    let source = x["source"].unsqueeze(0);
    let written = model::greedy_decode(&weights(x), &source, x.size("longest"));
    let written = Vec::<i64>::try_from(written.get(0)).expect("a row of tokens");
    let until_end: Vec<_> = written
        .into_iter()
        .take_while(|&token| token != END)
        .collect();
    Tensor::from_slice(&until_end)
}

/// The steps of writing token by token.
#[derive(Clone, Copy)]
struct Greedy {
    /// The token that the target begins with.
    first: i64,
    /// From the states of the encoder, the memory that the decoder reads.
    memory: fn(Vec<Tensor>) -> Tensor,
    /// From what is written so far, the target that the decoder gets.
    given: fn(&[i64], i64) -> Vec<i64>,
    /// From the logits (length, vocabulary), the next token.
    choose: fn(&Tensor) -> i64,
    /// Decides from the next token to stop.
    ends: fn(i64) -> bool,
    /// From what is written, with its first token, and the token at which it stopped, what is returned.
    result: fn(Vec<i64>, Option<i64>) -> Vec<i64>,
    /// From the inputs, the number of tokens at which it stops.
    limit: fn(&Inputs) -> i64,
}

/// The steps as they should be.
const GREEDY: Greedy = Greedy {
    first: START,
    memory: |mut states| states.pop().expect("at least the embedding"),
    given: |written, _| written.to_vec(),
    choose: |logits| best(&logits.get(-1)),
    ends: |next| next == END,
    result: |written, _| written[1..].to_vec(),
    limit: |x| x.size("longest"),
};

impl Greedy {
    fn run(self, x: &Inputs) -> Tensor {
        let (w, source) = (weights(x), x["source"].unsqueeze(0));
        let memory = (self.memory)(model::encode(&w, &source));
        let (mut written, mut stopped_at) = (vec![self.first], None);
        while (written.len() as i64) <= (self.limit)(x) {
            let target =
                Tensor::from_slice(&(self.given)(&written, x.size("longest"))).unsqueeze(0);
            let next = (self.choose)(&model::decode(&w, &target, &memory, &source).logits.get(0));
            if (self.ends)(next) {
                stopped_at = Some(next);
                break;
            }
            written.push(next);
        }
        Tensor::from_slice(&(self.result)(written, stopped_at))
    }
}

/// Adds the mistakes of `greedy_decode`.
pub(super) fn mistakes(task: Task) -> Task {
    let by = |steps: Greedy| move |x: &Inputs| steps.run(x);
    task.mistake(
        "scores-of-the-first-position",
        by(Greedy {
            choose: |logits| best(&logits.get(0)),
            ..GREEDY
        }),
    )
    .mistake(
        "only-the-last-token-given",
        by(Greedy {
            given: |written, _| written[written.len() - 1..].to_vec(),
            ..GREEDY
        }),
    )
    .mistake(
        "starts-with-the-end",
        by(Greedy {
            first: END,
            ..GREEDY
        }),
    )
    .mistake(
        "start-returned",
        by(Greedy {
            result: |written, _| written,
            ..GREEDY
        }),
    )
    .mistake(
        "end-returned",
        by(Greedy {
            result: |written, stop| written.into_iter().skip(1).chain(stop).collect(),
            ..GREEDY
        }),
    )
    .mistake(
        "last-token-lost",
        by(Greedy {
            result: |mut written, stop| {
                if stop.is_some() && written.len() > 1 {
                    written.pop();
                }
                written[1..].to_vec()
            },
            ..GREEDY
        }),
    )
    .mistake(
        "never-stops",
        by(Greedy {
            ends: |_| false,
            ..GREEDY
        }),
    )
    .mistake(
        "limit-ignored",
        by(Greedy {
            limit: |x| x.size("longest") + 20,
            ..GREEDY
        }),
    )
    .mistake(
        "limit-of-the-source",
        by(Greedy {
            limit: |x| x.size("longest").min(x["source"].size()[0]),
            ..GREEDY
        }),
    )
    .mistake(
        "limit-checked-too-late",
        by(Greedy {
            limit: |x| x.size("longest").max(1),
            ..GREEDY
        }),
    )
    .mistake("source-without-its-end", |x| {
        let source = &x["source"];
        let without_end = source.narrow(0, 0, source.size()[0] - 1);
        GREEDY.run(&x.clone().with("source", without_end))
    })
    .mistake(
        "target-padded",
        by(Greedy {
            given: |written, _| padded(written, LONGEST),
            ..GREEDY
        }),
    )
    .form(
        "target-padded",
        "target-padded-to-the-limit",
        by(Greedy {
            given: |written, longest| padded(written, longest as usize + 1),
            ..GREEDY
        }),
    )
    .mistake(
        "one-token-too-many",
        by(Greedy {
            limit: |x| x.size("longest") + 1,
            ..GREEDY
        }),
    )
    .mistake(
        "one-token-too-few",
        by(Greedy {
            limit: |x| x.size("longest") - 1,
            ..GREEDY
        }),
    )
    .mistake(
        "last-of-equals",
        by(Greedy {
            choose: |logits| last_best(&logits.get(-1)),
            ..GREEDY
        }),
    )
    .mistake(
        "worst-token",
        by(Greedy {
            choose: |logits| best(&-logits.get(-1)),
            ..GREEDY
        }),
    )
    .only_in(WORDS)
    .mistake(
        "memory-before-the-encoder",
        by(Greedy {
            memory: |mut states| states.swap_remove(0),
            ..GREEDY
        }),
    )
}

/// The last token with the highest score.
fn last_best(scores: &Tensor) -> i64 {
    scores.size()[0] - 1 - best(&scores.flip([0]))
}

/// A target with padding up to a length.
fn padded(written: &[i64], length: usize) -> Vec<i64> {
    let written = written.iter().copied();
    written.chain(iter::repeat(PADDING)).take(length).collect()
}

/// The first token with the highest score.
fn best(scores: &Tensor) -> i64 {
    scores.argmax(-1, false).int64_value(&[])
}
