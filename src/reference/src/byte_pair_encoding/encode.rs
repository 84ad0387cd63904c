//! The task `encode`: the ids of a text, and the look-ups that they took.

use std::cmp::Reverse;
use std::collections::HashMap;

use attentive_given::Merges;
use attentive_grader::PieceSource;
use tch::Tensor;

use super::{
    Judge, PARAGRAPH, Pair, bytes, counted, joined, joined_at_most, joined_from_the_right,
    joined_overlapping, named, pairs,
};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;
use crate::texts::of_ids;

/// The number of times as many look-ups as scanning a word once for each merge takes: some ask twice for each pair, and
/// once more when they join.
const TIMES_A_SCAN: usize = 4;
/// The number of look-ups that are never too many: in a short word, nobody waits for them.
const FREE_LOOKUPS: usize = 20_000;
/// The text of the case `sentence`, which its property doubles.
const SENTENCE: &str = " The key answers: it's 42 times better than the others' answers!";
/// The part of the word of 1,000 bytes, and how often it is repeated. With twice as much, a slow answer could take longer
/// than a busy machine waits.
const LONG: (&str, usize) = ("answering.", 100);

/// All cases but that of the long word, of which most mistakes make a thousand ids.
const SHORT: [&str; 13] = [
    "sentence",
    "rank-before-length",
    "rank-before-place",
    "joined-again",
    "runs",
    "words",
    "spaces",
    "other-scripts",
    "merged-bytes",
    "control-characters",
    "no-merges",
    "empty",
    "random",
];

pub(super) fn encode() -> Task {
    let right = |x: &Inputs| {
        let ids = Judge::new(&x.pairs("merges")).encode(&x.text("text"));
        outputs(&ids, bound(x))
    };
    let task = Task::new("encode", right)
        .pieces("ids", PieceSource::Pairs("merges".into()))
        .count("lookups", "look-ups of ranks");
    let before = Judge::new(&paragraph()).encode(SENTENCE).len();
    mistakes(cases(task))
        .property(
            Property::new(
                "what-follows",
                "when a text is followed by itself, its ids begin with the same ids",
            )
            .in_case("sentence")
            .double(["text"], 0)
            .expect_same_before(["ids"], 0, before),
        )
        .property(
            Property::new(
                "twice-as-long",
                "a word that is twice as long takes at most three times as many look-ups",
            )
            .in_case("long-word")
            .double(["text"], 0)
            .expect_at_most_times(["lookups"], 3.0),
        )
}

fn outputs(ids: &[usize], lookups: usize) -> [(&'static str, Tensor); 2] {
    [
        ("ids", of_ids(ids)),
        ("lookups", Tensor::from(lookups as i64)),
    ]
}

/// The most look-ups: those of looking up each pair of a word once for each merge, and some more.
fn bound(x: &Inputs) -> usize {
    let merges = Merges::new(&x.pairs("merges"));
    ENCODE.ids(&x.text("text"), &merges);
    FREE_LOOKUPS.max(TIMES_A_SCAN * merges.lookups())
}

/// Merges that were learned from a text.
fn paragraph() -> Vec<Pair> {
    Judge::train(&counted(PARAGRAPH), 60)
}

fn inputs(text: &str, merges: &[Pair]) -> Inputs {
    Inputs::default()
        .with_text("text", text)
        .with_pairs("merges", merges)
}

fn cases(task: Task) -> Task {
    let task = task
        .case(
            "sentence",
            "merges that were learned from a text, and a new sentence",
            |_| inputs(SENTENCE, &paragraph()),
        )
        .case(
            "rank-before-length",
            "a shorter piece of lower rank comes before a longer one",
            |_| inputs("abcab", &named(&[("b", "c"), ("a", "b"), ("ab", "c")])),
        )
        .case(
            "rank-before-place",
            "the pair of lowest rank, and not the first one",
            |_| {
                inputs(
                    "abcdabd",
                    &named(&[("c", "d"), ("b", "c"), ("a", "b"), ("ab", "cd")]),
                )
            },
        )
        .case("joined-again", "what was joined is joined again", |_| {
            inputs(
                "lowerlow",
                &named(&[("l", "o"), ("lo", "w"), ("e", "r"), ("low", "er")]),
            )
        })
        .case(
            "runs",
            "runs of the same byte, of odd and of even length",
            |_| {
                inputs(
                    "aaa aaaaaaa",
                    &named(&[("a", "a"), ("aa", "aa"), ("aa", "a")]),
                )
            },
        )
        .case(
            "words",
            "no pair reaches from one word into the next",
            |_| {
                let merges = [
                    ("e", " "),
                    ("e", "k"),
                    (" ", "k"),
                    ("y", ","),
                    (" k", "e"),
                    (",", " "),
                ];
                inputs("the key, the ke keke", &named(&merges))
            },
        )
        .case(
            "spaces",
            "spaces and line breaks, also at both ends",
            |_| inputs("  a  the\n\n  key \t", &paragraph()),
        )
        .case(
            "other-scripts",
            "bytes of which no merge knows anything",
            |_| inputs("é naïve 日本語 🙂, Ελλάδα", &paragraph()),
        );
    task.case(
        "merged-bytes",
        "characters of several bytes, some of them learned",
        |_| {
            let words = [("日本", 4), (" 日", 2), ("é", 5), ("ê", 3), (" né", 2)];
            let words = words.map(|(word, times)| (word.to_owned(), times));
            inputs("日本 né é ê 本é", &Judge::train(&words, 9))
        },
    )
    .case(
        "control-characters",
        "bytes that nobody sees are bytes, too",
        |_| inputs("\u{0}a\u{7}\u{1b}[0m\r\n\u{200b}b\u{7f}", &paragraph()),
    )
    .case("no-merges", "each byte is a piece", |_| {
        inputs("the key", &[])
    })
    .case("empty", "a text without a word", |_| {
        inputs("", &paragraph())
    })
    .case("random", "words of the text in a random order", |random| {
        inputs(&shuffled(random), &paragraph())
    })
    .case(
        "long-word",
        "one word of 1,000 bytes, for which look-ups are counted",
        |_| {
            let (word, times) = LONG;
            let word = word.replace('.', "x").repeat(times);
            let merges = Judge::train(&[(word.clone(), 1)], 16);
            inputs(&word, &merges)
        },
    )
}

fn shuffled(random: &Random) -> String {
    let words: Vec<&str> = PARAGRAPH.split(' ').collect();
    let order = Vec::<i64>::try_from(random.permutation(words.len() as i64)).expect("an order");
    let words: Vec<&str> = order
        .iter()
        .take(30)
        .map(|&at| words[at as usize])
        .collect();
    words.join(" ")
}

/// The steps of encoding.
#[derive(Clone, Copy)]
struct Encode {
    /// From the text, its words.
    words: fn(&str) -> Vec<String>,
    /// From a word, the ids that it begins with.
    bytes: fn(&str) -> Vec<usize>,
    /// From the pairs of a word that have a rank, in their order, the rank to join.
    choose: fn(&[usize]) -> Option<usize>,
    /// The joining of a pair in a word.
    join: fn(&[usize], Pair, usize) -> Vec<usize>,
    /// Decides from the number of merges that were made in a word to go on.
    goes_on: fn(usize) -> bool,
}

/// The steps as they should be.
const ENCODE: Encode = Encode {
    words: Judge::words,
    bytes,
    choose: |ranks| ranks.iter().min().copied(),
    join: joined,
    goes_on: |_| true,
};

impl Encode {
    fn ids(self, text: &str, merges: &Merges) -> Vec<usize> {
        (self.words)(text)
            .iter()
            .flat_map(|word| self.pieces(word, merges))
            .collect()
    }

    fn pieces(self, word: &str, merges: &Merges) -> Vec<usize> {
        let (mut pieces, mut made) = ((self.bytes)(word), 0);
        while (self.goes_on)(made) {
            let (mut ranks, mut known) = (Vec::new(), HashMap::new());
            for pair in pairs(&pieces) {
                if let Some(rank) = merges.rank(pair.0, pair.1) {
                    ranks.push(rank);
                    known.insert(rank, pair);
                }
            }
            let Some(rank) = (self.choose)(&ranks) else {
                break;
            };
            pieces = (self.join)(&pieces, known[&rank], 256 + rank);
            made += 1;
        }
        pieces
    }
}

fn mistakes(task: Task) -> Task {
    let by = |steps: Encode| {
        move |x: &Inputs| {
            let merges = Merges::new(&x.pairs("merges"));
            let ids = steps.ids(&x.text("text"), &merges);
            outputs(&ids, merges.lookups())
        }
    };
    let task = task
        .mistake("longest-match", |x| outputs(&longest_match(x), 0))
        .mistake("left-to-right-once", |x| {
            let merges = Merges::new(&x.pairs("merges"));
            let words = Judge::words(&x.text("text"));
            let ids: Vec<usize> = words.iter().flat_map(|word| once(word, &merges)).collect();
            outputs(&ids, merges.lookups())
        })
        .only_in(SHORT)
        .mistake(
            "first-pair-with-a-rank",
            by(Encode {
                choose: |ranks| ranks.first().copied(),
                ..ENCODE
            }),
        )
        .mistake(
            "highest-rank-first",
            by(Encode {
                choose: |ranks| ranks.iter().max().copied(),
                ..ENCODE
            }),
        )
        .mistake("smallest-pair-first", |x| {
            let merges = Merges::new(&x.pairs("merges"));
            let words = Judge::words(&x.text("text"));
            let ids: Vec<usize> = words
                .iter()
                .flat_map(|word| smallest_pair_first(word, &merges))
                .collect();
            outputs(&ids, merges.lookups())
        })
        .only_in(SHORT)
        .mistake(
            "most-frequent-first",
            by(Encode {
                choose: most_frequent,
                ..ENCODE
            }),
        )
        .mistake(
            "across-words",
            by(Encode {
                words: |text| vec![text.to_owned()],
                ..ENCODE
            }),
        )
        .mistake(
            "space-lost",
            by(Encode {
                words: |text| text.split_whitespace().map(str::to_owned).collect(),
                ..ENCODE
            }),
        )
        .form(
            "space-lost",
            "space-lost-from-each-word",
            by(Encode {
                words: |text| {
                    Judge::words(text)
                        .iter()
                        .map(|word| word.trim().to_owned())
                        .collect()
                },
                ..ENCODE
            }),
        )
        .mistake(
            "space-in-the-word-before",
            by(Encode {
                words: |text| text.split_inclusive(' ').map(str::to_owned).collect(),
                ..ENCODE
            }),
        )
        .mistake(
            "one-merge-only",
            by(Encode {
                goes_on: |made| made == 0,
                ..ENCODE
            }),
        )
        .only_in(SHORT);
    let task = task
        .mistake(
            "joined-twice",
            by(Encode {
                join: joined_overlapping,
                ..ENCODE
            }),
        )
        .mistake(
            "joined-from-the-right",
            by(Encode {
                join: joined_from_the_right,
                ..ENCODE
            }),
        )
        .mistake(
            "characters-for-bytes",
            by(Encode {
                bytes: |word| word.chars().map(|sign| sign as usize).collect(),
                ..ENCODE
            }),
        )
        .mistake(
            "one-occurrence-a-scan",
            by(Encode {
                join: |pieces, pair, id| joined_at_most(pieces, pair, id, 1),
                ..ENCODE
            }),
        );
    ids_off(task)
}

/// Adds the mistakes in which merges are right and their ids are not: what is joined is not found again.
fn ids_off(task: Task) -> Task {
    let off = |id: fn(usize) -> usize| {
        move |x: &Inputs| {
            let merges = Merges::new(&x.pairs("merges"));
            let mut ids = Vec::new();
            for word in Judge::words(&x.text("text")) {
                let mut pieces = bytes(&word);
                let mut scans = 0;
                while let Some((rank, pair)) = pairs(&pieces)
                    .filter_map(|pair| Some((merges.rank(pair.0, pair.1)?, pair)))
                    .min()
                {
                    // An id that is a byte's may be joined for ever.
                    scans += 1;
                    if scans > word.len() {
                        break;
                    }
                    pieces = joined(&pieces, pair, id(rank));
                }
                ids.extend(pieces);
            }
            outputs(&ids, merges.lookups())
        }
    };
    task.mistake("ids-of-merges-off", off(|rank| 257 + rank))
        .only_in(SHORT)
        .form(
            "ids-of-merges-off",
            "ids-of-merges-from-255",
            off(|rank| 255 + rank),
        )
        .only_in(SHORT)
        .form(
            "ids-of-merges-off",
            "ids-of-merges-from-0",
            off(|rank| rank),
        )
        .only_in(SHORT)
}

/// The pieces of a word if the smallest pair that has a rank is joined, whatever the rank is.
fn smallest_pair_first(word: &str, merges: &Merges) -> Vec<usize> {
    let mut pieces = bytes(word);
    while let Some((pair, rank)) = pairs(&pieces)
        .filter_map(|pair| Some((pair, merges.rank(pair.0, pair.1)?)))
        .min()
    {
        pieces = joined(&pieces, pair, 256 + rank);
    }
    pieces
}

/// The rank that most pairs of a word have; of equals, the lowest.
fn most_frequent(ranks: &[usize]) -> Option<usize> {
    let times = |rank: usize| ranks.iter().filter(|other| **other == rank).count();
    let best = ranks
        .iter()
        .max_by_key(|&&rank| (times(rank), Reverse(rank)));
    best.copied()
}

/// From the left, the longest piece that there is.
fn longest_match(x: &Inputs) -> Vec<usize> {
    let mut pieces: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut all: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    for (left, right) in x.pairs("merges") {
        all.push([&all[left][..], &all[right]].concat());
    }
    for (id, piece) in all.into_iter().enumerate() {
        pieces.insert(piece, id);
    }
    let mut ids = Vec::new();
    for word in Judge::words(&x.text("text")) {
        let mut rest = word.as_bytes();
        while !rest.is_empty() {
            let lengths = (1..=rest.len()).rev();
            let longest = lengths.into_iter().find_map(|length| {
                let id = pieces.get(&rest[..length])?;
                Some((length, *id))
            });
            let (length, id) = longest.expect("single bytes are pieces");
            ids.push(id);
            rest = &rest[length..];
        }
    }
    ids
}

/// From the left, each piece is joined with the last one if the two have a rank; then on to the next.
fn once(word: &str, merges: &Merges) -> Vec<usize> {
    let mut pieces: Vec<usize> = Vec::new();
    for next in bytes(word) {
        let rank = pieces.last().and_then(|&last| merges.rank(last, next));
        match rank {
            Some(rank) => {
                pieces.pop();
                pieces.push(256 + rank);
            }
            None => pieces.push(next),
        }
    }
    pieces
}
