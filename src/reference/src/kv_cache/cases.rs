//! The cases of the cache.

use std::collections::BTreeSet;

use tch::Tensor;

use super::generate::{GENERATE, Generate, Kept};
use crate::equal_scores::with_one_entry;
use crate::gpt::cases::{Size, model};
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// The least difference between the best score and the second best, so that rounding decides nothing.
const LEAST_GAP: f64 = 1e-2;

/// The cases of `append` in which the axes have equal lengths, so that any of them can be appended to.
pub(super) const SQUARE: &[&str] = &["square"];

/// The cases of `attend` with as many queries as keys.
pub(super) const NO_PAST: &[&str] = &["prompt"];

/// The cases of `read` with a row of P after the last that is used.
pub(super) const ROOM_FOR_ONE_MORE: &[&str] = &["prompt-and-tokens", "pieces"];

/// The cases of `read` that are enough for a wrong number of past positions.
pub(super) const PAST_COUNTED: &[&str] = &["prompt-and-tokens", "pieces"];

/// The first cases of `attend`, which are enough for mistakes that show in every one.
pub(super) const FIRST: &[&str] = &["one-token", "several"];

/// The cases of `read` that are enough for a mistake that shows without a past as well as with one.
pub(super) const TELLING: &[&str] = &["at-once", "pieces"];

/// The case of `read` that is enough for a form of such a mistake.
pub(super) const NOTHING_READ: &[&str] = &["at-once"];

/// The case of `read` that is enough for a mistake with the past.
pub(super) const SOMETHING_READ: &[&str] = &["pieces"];

/// The cases of `generate` with room for the whole text several times.
pub(super) const ROOM_FOR_MORE: &[&str] = &["from-one"];

/// Adds the cases of `append`.
pub(super) fn of_append(task: Task) -> Task {
    let inputs = |[heads, past, new, head_dim]: [i64; 4]| {
        move |random: &Random| {
            Inputs::default()
                .with("past", random.normal(&[heads, past, head_dim]))
                .with("new", random.normal(&[heads, new, head_dim]))
        }
    };
    task.case(
        "plain",
        "3 heads of 2 features: 1 position more, after 5",
        inputs([3, 5, 1, 2]),
    )
    .case(
        "several",
        "3 heads of 5 features: 4 positions more, after 2",
        inputs([3, 2, 4, 5]),
    )
    .case(
        "square",
        "as many new positions as old ones, heads and features: here each axis can be appended to",
        inputs([3, 3, 3, 3]),
    )
    .case(
        "one-head",
        "with one head, the positions are one after the other in memory",
        inputs([1, 2, 3, 4]),
    )
    .case(
        "no-past",
        "3 positions of a prompt, after none: the first thing that is read",
        inputs([2, 0, 3, 4]),
    )
}

/// Adds the cases of `attend`.
pub(super) fn of_attend(task: Task) -> Task {
    let inputs = |[heads, new, length, head_dim]: [i64; 4]| {
        move |random: &Random| {
            Inputs::default()
                .with("queries", random.normal(&[heads, new, head_dim]))
                .with("keys", random.normal(&[heads, length, head_dim]))
                .with("values", random.normal(&[heads, length, head_dim]))
        }
    };
    task.case(
        "one-token",
        "1 new position after 5, 2 heads of 3 features",
        inputs([2, 1, 6, 3]),
    )
    .case(
        "several",
        "3 new positions after 4: they may not read each other's future",
        inputs([2, 3, 7, 4]),
    )
    .case(
        "prompt",
        "4 new positions and no past",
        inputs([3, 4, 4, 2]),
    )
    .case(
        "square",
        "as many new positions as heads and features, after as many others",
        inputs([3, 3, 6, 3]),
    )
    .case(
        "first-token",
        "1 position, which can read only itself",
        inputs([2, 1, 1, 4]),
    )
}

/// Adds the cases of `read`: texts in pieces of every kind.
pub(super) fn of_read(task: Task) -> Task {
    let inputs = |pieces: &'static [usize], context: i64, size: Size| {
        move |random: &Random| {
            let length = pieces.iter().sum::<usize>() as i64;
            let inputs = a_model(random, "tokens", [length, context], size);
            inputs.with_ids("pieces", pieces)
        }
    };
    let size = |blocks, heads| Size { blocks, heads };
    task.case(
        "at-once",
        "5 tokens at once, through 2 blocks: there is no past",
        inputs(&[5], 5, size(2, 3)),
    )
    .case(
        "prompt-and-tokens",
        "a prompt of 3 tokens, then 1, then 1",
        inputs(&[3, 1, 1], 6, size(2, 3)),
    )
    .case(
        "pieces",
        "2 tokens, then 4, through 3 blocks: there is a past, and several tokens are new",
        inputs(&[2, 4], 8, size(3, 2)),
    )
    .case(
        "one-and-rest",
        "1 token, then the other 3, up to the end of the context; 1 block with one head",
        inputs(&[1, 3], 4, size(1, 1)),
    )
}

/// Adds the cases of `generate`.
pub(super) fn of_generate(task: Task) -> Task {
    let prompt = |lengths: [i64; 3], heads: i64| {
        move |random: &Random| prompt(random, lengths, heads, |inputs| inputs, |_| true)
    };
    task.case(
        "plain",
        "5 tokens after a prompt of 3; one of them is the last token of the vocabulary",
        |random| {
            let has_the_last = |written: &[usize]| written.contains(&10);
            self::prompt(random, [3, 5, 14], 2, |inputs| inputs, has_the_last)
        },
    )
    .case(
        "long",
        "8 tokens after a prompt of 56; one token more, and 64 positions have to be known",
        prompt([56, 8, 68], 3),
    )
    .case(
        "one-token",
        "1 token after a prompt of 4: the prompt is all that has to be read",
        prompt([4, 1, 7], 2),
    )
    .case(
        "from-one",
        "4 tokens after a prompt of 1, with room for many more",
        prompt([1, 4, 18], 3),
    )
    .case(
        "nothing",
        "no token: nothing is asked for",
        prompt([3, 0, 6], 2),
    )
    .case(
        "equals",
        "each token has a twin with the same embedding, so two scores are always equal",
        |random| self::prompt(random, [3, 5, 10], 2, with_twins, |_| true),
    )
}

/// A changed model, and a prompt of so many tokens after which it writes so many, within a context.
///
/// The text that it writes is as wanted and varies, with the past and without it, and no choice of a token is close.
fn prompt(
    random: &Random,
    [length, count, context]: [i64; 3],
    heads: i64,
    change: fn(Inputs) -> Inputs,
    is_wanted: fn(&[usize]) -> bool,
) -> Inputs {
    let size = Size { blocks: 2, heads };
    let several = count as usize + 1;
    let without_the_past = Generate {
        kept: Kept::None,
        ..GENERATE
    };
    loop {
        let inputs = change(a_model(random, "prompt", [length, context], size));
        let inputs = inputs.with("count", count);
        let text = GENERATE.write(&inputs, several);
        let alone = without_the_past.write(&inputs, several);
        let varies = different(&text.written) >= several.div_ceil(2).min(3)
            && different(&alone.written) >= several.min(2);
        if varies && text.least_gap > LEAST_GAP && is_wanted(&text.written[..count as usize]) {
            return inputs;
        }
    }
}

/// The number of different tokens.
fn different(written: &[usize]) -> usize {
    written.iter().collect::<BTreeSet<_>>().len()
}

/// The tokens 5 to 9 get the embeddings of 0 to 4, and token 10 that of 0.
fn with_twins(inputs: Inputs) -> Inputs {
    let half = with_one_entry(&inputs["token_embedding"].narrow(0, 0, 5));
    let (prompt, first) = (inputs["prompt"].remainder(5), half.narrow(0, 0, 1));
    inputs
        .with("prompt", prompt)
        .with("token_embedding", Tensor::cat(&[&half, &half, &first], 0))
}

/// The model of exercise 18 with a context of its own, and a text of this name and length for it.
fn a_model(random: &Random, text: &'static str, [length, context]: [i64; 2], size: Size) -> Inputs {
    let all = model(random, &[length], length, size);
    let mut inputs = Inputs::default().with(text, all["tokens"].get(0));
    for (name, tensor) in all.iter() {
        if !["tokens", "lengths"].contains(&name) {
            inputs = inputs.with(name, tensor.shallow_clone());
        }
    }
    let d_model = all["token_embedding"].size()[1];
    // With long rows of E, which make the logits as well, the most likely token is nearly always the one just read.
    let token_embedding = &all["token_embedding"] * 0.5;
    inputs
        .with("token_embedding", token_embedding)
        .with("position_embedding", random.normal(&[context, d_model]))
}
