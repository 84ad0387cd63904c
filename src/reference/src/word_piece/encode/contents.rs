//! Mistakes with what an input has: special tokens, words and token types.

use super::assembly::{ASSEMBLY, Assembly, SOME, Texts, Token, by, join, pieces};
use super::{right, second};
use crate::inputs::Inputs;
use crate::task::Task;
use crate::word_piece::inputs::{id, is_cased};
use crate::word_piece::{normalized, words};

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_types(of_words(of_readings(of_special_tokens(task))))
}

/// Mistakes with special tokens.
fn of_special_tokens(task: Task) -> Task {
    task.mistake(
        "special-tokens-forgotten",
        by(Assembly {
            special: |_| 0,
            join: |_, texts, _| {
                let of_type = |tokens: Vec<usize>, kind: usize| {
                    tokens.into_iter().map(move |id| [id, kind, 1])
                };
                of_type(texts.a, 0).chain(of_type(texts.b, 1)).collect()
            },
            ..ASSEMBLY
        }),
    )
    .only_in(SOME)
    .mistake(
        "last-separator-forgotten",
        by(Assembly {
            special: |is_pair| if is_pair { 2 } else { 1 },
            join: |x, texts, is_pair| {
                let mut tokens = (ASSEMBLY.join)(x, texts, is_pair);
                tokens.pop();
                tokens
            },
            ..ASSEMBLY
        }),
    )
    .only_in(SOME)
    .form(
        "last-separator-forgotten",
        "last-separator-of-a-pair-forgotten",
        by(Assembly {
            join: |x, texts, is_pair| {
                let mut tokens = (ASSEMBLY.join)(x, texts, is_pair);
                tokens.truncate(tokens.len() - usize::from(is_pair));
                tokens
            },
            ..ASSEMBLY
        }),
    )
    .only_in(SOME)
    .mistake(
        "class-token-forgotten",
        by(Assembly {
            join: |x, texts, is_pair| (ASSEMBLY.join)(x, texts, is_pair).split_off(1),
            ..ASSEMBLY
        }),
    )
    .only_in(SOME)
    .mistake(
        "second-class-token",
        by(Assembly {
            special: |is_pair| if is_pair { 4 } else { 2 },
            join: |x, texts, is_pair| {
                let second = texts.a.len() + 2;
                let mut tokens = (ASSEMBLY.join)(x, texts, is_pair);
                if is_pair {
                    tokens.insert(second, [id(x, "[CLS]"), 1, 1]);
                }
                tokens
            },
            ..ASSEMBLY
        }),
    )
    .only_in(SOME)
}

/// Mistakes in which a text, or what is typed in it, is taken for something else.
fn of_readings(task: Task) -> Task {
    task.mistake("always-a-pair", |x| {
        let x = x.clone();
        right(&if second(&x).is_some() {
            x
        } else {
            x.with_text("second", "")
        })
    })
    .only_in(["padded", "cased", "typed", "empty"])
    .mistake(
        "empty-second-is-none",
        by(Assembly {
            join: |x, texts, is_pair| {
                let is_pair = is_pair && !texts.b.is_empty();
                (ASSEMBLY.join)(x, texts, is_pair)
            },
            ..ASSEMBLY
        }),
    )
    .mistake(
        "special-tokens-read-from-the-text",
        by(Assembly {
            tokens: |x, text| {
                let parts: Vec<_> = text
                    .split("[SEP]")
                    .map(|part| (ASSEMBLY.tokens)(x, part))
                    .collect();
                parts.join(&id(x, "[SEP]"))
            },
            ..ASSEMBLY
        }),
    )
    .mistake("casing-ignored", |x| right(&x.clone().with("cased", 0_i64)))
}

/// Mistakes with the steps that turn a text into words.
fn of_words(task: Task) -> Task {
    let tokens = |tokens: fn(&Inputs, &str) -> Vec<usize>| by(Assembly { tokens, ..ASSEMBLY });
    task.mistake("not-normalised", tokens(|x, text| pieces(x, &words(text))))
        .mistake(
            "punctuation-not-split",
            tokens(|x, text| {
                let normalized = normalized(text, is_cased(x));
                let words: Vec<String> = normalized.split_whitespace().map(str::to_owned).collect();
                pieces(x, &words)
            }),
        )
        .only_in(["pair", "padded", "typed"])
}

/// Mistakes with token types.
fn of_types(task: Task) -> Task {
    let typed = |types: fn(&Inputs, Texts, bool) -> Vec<Token>| {
        by(Assembly {
            join: types,
            ..ASSEMBLY
        })
    };
    task.mistake(
        "first-separator-of-the-second",
        typed(|x, texts, is_pair| join(x, texts, is_pair, [0, 0, usize::from(is_pair), 1, 1])),
    )
    .only_in(SOME)
    .mistake(
        "last-separator-of-type-0",
        typed(|x, texts, is_pair| join(x, texts, is_pair, [0, 0, 0, 1, 0])),
    )
    .only_in(SOME)
    .mistake(
        "types-forgotten",
        typed(|x, texts, is_pair| join(x, texts, is_pair, [0; 5])),
    )
    .only_in(SOME)
    .mistake(
        "types-from-1",
        typed(|x, texts, is_pair| join(x, texts, is_pair, [1, 1, 1, 2, 2])),
    )
    .only_in(SOME)
}
