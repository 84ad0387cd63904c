//! One text or two as the model reads them: special tokens, token types, truncation, padding, mask.

use attentive_grader::PieceSource;
use tch::Tensor;
use tokenizers::Model;

use super::inputs::{id, input, is_cased, pair};
use super::{LONGEST_WORD, model, normalized, tokenizer, words};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;
use crate::texts::of_ids;

/// The cases that show a mistake which is in every input: all of them would only make the pack larger. `both-cut` is none
/// of them, because of [`WITHOUT_TIES`].
const SOME: &[&str] = &["pair", "padded", "empty-second", "second-cut"];

/// All cases but `both-cut`. If the room is off by one there, one more token has to go from two texts that are equally
/// long, and either may lose it.
const WITHOUT_TIES: &[&str] = &[
    "pair",
    "padded",
    "unknown",
    "cased",
    "typed",
    "empty",
    "empty-second",
    "just-fits",
    "cut",
    "second-cut",
    "first-cut",
];

/// The outputs of `encode`.
type Named = [(&'static str, Tensor); 3];

pub(super) fn encode() -> Task {
    let task = Task::new("encode", right)
        .pieces("ids", PieceSource::Texts("vocabulary".into()))
        .ids("token_types", ["token"])
        .ids("mask", ["token"]);
    with_properties(with_mistakes(with_cases(task)))
}

fn right(x: &Inputs) -> Named {
    let (longest, padded) = (x.size("longest") as usize, x.size("padded") as usize);
    let tokenizer = tokenizer(&x.texts("vocabulary"), is_cased(x), longest, padded);
    let encoding = match second(x) {
        Some(second) => tokenizer.encode((x.text("first"), second), true),
        None => tokenizer.encode(x.text("first"), true),
    };
    let encoding = encoding.expect("a text can be encoded");
    let list = |numbers: &[u32]| {
        let numbers: Vec<usize> = numbers.iter().map(|&number| number as usize).collect();
        of_ids(&numbers)
    };
    [
        ("ids", list(encoding.get_ids())),
        ("token_types", list(encoding.get_type_ids())),
        ("mask", list(encoding.get_attention_mask())),
    ]
}

fn second(x: &Inputs) -> Option<String> {
    x.get("second").map(|_| x.text("second"))
}

fn with_cases(task: Task) -> Task {
    of_lengths(of_texts(task))
}

/// Cases in which all tokens have room.
fn of_texts(task: Task) -> Task {
    task.case("pair", "two texts, with padding", |_| {
        pair("Who sat?", "Cats, undoable 東京", 20, 16)
    })
    .case("padded", "one text, with padding", |_| {
        input("Un café $100", 16, 13)
    })
    .case("unknown", "a word that the vocabulary cannot spell", |_| {
        pair("the zebra sat", "who?", 14, 0)
    })
    .case("cased", "a cased model", |_| {
        input("The Café", 12, 0).with("cased", 1_i64)
    })
    .case(
        "typed",
        "a text in which a user has typed a special token",
        |_| input("the [SEP] cat", 16, 9),
    )
    .case("empty", "an empty text", |_| input("", 8, 5))
    .case("empty-second", "a pair whose second text is empty", |_| {
        pair("the cat", "", 9, 0)
    })
}

/// Cases that say what has to go.
fn of_lengths(task: Task) -> Task {
    task.case("just-fits", "as many tokens as there may be", |_| {
        pair("who sat", "the cat", 7, 7)
    })
    .case("cut", "one text is too long; it ends inside a word", |_| {
        input("the cats transformed the cats.", 6, 6)
    })
    .case("second-cut", "only the second text is too long", |_| {
        pair("who sat?", "the cats sat, the cats undo.", 11, 0)
    })
    .case("first-cut", "only the first text is too long", |_| {
        pair("the cats sat, the cat undo", "who?", 11, 0)
    })
    .case("both-cut", "both texts are too long", |_| {
        pair(
            "who transformed the cat",
            "the cats sat, the cats undo.",
            9,
            0,
        )
    })
}

/// The tokens of two texts, without special ones.
struct Texts {
    a: Vec<usize>,
    b: Vec<usize>,
}

/// A token, its type, and 1 unless it is padding.
type Token = [usize; 3];

/// The steps of putting an input together.
#[derive(Clone, Copy)]
struct Assembly {
    /// The tokens of a text.
    tokens: fn(&Inputs, &str) -> Vec<usize>,
    /// Cuts the texts so that they have at most so many tokens.
    cut: fn(&mut Texts, usize),
    /// The number of tokens that are counted for the special ones.
    special: fn(bool) -> usize,
    /// The tokens of the input, without padding.
    join: fn(&Inputs, Texts, bool) -> Vec<Token>,
    /// Adds padding.
    pad: fn(&Inputs, Vec<Token>) -> Vec<Token>,
}

/// The steps as they should be.
const ASSEMBLY: Assembly = Assembly {
    tokens: |x, text| pieces(x, &words(&normalized(text, is_cased(x)))),
    cut: longest_first,
    special: |is_pair| if is_pair { 3 } else { 2 },
    join: |x, texts, is_pair| join(x, texts, is_pair, [0, 0, 0, 1, 1]),
    pad: |x, tokens| padded(tokens, x.size("padded"), [id(x, "[PAD]"), 0, 0]),
};

impl Assembly {
    fn run(self, x: &Inputs) -> Named {
        let tokens = (self.pad)(x, self.unpadded(x));
        let list = |part: usize| {
            let numbers: Vec<usize> = tokens.iter().map(|token| token[part]).collect();
            of_ids(&numbers)
        };
        [
            ("ids", list(0)),
            ("token_types", list(1)),
            ("mask", list(2)),
        ]
    }

    fn unpadded(self, x: &Inputs) -> Vec<Token> {
        let second = second(x);
        let is_pair = second.is_some();
        let mut texts = Texts {
            a: (self.tokens)(x, &x.text("first")),
            b: (self.tokens)(x, &second.unwrap_or_default()),
        };
        let room = (x.size("longest") as usize).saturating_sub((self.special)(is_pair));
        (self.cut)(&mut texts, room);
        (self.join)(x, texts, is_pair)
    }
}

fn pieces(x: &Inputs, words: &[String]) -> Vec<usize> {
    let model = model(&x.texts("vocabulary"), "##", LONGEST_WORD);
    let pieces = words
        .iter()
        .flat_map(|word| model.tokenize(word).expect("the vocabulary has [UNK]"));
    pieces.map(|piece| piece.id as usize).collect()
}

fn longest_first(texts: &mut Texts, room: usize) {
    while texts.a.len() + texts.b.len() > room {
        let longer = if texts.a.len() > texts.b.len() {
            &mut texts.a
        } else {
            &mut texts.b
        };
        longer.pop();
    }
}

/// Joins tokens with special ones. `types` has those of [CLS], the first text, its [SEP], the second text, its [SEP].
fn join(x: &Inputs, texts: Texts, is_pair: bool, types: [usize; 5]) -> Vec<Token> {
    let of_type = |tokens: Vec<usize>, kind: usize| tokens.into_iter().map(move |id| [id, kind, 1]);
    let mut tokens = vec![[id(x, "[CLS]"), types[0], 1]];
    tokens.extend(of_type(texts.a, types[1]));
    tokens.push([id(x, "[SEP]"), types[2], 1]);
    if is_pair {
        tokens.extend(of_type(texts.b, types[3]));
        tokens.push([id(x, "[SEP]"), types[4], 1]);
    }
    tokens
}

fn padded(mut tokens: Vec<Token>, length: i64, padding: Token) -> Vec<Token> {
    tokens.resize(tokens.len().max(length as usize), padding);
    tokens
}

fn with_mistakes(task: Task) -> Task {
    of_padding(of_truncation(of_types(of_special_tokens(task))))
}

fn by(assembly: Assembly) -> impl Fn(&Inputs) -> Named {
    move |x| assembly.run(x)
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
    .mistake("always-a-pair", |x| {
        let x = x.clone();
        right(&if second(&x).is_some() {
            x
        } else {
            x.with_text("second", "")
        })
    })
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

/// Mistakes with inputs that are too long.
fn of_truncation(task: Task) -> Task {
    let cut = |cut: fn(&mut Texts, usize)| by(Assembly { cut, ..ASSEMBLY });
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
    .mistake("not-cut", cut(|_, _| ()))
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
    .mistake(
        "cut-from-the-front",
        cut(|texts, room| {
            let (a, b) = (texts.a.clone(), texts.b.clone());
            longest_first(texts, room);
            texts.a = a[a.len() - texts.a.len()..].to_vec();
            texts.b = b[b.len() - texts.b.len()..].to_vec();
        }),
    )
}

/// Mistakes with padding and with the mask.
fn of_padding(task: Task) -> Task {
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
    .mistake(
        "padding-on-the-left",
        pad(|x, tokens| {
            let length = tokens.len();
            let mut tokens = (ASSEMBLY.pad)(x, tokens);
            tokens.rotate_left(length);
            tokens
        }),
    )
    .mistake(
        "padding-of-id-0",
        pad(|x, tokens| padded(tokens, x.size("padded"), [0, 0, 0])),
    )
    .mistake(
        "padding-of-type-1",
        pad(|x, tokens| padded(tokens, x.size("padded"), [id(x, "[PAD]"), 1, 0])),
    )
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
}

fn with_properties(task: Task) -> Task {
    const ALL: [&str; 3] = ["ids", "token_types", "mask"];
    task.property(
        Property::new(
            "more-room",
            "an input that fits is the same if there is more room",
        )
        .in_case("just-fits")
        .set("longest", 512)
        .expect_same(ALL),
    )
    .property(
        Property::new("more-padding", "more padding changes nothing before it")
            .in_case("pair")
            .set("longest", 40)
            .set("padded", 33)
            .expect_same_before(ALL, 0, 16),
    )
}
