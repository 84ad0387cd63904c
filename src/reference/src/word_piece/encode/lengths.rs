//! Mistakes with the length of an input: truncation, padding and mask.

use super::assembly::{
    ASSEMBLY, Assembly, CUT, PADDED, SOME, Texts, Token, WITHOUT_TIES, by, longest_first, padded,
    pieces,
};
use super::{right, second};
use crate::inputs::Inputs;
use crate::task::Task;
use crate::word_piece::inputs::{id, is_cased};
use crate::word_piece::{normalized, words};

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_padding(of_the_mask(of_truncation(of_room(task))))
}

/// Mistakes with the room that texts have.
fn of_room(task: Task) -> Task {
    task.mistake(
        "separator-cut",
        by(Assembly {
            cut: |_, _| (),
            join: |x, texts, is_pair| {
                let mut tokens = (ASSEMBLY.join)(x, texts, is_pair);
                tokens.truncate(x.size("longest") as usize);
                tokens
            },
            ..ASSEMBLY
        }),
    )
    .only_in(CUT)
    .mistake(
        "special-tokens-not-counted",
        by(Assembly {
            special: |_| 0,
            ..ASSEMBLY
        }),
    )
    .only_in(WITHOUT_TIES)
    .mistake(
        "one-special-token-uncounted",
        by(Assembly {
            special: |_| 2,
            ..ASSEMBLY
        }),
    )
    .only_in(WITHOUT_TIES)
    .mistake(
        "one-special-token-too-many",
        by(Assembly {
            special: |_| 3,
            ..ASSEMBLY
        }),
    )
}

/// Mistakes with the tokens that have to go.
fn of_truncation(task: Task) -> Task {
    let cut = |cut: fn(&mut Texts, usize)| by(Assembly { cut, ..ASSEMBLY });
    task.mistake("not-cut", cut(|_, _| ()))
        .only_in(CUT)
        .mistake(
            "only-the-second-cut",
            cut(|texts, room| {
                while texts.a.len() + texts.b.len() > room {
                    let end = if texts.b.is_empty() {
                        &mut texts.a
                    } else {
                        &mut texts.b
                    };
                    end.pop();
                }
            }),
        )
        .mistake(
            "only-the-first-cut",
            cut(|texts, room| {
                while texts.a.len() + texts.b.len() > room {
                    let end = if texts.a.is_empty() {
                        &mut texts.b
                    } else {
                        &mut texts.a
                    };
                    end.pop();
                }
            }),
        )
        .mistake(
            "half-of-the-room-each",
            cut(|texts, room| {
                let first = if texts.b.is_empty() { room } else { room / 2 };
                texts.a.truncate(first);
                texts.b.truncate(room - first);
            }),
        )
        .form(
            "half-of-the-room-each",
            "half-of-the-room-for-one",
            cut(|texts, room| {
                texts.a.truncate(room / 2);
                texts.b.truncate(room - room / 2);
            }),
        )
        .mistake(
            "in-turn",
            cut(|texts, room| {
                let mut from_second = true;
                while texts.a.len() + texts.b.len() > room {
                    let is_second = (from_second || texts.a.is_empty()) && !texts.b.is_empty();
                    if is_second {
                        texts.b.pop()
                    } else {
                        texts.a.pop()
                    };
                    from_second = !from_second;
                }
            }),
        )
        .mistake(
            "words-counted",
            by(Assembly {
                tokens: |x, text| {
                    // The words that there are pieces for, were each word one token.
                    let words = words(&normalized(text, is_cased(x)));
                    let room = x.size("longest") as usize - (ASSEMBLY.special)(second(x).is_some());
                    pieces(x, &words[..words.len().min(room)])
                },
                cut: |_, _| (),
                ..ASSEMBLY
            }),
        )
        .only_in(CUT)
        .mistake("characters-counted", |x| {
            let kept = |text: String| {
                text.chars()
                    .take(x.size("longest") as usize)
                    .collect::<String>()
            };
            let cut = x.clone().with_text("first", &kept(x.text("first")));
            right(&match second(x) {
                Some(second) => cut.with_text("second", &kept(second)),
                None => cut,
            })
        })
        .only_in(CUT)
        .mistake(
            "cut-from-the-front",
            cut(|texts, room| {
                let (a, b) = (texts.a.clone(), texts.b.clone());
                longest_first(texts, room);
                texts.a = a[a.len() - texts.a.len()..].to_vec();
                texts.b = b[b.len() - texts.b.len()..].to_vec();
            }),
        )
        .only_in(CUT)
}

/// Mistakes with the mask.
fn of_the_mask(task: Task) -> Task {
    let pad = |pad: fn(&Inputs, Vec<Token>) -> Vec<Token>| by(Assembly { pad, ..ASSEMBLY });
    task.mistake(
        "mask-inverted",
        pad(|x, tokens| {
            let mut tokens = (ASSEMBLY.pad)(x, tokens);
            for token in &mut tokens {
                token[2] = 1 - token[2];
            }
            tokens
        }),
    )
    .only_in(SOME)
    .mistake(
        "mask-of-ones",
        pad(|x, tokens| padded(tokens, x.size("padded"), [id(x, "[PAD]"), 0, 1])),
    )
    .only_in(PADDED)
    .mistake(
        "special-tokens-masked",
        pad(|x, tokens| {
            let mut tokens = (ASSEMBLY.pad)(x, tokens);
            for token in &mut tokens {
                token[2] *= usize::from(token[0] != id(x, "[CLS]") && token[0] != id(x, "[SEP]"));
            }
            tokens
        }),
    )
    .only_in(SOME)
    .mistake(
        "unknown-masked",
        pad(|x, tokens| {
            let mut tokens = (ASSEMBLY.pad)(x, tokens);
            for token in &mut tokens {
                token[2] *= usize::from(token[0] != id(x, "[UNK]"));
            }
            tokens
        }),
    )
}

/// Mistakes with padding.
fn of_padding(task: Task) -> Task {
    let pad = |pad: fn(&Inputs, Vec<Token>) -> Vec<Token>| by(Assembly { pad, ..ASSEMBLY });
    task.mistake(
        "padding-on-the-left",
        pad(|x, tokens| {
            let length = tokens.len();
            let mut tokens = (ASSEMBLY.pad)(x, tokens);
            tokens.rotate_left(length);
            tokens
        }),
    )
    .only_in(PADDED)
    .mistake(
        "padding-of-id-0",
        pad(|x, tokens| padded(tokens, x.size("padded"), [0, 0, 0])),
    )
    .only_in(PADDED)
    .form(
        "padding-of-id-0",
        "padding-of-the-unknown",
        pad(|x, tokens| padded(tokens, x.size("padded"), [id(x, "[UNK]"), 0, 0])),
    )
    .only_in(PADDED)
    .mistake(
        "padding-of-type-1",
        pad(|x, tokens| padded(tokens, x.size("padded"), [id(x, "[PAD]"), 1, 0])),
    )
    .only_in(PADDED)
    .mistake(
        "padding-before-the-separator",
        pad(|x, mut tokens| {
            let last = tokens.pop();
            let mut tokens = padded(
                tokens,
                (x.size("padded") - 1).max(0),
                [id(x, "[PAD]"), 0, 0],
            );
            tokens.extend(last);
            tokens
        }),
    )
    .only_in(PADDED)
    .mistake("not-padded", pad(|_, tokens| tokens))
    .form(
        "not-padded",
        "pairs-not-padded",
        pad(|x, tokens| match second(x) {
            Some(_) => tokens,
            None => (ASSEMBLY.pad)(x, tokens),
        }),
    )
    .mistake(
        "padded-to-the-longest",
        pad(|x, tokens| padded(tokens, x.size("longest"), [id(x, "[PAD]"), 0, 0])),
    )
    .only_in(SOME)
    .mistake(
        "padding-without-special-tokens",
        pad(|x, tokens| {
            let special = (ASSEMBLY.special)(second(x).is_some());
            let length = x.size("padded") + special as i64;
            padded(tokens, length, [id(x, "[PAD]"), 0, 0])
        }),
    )
    .only_in(["pair", "padded", "typed"])
    .mistake(
        "cut-to-the-padded-length",
        pad(|x, mut tokens| {
            tokens.resize(x.size("padded") as usize, [id(x, "[PAD]"), 0, 0]);
            tokens
        }),
    )
}
