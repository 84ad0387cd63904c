//! The task `encode`.

mod mistakes;

use tch::Tensor;

use super::{PADDING, UNKNOWN, words};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// The axes of both outputs.
const AXES: [&str; 2] = ["text", "position"];

/// The entries of the cases.
const VOCABULARY: [&str; 12] = [
    "[PAD]", "[UNK]", "the", "good", ",", ".", "film", "a", "tea", "was", "bad", "not",
];

/// The ids of the words of all texts, from these and the vocabulary.
type Ids = fn(&[Vec<String>], &[String]) -> Vec<Vec<i64>>;

/// The steps from texts to ids.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// The words of a text.
    words: fn(&str) -> Vec<String>,
    /// Those that are read, if at most so many are.
    cut: fn(Vec<String>, usize) -> Vec<String>,
    /// The ids of the words of all texts, from these and the vocabulary.
    ids: Ids,
    /// The length of all rows, from the lengths of the texts and the most words that are read.
    length: fn(&[usize], usize) -> usize,
    /// A row of this length.
    pad: fn(&[i64], usize) -> Vec<i64>,
    /// The mask of a row of this length.
    mask: fn(&[i64], usize) -> Vec<i64>,
}

/// The steps as they should be.
pub(super) const RIGHT: Way = Way {
    words,
    cut: |mut words, longest| {
        words.truncate(longest);
        words
    },
    ids: |texts, vocabulary| with_unknown(texts, vocabulary, UNKNOWN),
    length: |lengths, _| lengths.iter().copied().max().unwrap_or(0),
    pad: |ids, length| padded(ids, length, PADDING),
    mask: |ids, length| padded(&vec![1; ids.len()], length, 0),
};

/// The ids of all words, with one id for those that are not in the vocabulary.
fn with_unknown(texts: &[Vec<String>], vocabulary: &[String], unknown: i64) -> Vec<Vec<i64>> {
    let id = |word: &String| known(vocabulary, word).unwrap_or(unknown);
    let texts = texts.iter();
    texts.map(|words| words.iter().map(id).collect()).collect()
}

/// The id of a word.
fn known(vocabulary: &[String], word: &str) -> Option<i64> {
    let place = vocabulary.iter().position(|entry| entry == word);
    place.map(|place| place as i64)
}

/// The first of these numbers, and after them a different one, up to a length.
fn padded(ids: &[i64], length: usize, padding: i64) -> Vec<i64> {
    let mut row = ids.to_vec();
    row.resize(length, padding);
    row
}

impl Way {
    /// Ids and mask of all texts, (texts, length) each.
    pub(super) fn encode(
        self,
        texts: &[String],
        vocabulary: &[String],
        longest: usize,
    ) -> [Tensor; 2] {
        let words: Vec<Vec<String>> = texts
            .iter()
            .map(|text| (self.cut)((self.words)(text), longest))
            .collect();
        let ids = (self.ids)(&words, vocabulary);
        let lengths: Vec<usize> = ids.iter().map(Vec::len).collect();
        let length = (self.length)(&lengths, longest);
        let rows = |row: fn(&[i64], usize) -> Vec<i64>| {
            let entries: Vec<i64> = ids.iter().flat_map(|ids| row(ids, length)).collect();
            Tensor::from_slice(&entries).reshape([texts.len() as i64, length as i64])
        };
        [rows(self.pad), rows(self.mask)]
    }

    fn run(self, x: &Inputs) -> Outputs {
        let (texts, vocabulary) = (x.texts("texts"), x.texts("vocabulary"));
        let longest = x.size("longest") as usize;
        let [tokens, mask] = self.encode(&texts, &vocabulary, longest);
        [("tokens", tokens), ("mask", mask)].into()
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("encode", |x| RIGHT.run(x))
        .ids("tokens", AXES)
        .ids("mask", AXES);
    let task = mistakes::add(cases(task));
    properties(task.others_only_in(&["unknown"]))
}

fn case(texts: &[&str], longest: i64) -> Inputs {
    Inputs::default()
        .with_texts("texts", texts)
        .with_texts("vocabulary", &VOCABULARY)
        .with("longest", longest)
}

fn cases(task: Task) -> Task {
    task.case(
        "two-lengths",
        "texts of 5 and of 2 words, where there is room for 8",
        |_| case(&["The film was good.", "Bad tea"], 8),
    )
    .case(
        "unknown",
        "words that are not in the vocabulary, one of them several times",
        |_| case(&["A zebra, not a gnu.", "gnu tea"], 12),
    )
    .case(
        "too-long",
        "texts of which only the first 4 words are read",
        |_| {
            case(
                &[
                    "The good film was not a bad film.",
                    "tea",
                    "not bad, not bad",
                ],
                4,
            )
        },
    )
    .case("no-words-in-one", "one text of three has no words", |_| {
        case(&["good", "", "not bad"], 5)
    })
    .case(
        "capitals",
        "capitals and an accent, and punctuation next to words",
        |_| case(&["GOOD Téa, a FILM."], 9),
    )
    .case(
        "typed",
        "a text in which a user has typed the special entries",
        |_| case(&["[PAD] good [UNK]", "a tea"], 9),
    )
    .case("no-words", "two texts without words", |_| {
        case(&["", "  "], 4)
    })
    .case("no-texts", "no texts at all", |_| case(&[], 4))
}

fn properties(task: Task) -> Task {
    const BOTH: [&str; 2] = ["tokens", "mask"];
    task.property(
        Property::new(
            "more-room",
            "if all words are read, more room changes nothing",
        )
        .in_case("two-lengths")
        .set("longest", 100)
        .expect_same(BOTH),
    )
    .property(
        Property::new(
            "the-same-texts-twice",
            "texts that are there twice begin with the same rows",
        )
        .in_case("unknown")
        .double(["texts"], 0)
        .expect_same_before(BOTH, 0, 2),
    )
}
