//! Words and punctuation.

use tch::Tensor;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::cases::drawn;
use super::inputs::text;
use super::{normalized, words};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;
use crate::texts::of_texts;

pub(super) fn split() -> Task {
    let task = Task::new("split", |x| of_texts(&words(&x.text("text")))).texts("words", "word");
    with_mistakes(with_cases(task)).property(
        Property::new(
            "twice-the-text",
            "the same text twice begins with the words of the text by itself",
        )
        .in_case("plain")
        .double(["text"], 0)
        .expect_same_before(["words"], 0, 30),
    )
}

fn with_cases(task: Task) -> Task {
    let case = |words: &'static str| move |_: &_| text(words);
    task.case(
        "plain",
        "words, a comma and a full stop",
        case("the cat sat, and the dog left."),
    )
    .case(
        "inside",
        "punctuation inside words and numbers",
        case("don't e-mail me@site.com 3.14 snake_case"),
    )
    .case(
        "runs",
        "several punctuation characters one after the other",
        case("wait... what?! (no)"),
    )
    .case(
        "symbols",
        "ASCII symbols that are no punctuation to Unicode",
        case("$5+3=8 <b> a^b ~x| `code`"),
    )
    .case(
        "quotes",
        "punctuation outside ASCII",
        case("« où » — “so”… ¿qué? 「 日  本 」"),
    )
    .case(
        "other-symbols",
        "symbols that belong to the word they are in: currency, arrows, an emoji",
        case("5€ ©2026 α→β 👍🏽 x² nai\u{308}ve"),
    )
    .case(
        "spaces",
        "several spaces, also at both ends",
        case("  two   spaces  "),
    )
    .case("one-sign", "a single punctuation character", case("!"))
    .case("drawn", "30 characters, drawn at random", |random| {
        text(&normalized(&drawn(random, 30), true))
    })
    .case("empty", "no text at all", case(""))
}

fn is_punctuation(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Punctuation
}

fn is_bert_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || is_punctuation(c)
}

/// The words of a text in which each of these signs is a word of its own.
fn apart(x: &Inputs, is_apart: fn(char) -> bool) -> Tensor {
    let mut spaced = String::new();
    for c in x.text("text").chars() {
        if is_apart(c) {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    of_texts(&spaced.split_whitespace().collect::<Vec<_>>())
}

fn with_mistakes(task: Task) -> Task {
    task.mistake("symbols-not-split", |x| apart(x, is_punctuation))
        .mistake("only-ascii-punctuation", |x| {
            apart(x, |c| c.is_ascii_punctuation())
        })
        .mistake("every-symbol-split", |x| apart(x, |c| !c.is_alphanumeric()))
        .mistake("underscore-kept", |x| {
            apart(x, |c| is_bert_punctuation(c) && c != '_')
        })
        .mistake("apostrophe-kept", |x| {
            apart(x, |c| is_bert_punctuation(c) && c != '\'')
        })
        .mistake("punctuation-not-split", |x| apart(x, |_| false))
        .only_in(["plain", "inside", "runs"])
        .mistake("punctuation-dropped", |x| {
            let kept = words(&x.text("text")).into_iter();
            let kept = kept.filter(|word| !word.starts_with(is_bert_punctuation));
            of_texts(&kept.collect::<Vec<_>>())
        })
        .only_in(["plain", "inside", "runs"])
        .mistake("runs-of-punctuation", |x| {
            let text = x.text("text");
            let runs = text.split_whitespace().flat_map(runs);
            of_texts(&runs.collect::<Vec<_>>())
        })
        .mistake("punctuation-attached", |x| {
            let text = x.text("text");
            let words = text.split_whitespace();
            let attached = words.flat_map(|word| word.split_inclusive(is_bert_punctuation));
            of_texts(&attached.collect::<Vec<_>>())
        })
        .only_in(["plain", "inside", "runs"])
        .form(
            "punctuation-attached",
            "punctuation-attached-to-the-next",
            |x| {
                let mut spaced = String::new();
                for c in x.text("text").chars() {
                    spaced.extend(is_bert_punctuation(c).then_some(' '));
                    spaced.push(c);
                }
                of_texts(&spaced.split_whitespace().collect::<Vec<_>>())
            },
        )
        .only_in(["plain", "inside", "runs"])
        .mistake("empty-words", |x| {
            let text = x.text("text");
            let spaced: String = text
                .chars()
                .map(|c| match c {
                    _ if is_bert_punctuation(c) => format!(" {c} "),
                    _ => String::from(c),
                })
                .collect();
            of_texts(&spaced.split(' ').collect::<Vec<_>>())
        })
        .only_in(["plain", "inside", "spaces"])
        .form("empty-words", "empty-words-between-spaces", |x| {
            let text = x.text("text");
            let words = text.split(' ').flat_map(|word| match words(word) {
                words if words.is_empty() => vec![String::new()],
                words => words,
            });
            of_texts(&words.collect::<Vec<_>>())
        })
        .mistake("spaces-kept", |x| {
            let text = x.text("text");
            let mut kept: Vec<String> = Vec::new();
            for part in text.split_inclusive(char::is_whitespace) {
                kept.extend(words(part));
                kept.extend(part.ends_with(char::is_whitespace).then(|| " ".into()));
            }
            of_texts(&kept)
        })
        .only_in(["plain", "inside", "spaces"])
        .mistake("numbers-apart", |x| {
            let words = words(&x.text("text"));
            let parts = words.iter().flat_map(|word| {
                word.as_bytes()
                    .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
            });
            of_texts(&parts.collect::<Vec<_>>())
        })
}

/// A word without whitespace as runs of punctuation and of everything else.
fn runs(word: &str) -> Vec<String> {
    let signs: Vec<char> = word.chars().collect();
    signs
        .chunk_by(|&a, &b| is_bert_punctuation(a) == is_bert_punctuation(b))
        .map(|run| run.iter().collect())
        .collect()
}
