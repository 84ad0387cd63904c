//! The wrong ways of encoding: the right steps, with one taken differently.

use std::cmp::Reverse;
use std::collections::HashMap;

use attentive_given::Merges;

use super::steps::{ENCODE, Encode};
use super::{Named, outputs};
use crate::byte_pair_encoding::{
    Judge, Pair, bytes, joined, joined_at_most, joined_from_the_right, joined_overlapping, pairs,
};
use crate::inputs::Inputs;
use crate::task::Task;

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

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_ids(of_joining(of_the_end(of_words(of_order(task)))))
}

fn by(steps: Encode) -> impl Fn(&Inputs) -> Named {
    move |x| {
        let merges = Merges::new(&x.pairs("merges"));
        let ids = steps.ids(&x.text("text"), &merges);
        outputs(&ids, merges.lookups())
    }
}

/// Encodes each word by a function that has no step in common with the right way.
fn word_by_word(encode: fn(&str, &Merges) -> Vec<usize>) -> impl Fn(&Inputs) -> Named {
    move |x| {
        let merges = Merges::new(&x.pairs("merges"));
        let mut ids = Vec::new();
        for word in Judge::words(&x.text("text")) {
            ids.extend(encode(&word, &merges));
        }
        outputs(&ids, merges.lookups())
    }
}

fn of_order(task: Task) -> Task {
    task.mistake("longest-match", |x| outputs(&longest_match(x), 0))
        .mistake("left-to-right-once", word_by_word(once))
        .only_in(SHORT)
        .mistake(
            "first-pair-with-a-rank",
            by(Encode {
                choose: |ranks| ranks.first().copied(),
                ..ENCODE
            }),
        )
        .form(
            "first-pair-with-a-rank",
            "last-pair-with-a-rank",
            by(Encode {
                choose: |ranks| ranks.last().copied(),
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
        .mistake("smallest-pair-first", word_by_word(smallest_pair_first))
        .only_in(SHORT)
        .mistake(
            "most-frequent-first",
            by(Encode {
                choose: most_frequent,
                ..ENCODE
            }),
        )
}

fn of_words(task: Task) -> Task {
    task.mistake(
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
        "capitals-lost",
        by(Encode {
            words: |text| Judge::words(&text.to_lowercase()),
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
        "characters-for-bytes",
        by(Encode {
            bytes: |word| word.chars().map(|sign| sign as usize).collect(),
            ..ENCODE
        }),
    )
}

fn of_the_end(task: Task) -> Task {
    task.mistake(
        "one-merge-only",
        by(Encode {
            goes_on: |made| made == 0,
            ..ENCODE
        }),
    )
    .only_in(SHORT)
    .mistake("ranks-looked-up-once", word_by_word(ranked_once))
    .only_in(SHORT)
}

fn of_joining(task: Task) -> Task {
    task.mistake(
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
        "one-occurrence-a-scan",
        by(Encode {
            join: |pieces, pair, id| joined_at_most(pieces, pair, id, 1),
            ..ENCODE
        }),
    )
}

/// Adds the mistakes in which merges are right and their ids are not: what is joined is not found again.
fn of_ids(task: Task) -> Task {
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

/// The pieces of a word if only pairs of bytes are joined, in the order of their ranks.
fn ranked_once(word: &str, merges: &Merges) -> Vec<usize> {
    let mut pieces = bytes(word);
    let mut ranked: Vec<(usize, Pair)> = pairs(&pieces)
        .filter_map(|pair| Some((merges.rank(pair.0, pair.1)?, pair)))
        .collect();
    ranked.sort_unstable();
    for (rank, pair) in ranked {
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
