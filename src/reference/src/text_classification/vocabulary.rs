//! The task `vocabulary`.

use std::cmp::Ordering;

use tch::Tensor;

use super::reviews::FIVE;
use super::{SPECIAL, cased_words, words, words_between_spaces, words_without_punctuation};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;
use crate::texts::of_texts;

/// A word of the texts.
#[derive(Debug)]
pub(super) struct Word {
    text: String,
    count: usize,
    /// The number of words that were found before it.
    place: usize,
}

/// The steps from texts to a vocabulary.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// The words of a text that are counted.
    words: fn(&str) -> Vec<String>,
    /// Says whether a word is in the vocabulary, from its count and the count that is asked for.
    is_kept: fn(usize, usize) -> bool,
    /// The order of the words.
    order: fn(&Word, &Word) -> Ordering,
    /// The entries, from the words in their order.
    entries: fn(Vec<String>) -> Vec<String>,
}

/// The steps as they should be.
pub(super) const RIGHT: Way = Way {
    words,
    is_kept: |count, at_least| count >= at_least,
    order: |a, b| by_count(a, b).then_with(|| a.text.cmp(&b.text)),
    entries: |words| [special(), words].concat(),
};

fn by_count(a: &Word, b: &Word) -> Ordering {
    b.count.cmp(&a.count)
}

fn special() -> Vec<String> {
    SPECIAL.map(str::to_owned).to_vec()
}

impl Way {
    /// The entries of the vocabulary, in the order of their ids.
    pub(super) fn entries(self, texts: &[String], at_least: usize) -> Vec<String> {
        let mut found: Vec<Word> = Vec::new();
        for text in texts {
            for word in (self.words)(text) {
                match found.iter_mut().find(|known| known.text == word) {
                    Some(known) => known.count += 1,
                    None => found.push(Word {
                        text: word,
                        count: 1,
                        place: found.len(),
                    }),
                }
            }
        }
        found.retain(|word| (self.is_kept)(word.count, at_least));
        found.sort_by(self.order);
        (self.entries)(found.into_iter().map(|word| word.text).collect())
    }

    fn run(self, x: &Inputs) -> Tensor {
        let at_least = x.size("at_least") as usize;
        of_texts(&self.entries(&x.texts("texts"), at_least))
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("vocabulary", |x| RIGHT.run(x)).texts("vocabulary", "entry");
    let task = of_entries(of_orders(of_counts(of_words(cases(task)))));
    task.others_only_in(&["ties"])
        .property(
        Property::new(
            "the-same-texts-twice",
            "texts that are there twice, of which a word has to occur twice as often, give the same vocabulary",
        )
        .in_case("frequent")
        .double(["texts"], 0)
        .set("at_least", 4)
        .expect_same(["vocabulary"]),
    )
}

fn case(texts: &[&str], at_least: i64) -> Inputs {
    Inputs::default()
        .with_texts("texts", texts)
        .with("at_least", at_least)
}

fn cases(task: Task) -> Task {
    task.case(
        "frequent",
        "the five reviews, with words that occur at least twice",
        |_| case(&FIVE.map(|(text, _)| text), 2),
    )
    .case(
        "ties",
        "words that occur equally often and do not come in alphabetical order",
        |_| {
            case(
                &[
                    "wide zebra apple bun",
                    "apple mild zebra bun",
                    "mild mild tea",
                ],
                1,
            )
        },
    )
    .case(
        "repeated",
        "a word that occurs three times, in one text only",
        |_| {
            case(
                &["very very very good, so", "good tea tea", "tea, tea good"],
                3,
            )
        },
    )
    .case(
        "capitals",
        "capitals, accents, and punctuation next to words",
        |_| case(&["Good! GOOD, good!", "Café or cafe?", "A good café!"], 2),
    )
    .case(
        "typed",
        "a text in which a user has typed the special entries",
        |_| case(&["[PAD] and [UNK]", "pad"], 1),
    )
    .case("rare", "no word occurs often enough", |_| {
        case(&["one two", "three"], 2)
    })
    .case("no-texts", "no texts at all", |_| case(&[], 1))
}

fn by(way: Way) -> impl Fn(&Inputs) -> Tensor {
    move |x| way.run(x)
}

/// Other words than those of the tokenizer.
fn of_words(task: Task) -> Task {
    let with = |words: fn(&str) -> Vec<String>| by(Way { words, ..RIGHT });
    task.mistake("casing-kept", with(cased_words))
        .only_in(["capitals"])
        .mistake("split-at-spaces", with(words_between_spaces))
        .only_in(["capitals"])
        .mistake("punctuation-dropped", with(words_without_punctuation))
        .only_in(["capitals"])
        .mistake(
            "texts-counted",
            with(|text| {
                let mut counted = Vec::new();
                for word in words(text) {
                    if !counted.contains(&word) {
                        counted.push(word);
                    }
                }
                counted
            }),
        )
        .only_in(["repeated"])
}

/// Words that should not be there, or are missing.
fn of_counts(task: Task) -> Task {
    let with = |is_kept: fn(usize, usize) -> bool| by(Way { is_kept, ..RIGHT });
    task.mistake("rare-words-kept", with(|_, _| true))
        .only_in(["repeated"])
        .mistake("off-by-one-count", with(|count, at_least| count > at_least))
        .only_in(["repeated"])
        .form(
            "off-by-one-count",
            "one-count-too-few",
            with(|count, at_least| count + 1 >= at_least),
        )
        .only_in(["repeated"])
        .form(
            "off-by-one-count",
            "frequent-words-dropped",
            with(|count, at_least| count < at_least),
        )
        .only_in(["repeated"])
}

fn of_orders(task: Task) -> Task {
    let with = |order: fn(&Word, &Word) -> Ordering| by(Way { order, ..RIGHT });
    task.mistake(
        "rarest-first",
        with(|a, b| by_count(b, a).then_with(|| a.text.cmp(&b.text))),
    )
    .mistake(
        "ties-in-another-order",
        with(|a, b| by_count(a, b).then(a.place.cmp(&b.place))),
    )
    .form(
        "ties-in-another-order",
        "ties-reversed",
        with(|a, b| by_count(a, b).then_with(|| b.text.cmp(&a.text))),
    )
    .mistake("counts-not-used", with(|a, b| a.text.cmp(&b.text)))
    .form(
        "counts-not-used",
        "order-of-appearance",
        with(|a, b| a.place.cmp(&b.place)),
    )
}

fn of_entries(task: Task) -> Task {
    let with = |entries: fn(Vec<String>) -> Vec<String>| by(Way { entries, ..RIGHT });
    task.mistake("special-missing", with(|words| words))
        .form(
            "special-missing",
            "only-padding",
            with(|words| [vec![SPECIAL[0].to_owned()], words].concat()),
        )
        .form(
            "special-missing",
            "only-unknown",
            with(|words| [vec![SPECIAL[1].to_owned()], words].concat()),
        )
        .mistake(
            "special-at-the-end",
            with(|words| [words, special()].concat()),
        )
        .mistake(
            "special-swapped",
            with(|words| {
                let swapped = [SPECIAL[1], SPECIAL[0]].map(str::to_owned);
                [swapped.to_vec(), words].concat()
            }),
        )
        .mistake(
            "special-entries-of-bert",
            with(|words| {
                let more = ["[CLS]", "[SEP]"].map(str::to_owned);
                [special(), more.to_vec(), words].concat()
            }),
        )
}
