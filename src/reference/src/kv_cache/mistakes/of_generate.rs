//! The wrong ways of writing a text.

use crate::inputs::Inputs;
use crate::kv_cache::cases::ROOM_FOR_MORE;
use crate::kv_cache::generate::{Cost, GENERATE, Generate, Kept, best};
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes of `generate`.
pub(in crate::kv_cache) fn of_generate(task: Task) -> Task {
    choices(results(prompts(readings(task))))
}

fn written(steps: Generate) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.run(x)
}

fn readings(task: Task) -> Task {
    task.mistake(
        "prompt-recomputed",
        written(Generate {
            next: |prompt, written| [prompt, written].concat(),
            kept: Kept::None,
            ..GENERATE
        }),
    )
    .mistake(
        "whole-text-appended",
        written(Generate {
            next: |prompt, written| [prompt, written].concat(),
            ..GENERATE
        }),
    )
    .only_in(ROOM_FOR_MORE)
    .mistake(
        "written-read-again",
        written(Generate {
            next: |_, written| written.to_vec(),
            ..GENERATE
        }),
    )
    .only_in(ROOM_FOR_MORE)
    .mistake(
        "cache-thrown-away",
        written(Generate {
            kept: Kept::None,
            ..GENERATE
        }),
    )
    .mistake(
        "cache-of-the-prompt-only",
        written(Generate {
            kept: Kept::OfThePrompt,
            ..GENERATE
        }),
    )
    .mistake("projected-twice", |x| {
        let Cost { newest, projected } = GENERATE.cost(x);
        let twice = Cost {
            newest: 2 * newest,
            projected: 2 * projected,
        };
        GENERATE.outputs(x, &twice)
    })
}

fn prompts(task: Task) -> Task {
    task.mistake(
        "last-token-read-twice",
        written(Generate {
            prompt: |prompt| vec![prompt.to_vec(), prompt[prompt.len() - 1..].to_vec()],
            ..GENERATE
        }),
    )
    .mistake(
        "only-the-last-token-given",
        written(Generate {
            prompt: |prompt| vec![prompt[prompt.len() - 1..].to_vec()],
            ..GENERATE
        }),
    )
    .mistake(
        "last-token-not-read",
        written(Generate {
            prompt: |prompt| vec![prompt[..(prompt.len() - 1).max(1)].to_vec()],
            ..GENERATE
        }),
    )
    .mistake("prompt-read-twice", |x| {
        let cost = GENERATE.cost(x);
        let twice = Cost {
            projected: cost.projected + x.ids("prompt").len(),
            ..cost
        };
        GENERATE.outputs(x, &twice)
    })
}

fn choices(task: Task) -> Task {
    task.mistake(
        "scores-of-the-first-position",
        written(Generate {
            scores: |logits| logits[logits.len() - 1].get(0),
            ..GENERATE
        }),
    )
    .mistake(
        "logits-of-the-prompt-only",
        written(Generate {
            scores: |logits| logits[0].get(-1),
            ..GENERATE
        }),
    )
    .mistake(
        "worst-token",
        written(Generate {
            choose: |scores| scores.argmin(0, false).int64_value(&[]),
            ..GENERATE
        }),
    )
    .mistake(
        "last-of-equals",
        written(Generate {
            choose: |scores| scores.size()[0] - 1 - best(&scores.flip([0])),
            ..GENERATE
        }),
    )
}

fn results(task: Task) -> Task {
    task.mistake(
        "prompt-returned",
        written(Generate {
            result: |prompt, written| [prompt, written].concat(),
            ..GENERATE
        }),
    )
    .mistake(
        "first-token-lost",
        written(Generate {
            count: |count| count + 1,
            result: |_, written| written[1..].to_vec(),
            ..GENERATE
        }),
    )
    .mistake(
        "one-token-too-many",
        written(Generate {
            count: |count| count + 1,
            ..GENERATE
        }),
    )
    .form(
        "one-token-too-many",
        "at-least-one-token",
        written(Generate {
            count: |count| count.max(1),
            ..GENERATE
        }),
    )
    .mistake(
        "one-token-too-few",
        written(Generate {
            count: |count| count.saturating_sub(1),
            ..GENERATE
        }),
    )
    .mistake(
        "prompt-counted",
        written(Generate {
            result: |prompt, written| {
                let count = written.len().saturating_sub(prompt.len());
                written[..count].to_vec()
            },
            ..GENERATE
        }),
    )
}
